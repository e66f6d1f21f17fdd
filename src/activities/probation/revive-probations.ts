import { all } from '../../domain/log/state.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for starting the judgement of changes. */
export type RevivingProbations = Pick<Dependencies, 'log' | 'probationWatch'>;

/** Starts the workflow of every change on probation that has none, and returns the ids of the operations. Asks nothing while there is none. */
export async function reviveProbations({ log, probationWatch }: RevivingProbations): Promise<string[]> {
  const { state } = await log.view();
  const revived: string[] = [];
  for (const { name, createdBy } of all(state, 'Probation')) {
    if (await probationWatch.isTended(name)) continue;
    await probationWatch.tend(name, { actor: createdBy, reason: null });
    revived.push(name);
  }
  return revived;
}
