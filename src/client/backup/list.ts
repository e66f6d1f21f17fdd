import { canonicalDestination } from '../../adapters/backup/stores/open-store.js';
import { backupListing, type BackupListing, type ListedBackup } from '../../domain/backup/listing.js';
import type { BackupKind } from '../../domain/backup/manifest.js';
import { exitCodeOf } from '../../domain/refusal.js';
import { all } from '../../domain/log/state.js';
import { byteSize } from '../../domain/values/byte-size.js';
import { Failure } from '../../ports/failure.js';
import { backupIdentityOf } from '../../stack/backup-identity.js';
import { readWorkerReport } from '../../stack/health/worker-report.js';
import { homeLayout } from '../../stack/home-layout.js';
import { loadConnections } from '../../stack/load-connections.js';
import { withLog } from '../connect/with-log.js';
import { errorData, type ErrorData } from '../print/error-output.js';
import { print, table, type OutputFormat } from '../print/output.js';
import { relativeTime } from '../print/relative-time.js';
import { toStderr } from '../print/visible.js';
import { lastDestinations } from './take/destinations.js';
import { openDestination } from './opening.js';

/** Options of `list backups`. */
export interface ListOptions {
  readonly output: OutputFormat;
  readonly destination?: readonly string[];
  readonly kind?: BackupKind;
}

/** A destination that did not answer. */
interface Unlisted extends ErrorData {
  readonly place: string;
}

type Listed = BackupListing | Unlisted;

/**
 * Lists the backups at each destination: those given, else where the last backup went and where schedules send theirs. Returns
 * the exit code: that of the first destination that cannot be read.
 */
export async function list({ output, destination, kind }: ListOptions): Promise<number> {
  const places = await placesOf(destination);
  const found: { readonly listed: Listed; readonly code: number }[] = [];
  for (const place of places) found.push(await listingOf(place, kind));
  const warnings = [...(await identityWarning()), ...workerWarnings()];
  const destinations = found.map(({ listed }) => listed);
  const now = new Date().toISOString();
  await print(output, { destinations, warnings }, () => destinations.map((one) => text(one, now)).join('\n\n'));
  for (const warning of warnings) toStderr(`warning: ${warning}`);
  return found.find(({ code }) => code !== 0)?.code ?? 0;
}

async function placesOf(given: readonly string[] | undefined): Promise<readonly string[]> {
  if (given !== undefined && given.length > 0) {
    return [...new Set(given.map((one) => canonicalDestination(one, process.cwd())))];
  }
  const scheduled = await withLog(async (log) => {
    const { state } = await log.view();
    return all(state, 'Schedule').flatMap(({ value: { action } }) =>
      action.kind === 'backup' ? action.destination : [],
    );
  });
  const places = [...new Set([...(await lastDestinations()), ...scheduled])];
  if (places.length > 0) return places;
  throw new Failure('missing', 'there are no backups: none was made, and no schedule makes any', {
    hint: 'Name a destination: `hecate list backups --destination /backup/hecate/`, or make one: `hecate backup full --destination /backup/hecate/`.',
  });
}

async function listingOf(place: string, kind: BackupKind | undefined) {
  try {
    const store = await openDestination(place);
    const { records, problems } = await store.list();
    const broken: string[] = [];
    const latest = await store.latest().catch((error: unknown) => {
      if (!(error instanceof Failure) || error.kind !== 'invalid') throw error;
      broken.push(error.message);
      return null;
    });
    const proofs = await store.proofs();
    const at = { place: store.place, records, proofs, latest: latest?.name ?? null };
    const whole = backupListing({ ...at, problems: [...problems, ...broken] });
    const backups = whole.backups.filter((one) => kind === undefined || one.kind === kind);
    return { listed: { ...whole, backups }, code: 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind: errorKind, message, details } = error;
    const hint = details.hint === undefined ? {} : { hint: details.hint };
    return { listed: { place, ...errorData({ kind: errorKind, message, ...hint }) }, code: exitCodeOf(errorKind) };
  }
}

/** Returns what the worker of this home warns of: a drill that failed or is overdue, a backup that lags. */
function workerWarnings(): readonly string[] {
  const connections = loadConnections(process.env);
  return connections === null ? [] : (readWorkerReport(homeLayout(connections.home))?.warnings ?? []);
}

/** Returns the warning that only this home has the identity; empty: it was exported, or this machine has no home. */
async function identityWarning(): Promise<readonly string[]> {
  const connections = loadConnections(process.env);
  if (connections === null) return [];
  // What is wrong with the identity shows where it is used.
  const warning = await backupIdentityOf(process.env, connections.home, null)
    .warning()
    .catch(() => null);
  return warning === null ? [] : [warning];
}

function text(listed: Listed, now: string): string {
  if ('error' in listed) {
    const { message, hint } = listed.error;
    return [listed.place, `cannot be read: ${message}`, ...(hint ? [`hint: ${hint}`] : [])].join('\n');
  }
  const { place, backups, bytes, lastProven, gaps, problems } = listed;
  const rows = backups.map((one) => [
    one.isLatest ? `${one.name} (latest)` : one.name,
    one.kind,
    relativeTime(one.createdAt, now),
    byteSize(one.bytes),
    rangeText(one),
    chainText(one),
    drillText(one, now),
  ]);
  const head = ['NAME', 'KIND', 'MADE', 'SIZE', 'LOG', 'CHAIN', 'DRILL'];
  const proven =
    lastProven === null
      ? 'none; prove one: hecate backup drill --from ' + within(place)
      : `${lastProven.name}, ${relativeTime(lastProven.at, now)}`;
  return [
    `${place}: ${backups.length} backups, ${byteSize(bytes)}`,
    ...(backups.length === 0 ? [] : [table(head, rows, { whole: ['NAME'] })]),
    ...(backups.length === 0 ? [] : [`last proven restorable: ${proven}`]),
    ...gaps.map((gap) => `gap: no backup has ${messages(gap)} of the log`),
    ...problems.map((one) => `problem: ${one}`),
  ].join('\n');
}

function within(place: string): string {
  return `${place.replace(/\/$/, '')}/latest`;
}

function rangeText({ range, components }: ListedBackup): string {
  if (range === null) return components === 'all' ? '' : components.join(', ');
  return range.to < range.from ? 'nothing new' : `${range.from}–${range.to}`;
}

function chainText({ chain, range }: ListedBackup): string {
  if (range === null) return 'stands alone';
  if (chain.isWhole) return chain.length === 1 ? 'whole' : `whole, ${chain.length} files`;
  const what = chain.missing.length > 0 ? chain.missing : chain.gaps.map(messages);
  return `missing: ${what.join(', ')}`;
}

function messages({ from, to }: { readonly from: number; readonly to: number }): string {
  return from === to ? `message ${from}` : `messages ${from} to ${to}`;
}

function drillText({ drill }: ListedBackup, now: string): string {
  if (drill === null) return '';
  return `${drill.passed ? 'passed' : 'failed'} ${relativeTime(drill.at, now)}`;
}
