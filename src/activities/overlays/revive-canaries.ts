import { all } from '../../domain/log/state.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for restarting canaries. */
export type Reviving = Pick<Dependencies, 'log' | 'canaryWatch'>;

/** Starts the workflow of every canary that has none, and returns their domains. Asks nothing while no canary runs. */
export async function reviveCanaries({ log, canaryWatch }: Reviving): Promise<string[]> {
  const { state } = await log.view();
  const revived: string[] = [];
  for (const { name, createdBy } of all(state, 'Canary')) {
    if (await canaryWatch.isTended(name)) continue;
    await canaryWatch.tend(name, { actor: createdBy, reason: null });
    revived.push(name);
  }
  return revived;
}
