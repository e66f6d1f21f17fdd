import { all } from '../../../domain/log/state.js';
import type { Dependencies } from '../../dependencies.js';

/** Dependencies for restarting rotations. */
export type RevivingRotations = Pick<Dependencies, 'log' | 'rotationWatch'>;

/** Starts the workflow of every rotation that has none, and returns the names of their secrets. Asks nothing while none runs. */
export async function reviveRotations({ log, rotationWatch }: RevivingRotations): Promise<string[]> {
  const { state } = await log.view();
  const revived: string[] = [];
  for (const { name, value } of all(state, 'Secret')) {
    if (value.rotation === null || (await rotationWatch.isTended(name))) continue;
    await rotationWatch.tend(name, { actor: value.rotation.by, reason: null });
    revived.push(name);
  }
  return revived;
}
