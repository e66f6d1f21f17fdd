import type { Commit, Generation, LogEntry } from '../../domain/log/commit.js';
import type { ProxyDocument } from '../../domain/caddy/document.js';
import { emptyState, fold, type State } from '../../domain/log/state.js';
import type { EventLog } from '../../ports/event-log.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';

/** Input of a search for the commit that a proxy refuses. */
export interface Search {
  readonly log: EventLog;
  readonly proxy: Proxy;
  readonly document: (state: State) => Promise<ProxyDocument>;
  /** Generation that the proxy serves now; null when it has no configuration of Hecate. */
  readonly generation: Generation | null;
  /** The proxy's message when it refused the head. */
  readonly message: string;
}

type CommitEntry = LogEntry & { readonly message: Commit };

/**
 * Finds the first commit after the served generation that the proxy refuses, by bisection: it writes prefixes of the log,
 * and each accepted one is live. Prefixes leave out commits that were undone later. `moved`: others wrote meanwhile.
 * Throws `denied` when the proxy refuses even what it accepted before: then the environment is at fault, not a commit.
 */
export async function findRefusedCommit(search: Search): Promise<{ commit: Commit; message: string } | 'moved'> {
  const { base, pending } = await sinceServed(search);
  const accepted = await write(search, base);
  if (accepted.kind === 'moved') return 'moved';
  if (accepted.kind === 'refused') {
    throw refusesAnything(search.proxy, `refuses even its last accepted configuration: ${accepted.message}`);
  }
  let low = 0;
  let high = pending.length;
  let message = search.message;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const result = await write(search, fold(base, pending.slice(0, middle)));
    if (result.kind === 'moved') return 'moved';
    if (result.kind === 'written') low = middle;
    else [high, message] = [middle, result.message];
  }
  const culprit = pending[high - 1];
  if (!culprit) {
    throw refusesAnything(search.proxy, `refuses its configuration, but no new commit is the cause: ${message}`);
  }
  return { commit: culprit.message, message };
}

/** Returns the error of a proxy that would refuse any commit. Its `system` is the proxy's name. */
export function refusesAnything({ name, address }: Proxy, what: string): Failure {
  return new Failure('denied', `${name} ${what}`, {
    system: name,
    hint: `Look at ${address} for a port in use or a change by others (embedded: hecate logs caddy). Hecate writes it when it accepts.`,
  });
}

/**
 * Splits the log into the state of the served generation and the commits after it. Leaves out commits that were undone after
 * that generation, since an earlier search may have written it without them.
 */
async function sinceServed(search: Search): Promise<{ base: State; pending: CommitEntry[] }> {
  const served = search.generation?.sequence ?? 0;
  const entries: LogEntry[] = [];
  for await (const entry of search.log.entries()) entries.push(entry);
  const undoneLater = new Set(
    entries.flatMap(({ position, message }) =>
      position.sequence > served && message.type === 'committed' ? (message.undoes ?? []) : [],
    ),
  );
  const before = entries.filter(({ position, message }) => position.sequence <= served && !undoneLater.has(message.id));
  const pending = entries.filter(
    (entry): entry is CommitEntry =>
      entry.position.sequence > served &&
      entry.message.type === 'committed' &&
      entry.message.undoes === undefined &&
      !undoneLater.has(entry.message.id),
  );
  return { base: fold(emptyState, before), pending };
}

async function write(search: Search, state: State) {
  const [{ guard }, document] = await Promise.all([search.proxy.current(), search.document(state)]);
  return search.proxy.write(document, guard);
}
