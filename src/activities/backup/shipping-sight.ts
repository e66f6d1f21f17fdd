import type { ShippingState } from '../../workflows/contracts/continuous-backup.js';

/** What this process ships, for its warnings. */
export interface ShippingSight {
  states(): readonly ShippingState[];
  set(states: readonly ShippingState[]): void;
}

/** Creates {@link ShippingSight} of a process that ships nothing yet. */
export function createShippingSight(): ShippingSight {
  let known: readonly ShippingState[] = [];
  return {
    states: () => known,
    set(states) {
      known = states;
    },
  };
}
