import { canonicalJson } from '../../domain/data/json.js';
import type { Seals } from '../../ports/trust.js';
import type { Dependencies } from '../dependencies.js';

/** Dependencies for sealing what a workflow carries from one activity to the next. */
export type SealingValues = Pick<Dependencies, 'sha256'> & { readonly seals: Seals };

/** A value to seal. A seal for one use and run fits no other. */
export interface SealedValue {
  readonly use:
    | 'plan'
    | 'claims'
    | 'claimed'
    | 'commit'
    | 'stuck'
    | 'grant'
    | 'rotation grant'
    | 'backup grant'
    | 'backup sent'
    | 'prune grant'
    | 'scheduled backup'
    | 'scheduled drill'
    | 'memory'
    | 'alert'
    | 'identity run';
  /** The run that the seal is for; null: it may outlive a run. */
  readonly run: { readonly workflowId: string; readonly runId: string } | null;
  /** JSON. A field `seal` of an object is left out. */
  readonly value: unknown;
}

/** Returns the seal of a value. */
export function sealOf({ seals, sha256 }: SealingValues, sealed: SealedValue): string {
  return seals.seal(textOf(sha256, sealed));
}

/** Returns true for a seal that fits. */
export function sealFits({ seals, sha256 }: SealingValues, sealed: SealedValue, seal: unknown): boolean {
  if (typeof seal !== 'string') return false;
  try {
    return seals.holds(textOf(sha256, sealed), seal);
  } catch (error) {
    // Nested too deeply to be a value of ours.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function textOf(sha256: Dependencies['sha256'], { use, run, value }: SealedValue): string {
  const { workflowId = null, runId = null } = run ?? {};
  return canonicalJson({ version: 1, sealed: use, workflowId, runId, value: sha256(canonicalJson(value)) });
}
