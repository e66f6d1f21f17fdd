import { actorText } from '../../../domain/log/commit.js';
import type { Canary } from '../../../domain/resources/canary.js';
import type { LogReader } from '../../../ports/event-log.js';

/** The end of a canary. */
export interface EndedCanary {
  /** The canary as it was before. */
  readonly canary: Canary;
  /** `ended`: by something else than a promotion or a rollback, such as a failover. */
  readonly result: 'promoted' | 'rolled-back' | 'ended';
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly by: string;
  /** Null: no reason was given. */
  readonly reason: string | null;
  /** Catalogue key of the operation that ended it. */
  readonly operation: string;
  /** Sequence of the commit that ended it. */
  readonly sequence: number;
}

const RESULTS: Readonly<Record<string, EndedCanary['result']>> = {
  'route.canary.promote': 'promoted',
  'route.canary.rollback': 'rolled-back',
};

/**
 * Returns the end of the newest canary of a route; null: it had none since the route was created at `since`. A canary whose
 * start was undone, and an end that was undone, do not count.
 */
export async function lastEndedCanary(
  log: Pick<LogReader, 'entriesBackwards'>,
  domain: string,
  since: string,
): Promise<EndedCanary | null> {
  // An undo stands after its commit, so it is read first.
  const undone = new Set<string>();
  for await (const { position, message } of log.entriesBackwards()) {
    if (message.type !== 'committed') continue;
    if (message.at < since) return null;
    const { id, at, reason, operation, changes, undoes } = message;
    if (undoes !== undefined) undone.add(undoes);
    if (undoes !== undefined || undone.has(id)) continue;
    const change = changes.find(({ kind, name }) => kind === 'Canary' && name === domain);
    if (change?.kind !== 'Canary' || change.before === null || change.after !== null) continue;
    const result = RESULTS[operation] ?? 'ended';
    return {
      canary: change.before,
      result,
      at,
      by: actorText(message),
      reason,
      operation,
      sequence: position.sequence,
    };
  }
  return null;
}

/** Returns how a canary ended, as one sentence: `rolled back at 25% by hecate: its error rate was 12%`. */
export function endText({ canary: { percentage }, result, by, reason, operation }: EndedCanary): string {
  const how = result === 'ended' ? `ended by ${operation}` : result.replace('-', ' ');
  return `${how} at ${percentage}% by ${by}${reason === null ? ', no reason given' : `: ${reason}`}`;
}
