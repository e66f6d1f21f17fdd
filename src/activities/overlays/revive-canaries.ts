import { all } from '../../domain/log/state.js';
import type { Dependencies } from '../dependencies.js';

/** What reviving needs. */
export type Reviving = Pick<Dependencies, 'log' | 'canaryWatch'>;

/** Has every canary tended whose workflow is gone, and says which. Free while no canary runs. */
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
