import { keyFingerprint } from '../../adapters/audit/hash.js';
import { nearest } from '../../domain/data/nearest.js';
import type { Attempt, Commit, LogEntry, Outcome } from '../../domain/log/commit.js';
import { OWN_ACTOR } from '../../domain/resources/operator.js';
import type { LogReader } from '../../ports/event-log.js';
import { withLog } from '../connect/with-log.js';
import { headline } from '../print/drawn-change.js';
import { toStderr, visible, visibleJson } from '../print/visible.js';
import { historyFilter, touchedBy } from '../reads/history/history-filter.js';

/** Options of `audit`. */
export interface AuditOptions {
  readonly format: 'jsonl' | 'table';
  readonly from?: string;
  readonly to?: string;
  readonly operator?: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly domain?: string;
  readonly resource?: string;
}

/** An operation for an auditor, a line of the output. What is `said` was signed with the request, but nobody verified it. */
export interface AuditEntry {
  /** Place of the commit in the log; of an operation without one, that of its outcome. */
  readonly sequence: number;
  readonly at: string;
  readonly id: string;
  /** The operator; `hecate` for the worker itself; `unverified: …` for a name that nobody proved. */
  readonly actor: string;
  /**
   * `operator-key`: by the operator's signature, which `audit verify` checks. `worker`: the worker made it by itself.
   * `not-recorded`: a worker verified it, but a version before this one kept no proof. `nothing`: it was refused unproven.
   */
  readonly provenBy: 'operator-key' | 'worker' | 'not-recorded' | 'nothing';
  readonly key: {
    readonly fingerprint: string;
    readonly publicKey: string;
    readonly signedAt: string;
    /** SHA-256 (hex) of the request's canonical JSON. */
    readonly request: string;
  } | null;
  readonly said: { readonly onBehalfOf: string | null; readonly machine: string | null; readonly user: string | null };
  readonly reason: string | null;
  readonly operation: string;
  readonly subject: string | null;
  readonly workflowId: string;
  /** The first changes, each as `create Route app.example.com`. */
  readonly changes: readonly string[];
  readonly changeCount: number;
  readonly undoes: string | null;
  readonly result: Outcome['result'] | 'open';
  readonly detail: string | null;
  readonly endedAt: string | null;
  /** SHA-256 (hex) of the message, which the next commit names. */
  readonly hash: string;
}

const MOST_CHANGES = 50;
/** Commits that wait for their outcome, so that lines come in the order of the log. Beyond it outcomes are asked for one by one. */
const MOST_WAITING = 2_000;

/** Prints the operations that are asked for, oldest first, while it reads the log. */
export async function audit({ format, operator, ...filters }: AuditOptions): Promise<void> {
  const filter = historyFilter(filters, new Date());
  await withLog(async (log) => {
    await log.view();
    const actors = new Set<string>();
    let isFound = false;
    for await (const entry of auditEntries(log)) {
      const { sequence: place, operation, subject, result: outcome, actor, at } = entry;
      actors.add(actor);
      if (operator !== undefined && actor !== operator) continue;
      const changes = entry.touched ?? touchedBy({ operation, subject: subject ?? '' });
      if (!filter.isMeant({ place, at, actor, operation, outcome, changes })) continue;
      const { touched: _, ...line } = entry;
      isFound = true;
      await write(format === 'jsonl' ? visibleJson(line) : drawn(line));
    }
    if (!isFound) toStderr(nothingText(operator, [...actors]));
  });
}

/** Says that no operation is as asked for. `actors`: those of the whole log. */
export function nothingText(operator: string | undefined, actors: readonly string[]): string {
  if (operator === undefined || actors.includes(operator)) return 'no operation matches';
  const close = nearest(operator, actors);
  return `no operation matches: ${operator} made none${close === undefined ? '' : `; did you mean ${close}?`}`;
}

/** Returns the operations of a log in its order, each with its end. `touched`: what it changed; null: it has no commit. */
export async function* auditEntries(
  log: Pick<LogReader, 'entries' | 'outcome'>,
): AsyncGenerator<AuditEntry & { readonly touched: Commit['changes'] | null }> {
  const waiting: LogEntry[] = [];
  const outcomes = new Map<string, Outcome>();
  const firstOf = (entry: LogEntry, outcome: Outcome | null) => {
    outcomes.delete(entry.message.id);
    return entryOf(entry, outcome);
  };
  for await (const entry of log.entries()) {
    const { message } = entry;
    if (message.type === 'ended') outcomes.set(message.id, message);
    if (isOperation(entry)) waiting.push(entry);
    while (waiting.length > 0) {
      const [first] = waiting as [LogEntry];
      const ended = endOf(first, outcomes);
      if (ended === undefined && waiting.length <= MOST_WAITING) break;
      waiting.shift();
      yield firstOf(first, ended ?? (await log.outcome(first.message.id)));
    }
    // An outcome of a commit that was written already.
    if (
      message.type === 'ended' &&
      message.attempt === undefined &&
      waiting.every((one) => one.message.id !== message.id)
    )
      outcomes.delete(message.id);
  }
  for (const entry of waiting) yield firstOf(entry, endOf(entry, outcomes) ?? null);
}

/** A commit, or the outcome of what has none. */
function isOperation({ message }: LogEntry): boolean {
  if (message.type !== 'ended') return message.type === 'committed';
  return message.attempt !== undefined;
}

function endOf({ message }: LogEntry, outcomes: ReadonlyMap<string, Outcome>): Outcome | null | undefined {
  if (message.type === 'ended') return message;
  // The commit that undoes another one is its end itself.
  if (message.type === 'committed' && message.undoes !== undefined) return outcomes.get(message.id) ?? null;
  return outcomes.get(message.id);
}

function entryOf(
  { position, message }: LogEntry,
  outcome: Outcome | null,
): AuditEntry & { readonly touched: Commit['changes'] | null } {
  const facts: Attempt | Commit = message.type === 'committed' ? message : ((message as Outcome).attempt as Attempt);
  const commit = message.type === 'committed' ? message : null;
  const { actor, onBehalfOf = null, reason, operation, workflowId, proof, from } = facts;
  const changes = commit?.changes ?? [];
  const undone = commit?.undoes === undefined ? 'open' : 'completed';
  return {
    ...{ sequence: position.sequence, at: message.at, id: message.id, actor, provenBy: provenBy(facts) },
    key:
      proof === undefined
        ? null
        : {
            ...{ fingerprint: keyFingerprint(proof.key), publicKey: proof.key },
            ...{ signedAt: proof.at, request: proof.request },
          },
    said: { onBehalfOf, machine: from?.machine ?? null, user: from?.user ?? null },
    ...{ reason, operation, workflowId },
    subject: 'subject' in facts ? facts.subject : null,
    changes: changes.slice(0, MOST_CHANGES).map(headline),
    ...{ changeCount: changes.length, undoes: commit?.undoes ?? null },
    ...{ result: outcome?.result ?? undone, detail: outcome?.detail ?? null, endedAt: outcome?.at ?? null },
    ...{ hash: position.hash, touched: commit?.changes ?? null },
  };
}

function provenBy({ actor, proof, ...facts }: Attempt | Commit): AuditEntry['provenBy'] {
  if (proof !== undefined) return 'operator-key';
  if (actor.startsWith('unverified: ')) return 'nothing';
  const isAutomatic = 'isAutomatic' in facts && facts.isAutomatic === true;
  const isInverse = 'undoes' in facts && facts.undoes?.startsWith('undo:') === true;
  return actor === OWN_ACTOR || isAutomatic || isInverse ? 'worker' : 'not-recorded';
}

function drawn({
  sequence,
  at,
  actor,
  provenBy,
  key,
  said,
  reason,
  operation,
  subject,
  changes,
  changeCount,
  result,
}: AuditEntry): string {
  const by = said.onBehalfOf === null ? actor : `${actor} (for ${said.onBehalfOf})`;
  const where = said.machine === null ? '' : ` from ${said.user}@${said.machine}`;
  const what = changes[0] ?? subject ?? '';
  const more = changeCount > 1 ? ` and ${changeCount - 1} more` : '';
  const proof = key === null ? provenBy : key.fingerprint;
  const why = reason === null ? '' : `  why: ${reason}`;
  return visible(
    `${sequence}  ${at}  ${by}${where}  [${proof}]  ${operation}  ${what}${more}  ${result}${why}`,
  ).replace(/\s/g, ' ');
}

/** Writes a line, and waits while the reader of the output is slower than the log. */
async function write(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
