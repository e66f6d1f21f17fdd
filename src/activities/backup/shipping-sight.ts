import type { ShippingState } from '../../workflows/contracts/continuous-backup.js';

/** State of continuous backups in this process, for its warnings. */
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
