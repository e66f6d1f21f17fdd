import type { BypassFact, FailedOperation, NamedFact, OpenOperation } from '../../domain/health/facts.js';
import { rotationDue } from '../../domain/log/rotation-due.js';
import { all, type State } from '../../domain/log/state.js';
import { wayOut } from '../../domain/secrets/rotation-words.js';
import type { LogReader } from '../../ports/event-log.js';

/** Returns the secrets whose rotation is overdue, held or stuck, each with the way out. */
export function rotationFacts(state: State, now: string): NamedFact[] {
  const schedules = all(state, 'Schedule').map(({ value }) => value);
  return all(state, 'Secret').flatMap((stored) => {
    const { name, value } = stored;
    const { rotation } = value;
    const way = rotation === null ? '' : `: ${wayOut(name, rotation).join(', or ')}`;
    if (rotation?.isStuck) {
      return [
        { name, detail: `its rotation is stuck in the phase ${rotation.phase}: ${rotation.problem}. Go on${way}` },
      ];
    }
    if (rotation?.isHeld)
      return [{ name, detail: `its rotation is held before the phase ${rotation.phase}. Go on${way}` }];
    const { isOverdue, dueSince } = rotationDue(stored, schedules, now);
    if (!isOverdue || rotation !== null) return [];
    const command = `hecate update secret rotate --name ${name}`;
    return [{ name, detail: `its rotation is overdue since ${dueSince}. Rotate it: ${command}` }];
  });
}

/** Returns the sources of manifests of which a commit is not applied. */
export function heldFacts(state: State): NamedFact[] {
  return all(state, 'Source').flatMap(({ name, value: { held } }) =>
    held === undefined
      ? []
      : [{ name, detail: `commit ${held.sha?.slice(0, 12) ?? ''} is not applied: ${held.reasons.join('; ')}` }],
  );
}

/** Returns the bypasses of sign-in in force. */
export function bypassFacts(state: State, now: string): BypassFact[] {
  return all(state, 'Bypass').flatMap(({ name, createdBy, value: { until, reason } }) =>
    until > now ? [{ route: name, until, by: createdBy, reason }] : [],
  );
}

type Log = Pick<LogReader, 'view' | 'find' | 'entriesBackwards'>;

/** Returns a function that returns the operations without an end, with the times of their commits. */
export function openOperations(log: Log): () => Promise<readonly OpenOperation[]> {
  const since = new Map<string, string>();
  return async () => {
    const open = [...(await log.view()).state.open.values()];
    for (const id of since.keys()) if (!open.some((one) => one.id === id)) since.delete(id);
    const found = await Promise.all(
      open.map(async ({ id, operation }) => {
        const at = since.get(id) ?? (await log.find(id))?.message.at;
        if (at === undefined) return [];
        since.set(id, at);
        return [{ id, operation, since: at }];
      }),
    );
    return found.flat();
  };
}

/** Failed operations are known for this long, in milliseconds. */
const FAILED_MS = 3_600_000;
const FAILURES = ['failed', 'undone', 'stuck'];

/** Returns a function that returns the operations that failed, were undone or got stuck in the last hour. */
export function failedOperations(log: Log, now: () => string): () => Promise<readonly FailedOperation[]> {
  let known: readonly FailedOperation[] = [];
  let readTo = 0;
  return async () => {
    const oldest = new Date(Date.parse(now()) - FAILED_MS).toISOString();
    const found: FailedOperation[] = [];
    let newest = readTo;
    for await (const { position, message } of log.entriesBackwards()) {
      newest = Math.max(newest, position.sequence);
      if (position.sequence <= readTo || message.at < oldest) break;
      if (message.type !== 'ended' || !FAILURES.includes(message.result)) continue;
      const { id, result, detail, at, attempt } = message;
      found.push({ id, result, detail, at, ...(attempt ?? (await committed(log, id))) });
    }
    readTo = newest;
    known = [...known, ...found.map(withoutMore)].filter(({ at }) => at >= oldest);
    return known;
  };
}

async function committed(log: Log, id: string): Promise<Pick<FailedOperation, 'operation' | 'subject'>> {
  const message = (await log.find(id))?.message;
  if (message?.type !== 'committed') return { operation: 'operation', subject: id };
  return { operation: message.operation, subject: message.changes[0]?.name ?? '' };
}

function withoutMore({ id, operation, subject, result, detail, at }: FailedOperation): FailedOperation {
  return { id, operation, subject, result, detail, at };
}
