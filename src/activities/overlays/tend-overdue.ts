import { all } from '../../domain/log/state.js';
import type { BypassEndings } from '../../ports/workflows.js';
import type { Dependencies } from '../dependencies.js';

/** Longer than a running workflow takes to remove a bypass. */
const GRACE_MS = 10_000;

/** Dependencies for removing overdue bypasses. */
export interface Tending extends Pick<Dependencies, 'log' | 'now'> {
  readonly bypassEndings: BypassEndings;
}

/**
 * Starts the workflow of every bypass that is over and still in the log, because its workflow was terminated or lost. The
 * proxy has ended it already; without this it would stay in the log for ever. Idempotent.
 */
export async function tendOverdue({ log, now, bypassEndings }: Tending): Promise<void> {
  const { state } = await log.view();
  const latest = Date.parse(now()) - GRACE_MS;
  for (const { value, createdBy } of all(state, 'Bypass')) {
    if (Date.parse(value.until) >= latest) continue;
    await bypassEndings.ensure(value.domain, { actor: createdBy, reason: value.reason });
  }
}
