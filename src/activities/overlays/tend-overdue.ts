import { all } from '../../domain/log/state.js';
import type { BypassEndings } from '../../ports/workflows.js';
import type { Dependencies } from '../dependencies.js';

/** Longer than a workflow that lives takes. */
const GRACE_MS = 10_000;

/** What tending takes. */
export interface Tending extends Pick<Dependencies, 'log' | 'now'> {
  readonly bypassEndings: BypassEndings;
}

/**
 * Makes sure that every bypass whose time is over leaves the log, also one whose workflow was terminated or lost. Nobody
 * gets in by it any more, but it would stand there for ever. Idempotent.
 */
export async function tendOverdue({ log, now, bypassEndings }: Tending): Promise<void> {
  const { state } = await log.view();
  const latest = Date.parse(now()) - GRACE_MS;
  for (const { value, createdBy } of all(state, 'Bypass')) {
    if (Date.parse(value.until) >= latest) continue;
    await bypassEndings.ensure(value.domain, { actor: createdBy, reason: value.reason });
  }
}
