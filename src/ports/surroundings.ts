import type { OwnPart } from '../domain/serving/own-part.js';

/** What lies around the proxies: Hecate's own servers, and where addresses lead. */
export interface Surroundings {
  /**
   * Returns the part of Hecate that each dial address leads to as Caddy sees it; addresses that lead elsewhere are left out.
   * Resolves names for at most 4 s; a name that does not resolve in that time leads nowhere. Connects to nothing. Never throws.
   */
  ownParts(dials: readonly string[]): Promise<ReadonlyMap<string, OwnPart>>;
}
