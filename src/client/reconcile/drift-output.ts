import { isClaim } from '../../domain/drift/claims.js';
import type { Drift } from '../../domain/drift/drift.js';
import { relativeTime } from '../print/relative-time.js';
import { drawnChange, difference } from '../print/drawn-change.js';
import type {
  AheadOfSource,
  AdoptionReport,
  DriftReport,
  ProxyDifference,
  ReconcileResult,
  ScheduleDifference,
  SourceReport,
} from '../../workflows/contracts/reconcile.js';

/** Returns a reconcile's findings and repairs as lines for a person. `now` is ISO 8601. */
export function driftLines(
  { drift, done, failed, held = [] }: ReconcileResult,
  { isDryRun, now }: { readonly isDryRun: boolean; readonly now: string },
): string[] {
  const proxyLinesOf = (one: DriftReport['proxies'][number]) =>
    proxyLines(one, { isDryRun, adopts: !!drift.adoption, now });
  const found = [
    ...drift.sources.flatMap((one) => sourceLines(one, now)),
    ...drift.proxies.flatMap(proxyLinesOf),
    ...identityLines(drift, now),
    ...scheduleLines(drift, now),
    ...(drift.secretsProblem === undefined ? [] : [`secrets cannot be read: ${drift.secretsProblem}`]),
  ];
  return [
    ...(found.length === 0 && held.length === 0 ? ['no drift'] : found),
    ...(isDryRun && drift.adoption ? adoptionLines(drift.adoption) : []),
    ...drift.overlays.map((line) => `in force: ${line}`),
    ...done.map((line) => `done: ${line}`),
    ...held.map((line) => `held: ${line}`),
    ...failed.map((line) => `FAILED: ${line}`),
    ...(isDryRun ? ['nothing was changed (dry run)'] : []),
  ];
}

function sourceLines(report: SourceReport, now: string): string[] {
  const { name, location, appliedSha, sha, isNew, notApplied = null, ahead, aheadCount, problem } = report;
  // A folder is on a person's machine: only their next apply compares it.
  if (location === null) return [];
  if (problem !== null) return [`git ${name}: ${problem}`];
  const isApplied = isNew && notApplied === null;
  return [
    ...(isApplied ? [`git ${name}: ${short(sha)} is not applied yet (applied: ${short(appliedSha)})`] : []),
    ...(notApplied === null ? [] : [`git ${name}: ${short(sha)} is not applied: ${notApplied}`]),
    ...(isNew ? changeLines(report) : []),
    ...ahead.flatMap((one) => [
      `ahead of Git since ${one.since === null ? '?' : relativeTime(one.since, now)} by ${one.by ?? '?'}${one.reason ? `: ${one.reason}` : ''}: ${one.resource} (${name} at ${short(sha)})`,
      ...aheadFields(one).map((line) => `  Git → log: ${line}`),
    ]),
    ...more(`ahead of Git (${name})`, (aheadCount ?? ahead.length) - ahead.length),
  ];
}

/** The fields of one change; older workers report whole resources. */
function aheadFields({ fields, git, log }: AheadOfSource): string[] {
  const whole = fields?.some(({ field }) => field === '') ?? true;
  if (whole) return difference({ before: git, after: log });
  return (fields ?? []).map((one) => `${one.field}: ${text(one.git)} → ${text(one.log)}`);
}

/** Changes that a new commit would make. They are known in dry runs only. */
function changeLines({ changes, changeCount = 0, refusal = null }: SourceReport): string[] {
  if (changes === undefined) return [];
  const cut = changeCount - changes.length;
  return [
    ...(changeCount === 0 ? ['  it changes nothing'] : []),
    ...changes.flatMap((change) => drawnChange(change, '  ')),
    ...(cut > 0 ? [`  … and ${cut} more changes, ${changeCount} in all`] : []),
    ...(refusal === null ? [] : [`  it would be refused: ${refusal}`]),
  ];
}

function proxyLines(
  { proxy, differences, count, unasked = 0 }: DriftReport['proxies'][number],
  { isDryRun, adopts, now }: { readonly isDryRun: boolean; readonly adopts: boolean; readonly now: string },
): string[] {
  if (differences === null) return [`${proxy} does not answer`];
  const fate = ({ kind, path, notAdopted = null }: ProxyDifference) => {
    // Its repair is in `done` and `held`.
    if (isClaim({ path })) return [];
    if (notAdopted !== null) return [`  not adopted: ${notAdopted}`];
    if (adopts || kind !== 'foreign') return [];
    return [`  not in the log: it ${isDryRun ? 'would be' : 'was'} removed (--adopt keeps a simple route)`];
  };
  const lines = differences.flatMap((one) => [...differenceLines(proxy, one, now), ...fate(one)]);
  const limit = `${proxy}: ${unasked} routes were not asked whether the repair takes their visitors' answers away; at most 500 are`;
  return [...lines, ...more(proxy, count - differences.length), ...(unasked > 0 ? [limit] : [])];
}

function adoptionLines({ changes, count, refusal }: AdoptionReport): string[] {
  if (refusal !== null) return [`cannot adopt: ${refusal}`];
  if (count === 0) return ['nothing to adopt'];
  const lines = changes.flatMap((change) => drawnChange(change, '  '));
  return ['would be adopted:', ...lines, ...more('adopted', count - changes.length)];
}

function identityLines({ identity, identityCount, identityProblem }: DriftReport, now: string): string[] {
  if (identityProblem !== undefined) return [`authentik cannot be compared: ${identityProblem}`];
  if (identity === null) return [];
  const lines = identity.flatMap((one) => [
    ...(one.path === '' ? [`authentik: ${one.problem}`] : differenceLines('authentik', one, now)),
    ...(one.problem === null || one.path === '' ? [] : [`  ${one.problem}`]),
    ...(one.notAdopted === null || one.problem !== null ? [] : [`  not adopted: ${one.notAdopted}`]),
  ]);
  return [...lines, ...more('authentik', (identityCount ?? identity.length) - identity.length)];
}

function scheduleLines({ schedules = [], scheduleCount, scheduleProblem }: DriftReport, now: string): string[] {
  if (scheduleProblem !== undefined) return [`schedules cannot be compared: ${scheduleProblem}`];
  const lines = schedules.flatMap((one) => differenceLines('temporal', one, now));
  return [...lines, ...more('temporal', (scheduleCount ?? schedules.length) - schedules.length)];
}

/** One difference: the object, its path, and the values of both sides; a side without a value has no line. */
function differenceLines(
  system: string,
  { kind, object, path, wanted, found, since, by }: ScheduleDifference,
  now: string,
): string[] {
  return [
    `${system}: ${object}: ${KIND_TEXTS[kind]}${path}`,
    ...(kind === 'foreign' ? [] : [`  log:    ${text(wanted)}`]),
    ...(kind === 'missing' ? [] : [`  ${system === 'temporal' ? 'there: ' : 'served:'} ${text(found)}`]),
    ...(since === null ? [] : [`  changed in the log ${relativeTime(since, now)} by ${by ?? '?'}`]),
  ];
}

const KIND_TEXTS: Readonly<Record<Drift['kind'], string>> = {
  changed: '',
  missing: 'missing, ',
  foreign: 'foreign, ',
  moved: 'in another order, ',
};

function more(system: string, cut: number): string[] {
  return cut > 0 ? [`${system}: … and ${cut} more`] : [];
}

const LONGEST = 200;

function text(value: unknown): string {
  const json = value === undefined || value === null ? '–' : JSON.stringify(value);
  return json.length > LONGEST ? `${json.slice(0, LONGEST)}…` : json;
}

function short(sha: string | null): string {
  return sha?.slice(0, 12) ?? '–';
}
