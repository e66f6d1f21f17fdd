import type { Commit } from '../../domain/log/commit.js';
import { rotationPolicy } from '../../domain/log/rotation-due.js';
import { all, find, type State } from '../../domain/log/state.js';
import type { Route } from '../../domain/resources/route.js';
import { plainPathOf, type Secret } from '../../domain/resources/secret.js';
import { secretKinds } from '../../domain/secrets/kinds.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import type { LogReader } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import { SCRATCH_FOLDER, type Secrets } from '../../ports/secrets.js';

/** Parts that the sweep of old values works with. */
export interface Sweeping {
  readonly log: Pick<LogReader, 'view' | 'entriesBackwards'>;
  /** Null: no Vault is configured. */
  readonly secrets: Secrets | null;
  readonly now: () => string;
  /** Time (ms) for which values stay that were replaced or deleted without a rotation. */
  readonly keepValuesMs: number;
  /** Ids of logs that a restore replaced here: the mount of one of them is this log's. Absent: none. */
  readonly replacedLogIds?: readonly string[];
}

/** Shortest time (ms) for which a value stays that no commit names yet. */
const UNCOMMITTED_STAYS_MS = 24 * 3_600_000;

/** The value in Vault whose path names the log that may destroy values of the mount. */
const OWNER_PATH = 'owner/log';

/**
 * Returns a function that destroys values in Vault which nothing uses, and returns their paths, sorted:
 * - those that a rotation replaced, but for as many as `keepVersions` of the secret's schedule, the newest first;
 * - all others, such as those of `update secret`, of deleted secrets and of certificates, `keepValuesMs` after they were replaced;
 * - those that no commit names, `keepValuesMs` and at least a day after they were written: an operation may be about to commit them.
 *
 * Destroys nothing of a value that the present state, a running rotation or an operation without an outcome needs, and nothing at all while the
 * log is lost or the mount belongs to another log (`lost`). Idempotent. Remembers what it learned from the log.
 */
export function createValueSweep(deps: Sweeping): () => Promise<readonly string[]> {
  const fates = new Map<string, Fate>();
  let scratchBefore: ReadonlySet<string> = new Set();
  return async () => {
    const { log, secrets: vault, now } = deps;
    if (vault === null) return [];
    const { state, logId } = await log.view();
    await mustOwn(vault, logId, deps.replacedLogIds);
    const scratch = (await vault.list(SCRATCH_FOLDER)).map((name) => `${SCRATCH_FOLDER}/${name}`);
    // One that was there before is not that of a check which runs now.
    const left = scratch.filter((path) => scratchBefore.has(path));
    scratchBefore = new Set(scratch);
    const unused = (await valuesIn(vault)).filter((value) => !isUsed(state, value));
    const ids = new Set(unused.map(({ id }) => id));
    // A value that came back into use may leave it again.
    for (const id of fates.keys()) if (!ids.has(id)) fates.delete(id);
    const unknown = unused.filter(({ id }) => fates.get(id)?.kind !== 'left');
    const readTo = unknown.map(({ id }) => (fates.get(id) as Never | undefined)?.upTo ?? 0);
    for (const [id, fate] of await fatesOf(log, unknown, { from: Math.min(...readTo), to: state.head?.sequence ?? 0 }))
      fates.set(id, fate);
    const known = unused.flatMap((value) => {
      const fate = fates.get(value.id);
      return fate === undefined ? [] : [{ ...value, fate }];
    });
    const due = await dueOf({ ...deps, vault, state, at: Date.parse(now()) }, known);
    const destroyed = [...left];
    for (const path of left) await vault.destroy(path);
    for (const value of due) {
      // An operation may have brought it back meanwhile.
      if (isUsed((await log.view()).state, value)) continue;
      for (const path of value.paths) await vault.destroy(path);
      fates.delete(value.id);
      destroyed.push(...value.paths);
    }
    return destroyed.toSorted();
  };
}

/** One value in Vault. */
interface StoredValue {
  /** Edition of a secret, or fingerprint of a route's certificate. */
  readonly id: string;
  /** Name and kind of its secret; null: the key of a route. */
  readonly secret: Pick<Secret, 'kind' | 'name'> | null;
  /** Its paths: the value, and the texts of which it holds hashes. */
  readonly paths: readonly string[];
}

/** The newest mention of a value in the log. */
type Fate =
  | Never
  | {
      readonly kind: 'left';
      readonly commit: Pick<Commit, 'id' | 'at' | 'operation'>;
      /** It was made by a rotation that was undone, and never in force. */
      readonly neverInForce: boolean;
    };

/** No commit up to this sequence names it. */
interface Never {
  readonly kind: 'never';
  readonly upTo: number;
}

type Doomed = StoredValue & { readonly fate: Fate };

async function mustOwn(vault: Secrets, logId: string, replaced: readonly string[] = []): Promise<void> {
  await vault.keep(OWNER_PATH, { log: logId });
  let owner = (await vault.read(OWNER_PATH))?.['log'];
  if (owner !== undefined && owner !== logId && replaced.includes(owner)) {
    await vault.destroy(OWNER_PATH);
    await vault.keep(OWNER_PATH, { log: logId });
    owner = (await vault.read(OWNER_PATH))?.['log'];
  }
  if (owner === logId) return;
  throw new Failure(
    'lost',
    `old values in Vault are not destroyed: they belong to log ${owner ?? '?'}, and this is log ${logId}`,
    {
      system: 'vault',
      hint: `Give each environment a name of its own (HECATE_ENVIRONMENT). If the other log is gone for good, delete the value ${OWNER_PATH} in Hecate’s mount.`,
    },
  );
}

async function valuesIn(vault: Secrets): Promise<readonly StoredValue[]> {
  const found: StoredValue[] = [];
  for (const { name: kind } of secretKinds) {
    for (const prefix of ['', 'plain/']) {
      for (const folder of await vault.list(`${prefix}${kind}`)) {
        if (!folder.endsWith('/')) continue;
        const secret = { kind, name: folder.slice(0, -1) };
        for (const id of await vault.list(`${prefix}${kind}/${secret.name}`)) {
          if (prefix === '')
            found.push({ id, secret, paths: [`${kind}/${secret.name}/${id}`, plainPathOf(secret, id)] });
          else if (!found.some((one) => one.id === id)) found.push({ id, secret, paths: [plainPathOf(secret, id)] });
        }
      }
    }
  }
  for (const id of await vault.list('tls')) found.push({ id, secret: null, paths: [vaultPathOfKey(id)] });
  return found;
}

/** Returns true for a value that the state needs, also for a running rotation. */
function isUsed(state: State, { id, secret }: StoredValue): boolean {
  if (secret === null) return all(state, 'Route').some(({ value }) => names(value, id));
  const held = find(state, 'Secret', secret.name)?.value;
  return held?.kind === secret.kind && names(held, id);
}

/** Returns true when a resource names the edition or fingerprint. */
function names(value: Secret | Route, id: string): boolean {
  if ('tls' in value) return value.tls.certificate?.fingerprint === id;
  const { rotation } = value;
  const editions = rotation === null ? [] : [rotation.former, rotation.next, rotation.older];
  return value.edition === id || editions.some((one) => one?.edition === id);
}

/** Reads the log backwards, down to the commit after `from`, until the last mention of each value. */
async function fatesOf(
  log: Pick<LogReader, 'entriesBackwards'>,
  values: readonly StoredValue[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReadonlyMap<string, Fate>> {
  const open = new Map(values.map((value) => [value.id, value]));
  const fates = new Map<string, Fate>();
  if (open.size === 0) return fates;
  for await (const { message, position } of log.entriesBackwards()) {
    // The position of an outcome is not that of a commit.
    if (message.type !== 'committed') continue;
    if (position.sequence <= from) break;
    for (const { kind, name, before, after } of message.changes) {
      if (kind !== 'Secret' && kind !== 'Route') continue;
      for (const [id, { secret }] of open) {
        if (kind === 'Secret' ? secret?.name !== name : secret !== null) continue;
        const [had, has] = [before, after].map((one) => one !== null && names(one, id));
        if (!had && !has) continue;
        open.delete(id);
        // It was brought back after the state was read: it is looked at again next time.
        if (has) continue;
        const { at, operation } = message;
        const neverInForce = kind === 'Secret' && wasNext(before, id);
        fates.set(id, { kind: 'left', commit: { id: message.id, at, operation }, neverInForce });
      }
    }
    if (open.size === 0) break;
  }
  for (const id of open.keys()) fates.set(id, { kind: 'never', upTo: to });
  return fates;
}

function wasNext(before: Secret | null, id: string): boolean {
  return before?.rotation?.next.edition === id && before.edition !== id;
}

interface Deciding extends Sweeping {
  readonly vault: Secrets;
  readonly state: State;
  readonly at: number;
}

async function dueOf(deps: Deciding, values: readonly Doomed[]): Promise<readonly Doomed[]> {
  const due: Doomed[] = [];
  const rotatedOut = new Map<string, Doomed[]>();
  for (const value of values) {
    switch (ruleFor(deps.state, value)) {
      case 'rotated':
        rotatedOut.set(value.secret?.name ?? '', [...(rotatedOut.get(value.secret?.name ?? '') ?? []), value]);
        break;
      case 'now':
        due.push(value);
        break;
      case 'later':
        if (await isOld(deps, value)) due.push(value);
        break;
      case 'open':
        break;
    }
  }
  const schedules = all(deps.state, 'Schedule').map(({ value }) => value);
  for (const [name, replaced] of rotatedOut) {
    const kept = rotationPolicy(name, schedules)?.keepVersions ?? 0;
    due.push(...replaced.toSorted((a, b) => (leftAt(a) < leftAt(b) ? 1 : -1)).slice(kept));
  }
  return due;
}

/** Rules by which a value that nothing uses is destroyed. `open`: not yet, since its operation may still be undone. */
type Rule = 'rotated' | 'now' | 'later' | 'open';

function ruleFor(state: State, { fate, secret }: Doomed): Rule {
  if (fate.kind === 'never') return 'later';
  if (state.open.has(fate.commit.id)) return 'open';
  const last = secret === null ? null : (find(state, 'Secret', secret.name)?.value.lastRotation ?? null);
  // It is still accepted, so a person may need it to have it revoked.
  if (last?.result === 'still-accepted' && fate.commit.at >= last.startedAt) return 'later';
  if (fate.neverInForce) return 'now';
  if (fate.commit.operation.startsWith('secret.rotation.')) return 'rotated';
  const isSuperseded = last !== null && last.result !== 'undone' && fate.commit.at <= last.endedAt;
  return isSuperseded ? 'rotated' : 'later';
}

async function isOld({ vault, at, keepValuesMs }: Deciding, value: Doomed): Promise<boolean> {
  if (value.fate.kind === 'left') return Date.parse(value.fate.commit.at) + keepValuesMs <= at;
  for (const path of value.paths) {
    const written = await vault.writtenAt(path);
    if (written !== null) return Date.parse(written) + Math.max(keepValuesMs, UNCOMMITTED_STAYS_MS) <= at;
  }
  return false;
}

function leftAt({ fate }: Doomed): string {
  return fate.kind === 'left' ? fate.commit.at : '';
}
