import type { Dependencies } from '../dependencies.js';
import { targetsIn } from './ship-commits.js';

/** Dependencies for restarting continuous backups. */
export type RevivingContinuous = Pick<Dependencies, 'log' | 'continuousWatch'>;

/**
 * Starts the workflow that ships commits, when a continuous schedule runs and the workflow does not. Returns true when it did.
 * Asks nothing while there is no such schedule.
 */
export async function reviveContinuous({ log, continuousWatch }: RevivingContinuous): Promise<boolean> {
  const { state } = await log.view();
  if (targetsIn(state).length === 0 || (await continuousWatch.isTended())) return false;
  await continuousWatch.tend();
  return true;
}
