import { basesOf, wholeBackups, type Base } from '../../domain/backup/base.js';
import { chainOf, type Chain } from '../../domain/backup/chain.js';
import type { BackupKind, BackupRecord, LogRange } from '../../domain/backup/manifest.js';
import { backupName, backupNoun } from '../../domain/backup/name.js';
import { isComponentOfBackup } from '../../domain/backup/components.js';
import type { State } from '../../domain/log/state.js';
import { backupDestination, isS3 } from '../../domain/values/backup-destination.js';
import type { BackupStore } from '../../ports/backup/backups.js';
import { Failure } from '../../ports/failure.js';
import type {
  AdmittedBackup,
  BackupGrant,
  BackupPreview,
  BackupRequest,
  DestinationProblem,
  MakeBackupRequest,
} from '../../workflows/contracts/backup.js';
import type { Dependencies } from '../dependencies.js';
import { bounded } from '../trust/bounded.js';
import { sealOf } from '../trust/seal.js';
import { openTarget, type Destinations, type OpenedDestination } from './destinations.js';
import { grantedOf, recordEnd, type Admitted } from './end.js';
import { firstOfOwnPast } from './own-past.js';
import { newInventory, partsOf } from './parts.js';
import { admitPrune } from './prune.js';
import { backupGrantSeal } from './seals.js';

const MOST_DESTINATIONS = 10;
const LONGEST_LOCK_DAYS = 36_500;
/** Pauses (ms) before a destination that does not answer is asked again. */
const PAUSES_MS = [1_000, 3_000];

/** Returns what a verified request may do. Records its failure or refusal in the history, unless it is a dry run. */
export async function admitBackup(
  deps: Dependencies,
  authority: Admitted,
  request: BackupRequest,
): Promise<AdmittedBackup> {
  const { caller, proof = null } = authority;
  try {
    mustBeSound(request);
    const destinations = await destinationsOf(deps, request);
    if (request.operation === 'backup.prune') return await admitPrune(deps, authority, request, destinations);
    return await admitMaking(deps, authority, request, destinations);
  } catch (error) {
    if (error instanceof Failure && !request.isDryRun) {
      const result = error.kind === 'unavailable' ? 'failed' : 'refused';
      await recordEnd(deps, caller, grantedOf(request, proof), { result, detail: error.message });
    }
    throw error;
  }
}

/** The command line checks the same, but anybody with a key can send a request. */
function mustBeSound(request: BackupRequest): void {
  const { subject } = request;
  // Anybody can send anything in place of a list.
  const destinations: readonly { readonly place: unknown }[] = request.destinations;
  if (!Array.isArray(destinations) || destinations.length === 0 || destinations.length > MOST_DESTINATIONS) {
    throw new Failure('invalid', `a backup has 1 to ${MOST_DESTINATIONS} destinations`, {
      hint: 'Name one: hecate backup full --destination /backup/hecate/',
    });
  }
  for (const { place } of destinations) {
    const parsed = backupDestination.safeParse(place);
    if (parsed.success && parsed.data === place) continue;
    const why = parsed.success ? `write it as ${parsed.data}` : (parsed.error.issues[0]?.message ?? '');
    throw new Failure('invalid', `the destination ${bounded(place)} is not valid: ${why}`);
  }
  const places = request.destinations.map(({ place }) => place);
  if (new Set(places).size !== places.length) throw new Failure('invalid', 'a destination is named twice');
  if (subject !== places.join(', ')) throw new Failure('invalid', 'the subject does not name the destinations');
  if (request.operation !== 'backup.prune') mustBeSoundMaking(request);
}

function mustBeSoundMaking({ operation, components, isEncrypted, lockDays, destinations }: MakeBackupRequest): void {
  const isOfComponents = operation === 'backup.components';
  if (!isEncrypted && !isOfComponents) {
    throw new Failure('invalid', 'a backup with secrets is always encrypted', {
      hint: 'Without encryption only components can be backed up: hecate backup --components routes --no-encrypt',
    });
  }
  const unknown = (components ?? []).find((one) => !isComponentOfBackup(one));
  if (isOfComponents && (components === null || components.length === 0 || unknown !== undefined)) {
    throw new Failure('invalid', `--components: ${bounded(unknown ?? '')} is not a component`, {
      hint: 'Name some, such as: hecate backup --components routes,auth-policies',
    });
  }
  if (lockDays === null) return;
  if (!Number.isSafeInteger(lockDays) || lockDays < 1 || lockDays > LONGEST_LOCK_DAYS) {
    throw new Failure('invalid', '--lock: give whole days, such as 30d');
  }
  const folder = destinations.find(({ place }) => !isS3(place));
  if (folder === undefined) return;
  throw new Failure('invalid', `--lock: the folder ${folder.place} cannot lock files; only S3 can (Object Lock)`, {
    hint: 'Leave --lock out, or name only destinations in S3.',
  });
}

/** Opens all destinations. Throws when none answers, with the kind of the first one. */
async function destinationsOf(deps: Dependencies, request: BackupRequest): Promise<Destinations> {
  const { logId } = await deps.log.view();
  const opened: OpenedDestination[] = [];
  const problems: DestinationProblem[] = [];
  for (const target of request.destinations) {
    const { place } = target;
    try {
      opened.push({ place, store: await patiently(() => opening(deps, { target, request, logId })) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push({ place, kind: error.kind, message: error.message, hint: error.details.hint ?? null });
    }
  }
  const [first] = problems;
  if (opened.length > 0 || first === undefined) return { opened, problems };
  const message = problems.map((one) => one.message).join('; ');
  throw new Failure(first.kind, message, first.hint === null ? {} : { hint: first.hint });
}

async function opening(
  deps: Dependencies,
  {
    target,
    request: { isDryRun, operation },
    logId,
  }: {
    readonly target: BackupRequest['destinations'][number];
    readonly request: BackupRequest;
    readonly logId: string;
  },
): Promise<BackupStore> {
  const store = await openTarget(deps, target, { isDryRun });
  const owner = await store.owner();
  if (owner !== null && owner.logId !== logId) throw otherOwner(store.place, owner.environment);
  if (isDryRun || operation === 'backup.prune') return store;
  const environment = deps.backups.environment.name;
  await store.claim({ format: 'hecate-backup-destination', version: 1, logId, environment });
  return store;
}

async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await run();
    } catch (error) {
      const mayAnswer = error instanceof Failure && error.kind === 'unavailable' && error.details.hasWaited !== true;
      if (!mayAnswer) throw error;
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
  return run();
}

async function admitMaking(
  deps: Dependencies,
  { caller, proof = null }: Admitted,
  request: MakeBackupRequest,
  { opened, problems }: Destinations,
): Promise<AdmittedBackup> {
  const { backups } = deps;
  const { state, logId, last } = await endOf(deps);
  const isEncrypted = request.operation !== 'backup.components' || request.isEncrypted;
  const warnings = await warningsOf(deps, isEncrypted);
  const start = await startOf(deps, request, { opened, logId, state });
  if (start.kind === 'nothing') return { kind: 'nothing', message: start.message, warnings };
  const isLogless = start.backup === 'components';
  const range: LogRange | null = isLogless ? null : { from: start.from, to: last, head: state.head };
  const createdAt = deps.now();
  const environment = { ...backups.environment, logId };
  const named = { environment: environment.name, kind: start.backup, createdAt };
  const backup: BackupGrant['backup'] = {
    name: backupName({ ...named, from: start.from, to: isLogless ? (state.head?.sequence ?? 0) : last }),
    ...{ kind: start.backup, createdAt, environment, range, parent: start.parent },
    components: isLogless ? [...(request.components ?? [])] : 'all',
    recipients: isEncrypted ? [...(await backups.identity.recipients())] : [],
  };
  const said = [...warnings, ...start.warnings];
  if (request.isDryRun) {
    return { kind: 'preview', preview: await previewOf(deps, backup), problems, warnings: said };
  }
  const grant = {
    ...{ request: grantedOf(request, proof), backup, places: opened.map(({ place }) => place), problems },
    ...{ lockDays: request.lockDays, warnings: said },
  };
  backups.spool.sweep(caller.runId);
  return { kind: 'make', grant: { ...grant, seal: sealOf(deps, backupGrantSeal(caller, grant)) } };
}

/** Returns the state and the end of the log of one moment: the state is that of the newest commit up to `last`. */
async function endOf({ log, backups }: Dependencies) {
  for (;;) {
    const { last } = await backups.log.end();
    const { state, logId } = await log.view();
    if ((state.head?.sequence ?? 0) <= last) return { state, logId, last };
  }
}

async function warningsOf({ backups }: Dependencies, isEncrypted: boolean): Promise<readonly string[]> {
  if (!isEncrypted) return [];
  const warning = await backups.identity.warning();
  return warning === null ? [] : [`${warning}. Write it elsewhere: hecate backup identity --export FILE`];
}

/** The beginning of a backup. */
type Start =
  | {
      readonly kind: 'start';
      readonly backup: BackupKind;
      readonly from: number;
      readonly parent: BackupRecord['parent'];
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'nothing'; readonly message: string };

interface Known {
  readonly opened: readonly OpenedDestination[];
  readonly logId: string;
  readonly state: State;
}

async function startOf(deps: Dependencies, request: MakeBackupRequest, known: Known): Promise<Start> {
  const whole = { kind: 'start', from: 1, parent: null, warnings: [] } as const;
  switch (request.operation) {
    case 'backup.full':
      return { ...whole, backup: 'full' };
    case 'backup.components':
      return { ...whole, backup: 'components' };
    case 'backup.incremental': {
      const { since } = request;
      if (since === null) throw new Failure('invalid', '--since is missing: give last, or a time such as 2024-01-01');
      const at = since === 'last' ? null : since;
      return (await goingOn(deps, request, known, at)) ?? (await fromTime(deps, known, at ?? ''));
    }
  }
}

/** Goes on from the backups that the destinations have; null: one has none of that time. */
async function goingOn(
  deps: Dependencies,
  { isFullIfNone }: MakeBackupRequest,
  { opened, logId, state }: Known,
  at: string | null,
): Promise<Start | null> {
  const bases: Base[] = [];
  for (const { place, store } of opened) {
    const { records } = await store.list();
    const base = await firstOfOwnPast(deps, basesOf(records, logId, at));
    if (base !== undefined) bases.push(base);
    else if (isFullIfNone) return { kind: 'start', backup: 'full', from: 1, parent: null, warnings: [] };
    else if (at === null) throw nothingToGoOnFrom(place, records.length > 0);
    else return null;
  }
  // One archive goes to all destinations, so it begins after the one that has the least.
  const [least] = bases.sort((a, b) => a.range.to - b.range.to);
  if (least === undefined) return null;
  const { name, range, createdAt } = least;
  if ((state.head?.sequence ?? 0) <= range.to) {
    return { kind: 'nothing', message: `nothing to back up: no commit since ${name} (${createdAt})` };
  }
  const parent = { name, to: range.to };
  return { kind: 'start', backup: 'incremental', from: range.to + 1, parent, warnings: [] };
}

/** Begins at the first commit after a time. Warns when no backups have what is before it. */
async function fromTime(deps: Dependencies, { opened, logId, state }: Known, at: string): Promise<Start> {
  const from = await firstAfter(deps, at);
  if (from === null) return { kind: 'nothing', message: `nothing to back up: no commit since ${at}` };
  const warnings: string[] = [];
  let parent: BackupRecord['parent'] = null;
  for (const { place, store } of opened) {
    const { records } = await store.list();
    const having = wholeBackups(records, logId).filter(({ range }) => range.from < from && range.to >= from - 1);
    const before = await firstOfOwnPast(deps, having);
    if (before !== undefined) parent ??= { name: before.name, to: before.range.to };
    else if (from > 1)
      warnings.push(gapWarning(place, from, gapBefore(records, { from, logId, to: state.head?.sequence ?? from })));
  }
  return { kind: 'start', backup: 'incremental', from, parent, warnings };
}

function gapBefore(
  records: readonly BackupRecord[],
  { from, to, logId }: { readonly from: number; readonly to: number; readonly logId: string },
): Chain {
  const [any] = records;
  const last = {
    ...(any as BackupRecord),
    ...{ name: 'next', range: { from, to, head: null }, parent: null, environment: { name: '', id: '', logId } },
  };
  return chainOf(last, records);
}

function gapWarning(place: string, from: number, { gaps }: Chain): string {
  const listed = gaps.map((gap) => `${gap.from} to ${gap.to}`).join(', ') || `1 to ${from - 1}`;
  return `no backup at ${place} has the messages ${listed} of the log, so this one cannot be restored without a full one. Make it: hecate backup full --destination ${place}`;
}

/** Returns the sequence after the newest commit up to a time; null: no commit came later. */
async function firstAfter({ log }: Pick<Dependencies, 'log'>, at: string): Promise<number | null> {
  let first: number | null = null;
  for await (const { position, message } of log.entriesBackwards()) {
    if (message.type !== 'committed') continue;
    if (message.at <= at) return first === null ? null : position.sequence + 1;
    first = position.sequence;
  }
  return first === null ? null : 1;
}

/** Returns what a backup would have. Reads everything but the log, whose size is known. */
async function previewOf(deps: Dependencies, backup: BackupGrant['backup']): Promise<BackupPreview> {
  const inventory = newInventory();
  let estimatedBytes = 0;
  for await (const { content } of partsOf(deps, backup, { inventory, withLog: false })) {
    estimatedBytes += content.byteLength;
  }
  const { name, kind, range, parent } = backup;
  if (range !== null) {
    const { last, bytes } = await deps.backups.log.end();
    const messages = range.to - range.from + 1;
    estimatedBytes += last === 0 ? 0 : Math.round((bytes * messages) / last);
    inventory.contains.splice(kind === 'full' ? 1 : 0, 0, `log: messages ${range.from} to ${range.to}`);
  }
  const { contains, omits } = inventory;
  return { ...{ name, kind, range, parent, estimatedBytes }, contains, omits };
}

function otherOwner(place: string, environment: string): Failure {
  return new Failure('conflict', `${place} has the backups of another environment (${bounded(environment)})`, {
    hint: 'Name another folder or prefix; each environment needs one of its own.',
  });
}

function nothingToGoOnFrom(place: string, hasAny: boolean): Failure {
  const what = hasAny ? 'no backup with a whole chain' : 'no backup of this environment';
  return new Failure(
    'missing',
    `${place} has ${what}, so there is nothing that an ${backupNoun('incremental')} goes on from`,
    {
      hint: `Make a full one first: hecate backup full --destination ${place}`,
    },
  );
}
