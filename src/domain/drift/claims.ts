import type { ProxyDrift } from './hosts.js';

/** An address of Hecate's server that a server of others in the same proxy listens on. The proxy runs only one of the two. */
export interface Claim {
  /** Name of the other server in the proxy's configuration. */
  readonly server: string;
  /** Address as the other server has it, such as `:8080`. */
  readonly address: string;
  /** Command that removes the other server. */
  readonly removal: string;
}

/** Describes a claim in one sentence, without a way out. */
export function claimText({ server, address }: Claim): string {
  return `server ${server}, which is not Hecate's, listens on ${address}, and Hecate's server cannot run beside it`;
}

/** Returns what a person can do about claims. */
export function claimAdvice(claims: readonly Claim[]): string {
  const removals = [...new Set(claims.map(({ removal }) => removal))].join(' && ');
  return `Take the address from it and write Hecate's server: hecate update state reconcile --yes; or remove it by hand: ${removals} && hecate update state reconcile`;
}

/** Returns a claim as a difference from the log, which wants the address for Hecate's server. */
export function claimDrift({ server, address }: Claim): ProxyDrift {
  const path = `${SERVERS}${server}/listen`;
  return { kind: 'foreign', object: `server ${server}`, path, wanted: undefined, found: address, hosts: [] };
}

/** Path of the servers in a proxy's whole configuration. Other differences have paths into Hecate's server. */
const SERVERS = '/apps/http/servers/';

/** Returns true for a difference that is a claim. */
export function isClaim({ path }: Pick<ProxyDrift, 'path'>): boolean {
  return path.startsWith(SERVERS);
}
