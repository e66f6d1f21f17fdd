import type { Surroundings } from '../../src/ports/surroundings.js';

/** Surroundings in which no address leads to Hecate itself. */
export const elsewhere: Surroundings = { ownParts: async () => new Map() };
