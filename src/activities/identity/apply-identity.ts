import type { Change } from '../../domain/log/commit.js';
import { compileIdentity } from '../../domain/identity/document.js';
import { concernedBy } from '../../domain/identity/scope.js';
import type { State } from '../../domain/log/state.js';
import { startOfLog } from '../../domain/log/commit.js';
import type { EventLog } from '../../ports/event-log.js';
import type { Identity, IdentityProgress, IdentityScope } from '../../ports/identity.js';
import type { IdentityPhase, IdentityRun } from '../../workflows/contracts/identity.js';

/**
 * Writes the log's head to the identity provider. Compares only what changed after `since`, so the number of calls
 * follows the number of changes; null: everything. Reports how far it is. Only the identity workflow may call it. Idempotent.
 */
export async function applyIdentity(
  { log, identity }: { readonly log: EventLog; readonly identity: Identity | null },
  { phase, since }: { readonly phase: IdentityPhase; readonly since: number | null },
  signal: AbortSignal,
  report: (progress: IdentityProgress) => void = () => undefined,
): Promise<IdentityRun> {
  const { state } = await log.view();
  const { sequence } = state.head ?? startOfLog;
  if (!identity) return { sequence, writes: 0, problems: [] };
  const scope = await scopeSince(log, state, since);
  if (scope !== 'everything' && scope.rules.length === 0 && scope.hosts.length === 0) {
    return { sequence, writes: 0, problems: [] };
  }
  const document = compileIdentity(state);
  const { writes, problems } =
    phase === 'provide'
      ? await identity.provide(document, scope, signal, report)
      : await identity.withdraw(document, scope, signal);
  return { sequence, writes, problems };
}

async function scopeSince(log: EventLog, state: State, since: number | null): Promise<IdentityScope> {
  if (since === null) return 'everything';
  const changes: Change[] = [];
  for await (const { position, message } of log.entries(since + 1)) {
    if (position.sequence > since && message.type === 'committed') changes.push(...message.changes);
  }
  return concernedBy(state, changes);
}
