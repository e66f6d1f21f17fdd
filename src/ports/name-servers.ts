import type { NameRecords } from '../domain/dns/records.js';

/** The domain name system, as this machine sees it. Nothing throws. */
export interface NameServers {
  /**
   * Looks a name up at each of these name servers (IP addresses, with `:port` where it is not 53) and at the name's own; none
   * given: the resolver of this machine. Ends within 15 s.
   */
  readonly records: (name: string, resolvers: readonly string[]) => Promise<NameRecords>;
  /** Returns why this machine cannot connect to a port of an address; null: it can. Ends within 3 s. */
  readonly connectionProblem: (address: string, port: number) => Promise<string | null>;
}
