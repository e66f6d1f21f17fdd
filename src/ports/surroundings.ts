import type { OwnPart } from '../domain/serving/own-part.js';

/** What lies around the proxies: Hecate's own servers, and where addresses lead. */
export interface Surroundings {
  /**
   * Returns the part of Hecate that each dial address leads to as Caddy sees it; addresses that lead elsewhere are left out.
   * `unknown`: its name could not be looked up in time. Takes at most 20 s. A name that the system knows no address of leads
   * nowhere. Connects to nothing but name servers. Never throws.
   */
  ownParts(dials: readonly string[]): Promise<ReadonlyMap<string, OwnPart | 'unknown'>>;
}
