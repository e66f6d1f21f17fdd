import type { Refusal } from '../../domain/refusal.js';
import type { Strategy } from '../../domain/secrets/rotation.js';
import { invalid } from '../refusals.js';

/** Returns the refusal of a grace period that was asked for with a strategy that has none; null: it is possible. */
export function graceWithoutEffect(strategy: Strategy, grace: string | undefined): Refusal | null {
  if (strategy !== 'immediate' || grace === undefined || grace === '0s') return null;
  return invalid('grace-without-effect', '--grace has no effect with --strategy immediate', 'Leave one of them out.');
}
