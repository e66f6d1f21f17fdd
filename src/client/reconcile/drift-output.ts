import type { Change } from '../../domain/log/commit.js';
import type { Drift } from '../../domain/drift/drift.js';
import { drawnChange, difference } from '../print/drawn-change.js';
import type {
  AdoptionReport,
  DriftReport,
  ProxyDifference,
  ReconcileResult,
  SourceReport,
} from '../../workflows/contracts/reconcile.js';

/** What a reconcile found and did, for a person. */
export function driftLines({ drift, done, failed }: ReconcileResult, isDryRun: boolean): string[] {
  const proxyLinesOf = (one: DriftReport['proxies'][number]) => proxyLines(one, { isDryRun, adopts: !!drift.adoption });
  const found = [
    ...drift.sources.flatMap(sourceLines),
    ...drift.proxies.flatMap(proxyLinesOf),
    ...identityLines(drift),
  ];
  return [
    ...(found.length === 0 ? ['no drift'] : found),
    ...(isDryRun && drift.adoption ? adoptionLines(drift.adoption) : []),
    ...drift.overlays.map((line) => `in force: ${line}`),
    ...done.map((line) => `done: ${line}`),
    ...failed.map((line) => `FAILED: ${line}`),
    ...(isDryRun ? ['nothing was done (dry run)'] : []),
  ];
}

function sourceLines(report: SourceReport): string[] {
  const { name, location, appliedSha, sha, isNew, notApplied = null, ahead, aheadCount, problem } = report;
  // What a person applied from a folder is compared when it is applied again.
  if (location === null) return [];
  if (problem !== null) return [`git ${name}: ${problem}`];
  if (isNew && notApplied === null) {
    return [`git ${name}: ${short(sha)} is not applied yet (applied: ${short(appliedSha)})`, ...changeLines(report)];
  }
  return [
    ...(notApplied === null ? [] : [`git ${name}: ${short(sha)} is not applied: ${notApplied}`]),
    ...(isNew ? changeLines(report) : []),
    ...ahead.flatMap(({ resource, git, log, since, by }) => [
      `ahead of Git since ${since ?? '?'} by ${by ?? '?'}: ${resource} (${name} at ${short(sha)})`,
      ...difference({ before: git, after: log } as Pick<Change, 'before' | 'after'>).map(
        (line) => `  Git → log: ${line}`,
      ),
    ]),
    ...more(`ahead of Git (${name})`, (aheadCount ?? ahead.length) - ahead.length),
  ];
}

/** What a new commit would change; nothing where that was not asked. */
function changeLines({ changes, changeCount = 0, refusal = null }: SourceReport): string[] {
  if (changes === undefined) return [];
  const cut = changeCount - changes.length;
  return [
    ...(changeCount === 0 ? ['  it would change nothing'] : []),
    ...changes.flatMap((change) => drawnChange(change, '  ')),
    ...(cut > 0 ? [`  … and ${cut} changes more, ${changeCount} in all`] : []),
    ...(refusal === null ? [] : [`  it would be refused: ${refusal}`]),
  ];
}

function proxyLines(
  { proxy, differences, count }: DriftReport['proxies'][number],
  { isDryRun, adopts }: { readonly isDryRun: boolean; readonly adopts: boolean },
): string[] {
  if (differences === null) return [`${proxy} does not answer`];
  const fate = ({ kind, notAdopted = null }: ProxyDifference) => {
    if (notAdopted !== null) return [`  not adopted: ${notAdopted}`];
    if (adopts || kind !== 'foreign') return [];
    return [`  the log does not have it, so it ${isDryRun ? 'would be' : 'is'} removed (--adopt takes a plain route)`];
  };
  const lines = differences.flatMap((one) => [...differenceLines(proxy, one), ...fate(one)]);
  return [...lines, ...more(proxy, count - differences.length)];
}

function adoptionLines({ changes, count, refusal }: AdoptionReport): string[] {
  if (refusal !== null) return [`nothing would be adopted: ${refusal}`];
  if (count === 0) return ['nothing would be adopted'];
  const lines = changes.flatMap((change) => drawnChange(change, '  '));
  return ['would be adopted:', ...lines, ...more('adopted', count - changes.length)];
}

function identityLines({ identity, identityCount }: DriftReport): string[] {
  if (identity === null) return [];
  const lines = identity.flatMap((one) => [
    ...(one.path === '' ? [`authentik: ${one.problem}`] : differenceLines('authentik', one)),
    ...(one.problem === null || one.path === '' ? [] : [`  ${one.problem}`]),
    ...(one.notAdopted === null || one.problem !== null ? [] : [`  not adopted: ${one.notAdopted}`]),
  ]);
  return [...lines, ...more('authentik', (identityCount ?? identity.length) - identity.length)];
}

/** What it is, where, and both values; a side that has none has no line. */
function differenceLines(system: string, { kind, object, path, wanted, found, since, by }: ProxyDifference): string[] {
  return [
    `${system}: ${object}: ${HOW[kind]}${path}`,
    ...(kind === 'foreign' ? [] : [`  log:    ${text(wanted)}`]),
    ...(kind === 'missing' ? [] : [`  served: ${text(found)}`]),
    ...(since === null ? [] : [`  the log wants it so since ${since}, by ${by ?? '?'}`]),
  ];
}

const HOW: Readonly<Record<Drift['kind'], string>> = {
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
