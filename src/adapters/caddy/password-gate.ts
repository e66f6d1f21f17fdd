import { z } from 'zod';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, Visit } from '../../ports/proxy.js';

/** A host that asks for the accounts of a secret. */
export interface Gate {
  /** Its name as a consumer of the secret, such as `route app.example.com`. */
  readonly consumer: string;
  /** Host pattern. */
  readonly host: string;
}

/** An account of a secret's value. */
export interface Account {
  readonly user: string;
  /** Bcrypt hash of the password. */
  readonly hash: string;
  /** The password; null: only its hash is known. */
  readonly password: string | null;
}

/**
 * Answer of a proxy to an account. `unseen`: the request did not come as far, such as behind a list of addresses that does not
 * have the worker's.
 */
export type GateAnswer = 'accepted' | 'refused' | 'unseen';

/** Longest wait for an answer that an upstream may give, in milliseconds. The proxy itself refuses at once. */
const VISIT_MS = 3_000;

/** Status of a rate limit, which may come before the question for a password. */
const TOO_MANY = 429;

/**
 * Asks a proxy for a host with an account, as a visitor would. A request without the account comes first: only where the proxy
 * refuses that one does the answer tell about the account. Throws `unavailable` when the proxy accepts no connection.
 */
export async function askGate(proxy: Proxy, host: string, account: Account, logId: string): Promise<GateAnswer> {
  if (account.password === null) return 'unseen';
  const authorization = `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`;
  // Passwords go over TLS, unless they do not leave this machine.
  for (const scheme of proxy.isLocal ? (['https', 'http'] as const) : (['https'] as const)) {
    const visit = { scheme, host: concreteHost(host), timeoutMs: VISIT_MS };
    if (!isRefusal(await proxy.visit(visit, logId))) continue;
    const answer = await proxy.visit({ ...visit, authorization }, logId);
    if (isRefusal(answer)) return 'refused';
    return answer.kind === 'answered' && answer.status !== TOO_MANY ? 'accepted' : 'unseen';
  }
  return 'unseen';
}

/** Returns true for the proxy's own 401. Answers of upstreams have the header `Via`. */
function isRefusal(visit: Visit): boolean {
  if (visit.kind !== 'answered' || visit.status !== 401 || visit.headers['via'] !== undefined) return false;
  return (visit.headers['www-authenticate'] ?? '').startsWith('Basic ');
}

/** Returns the text of what each of these host patterns is configured with at a proxy; a host without a route is left out. */
export async function configuredHosts(proxy: Proxy, hosts: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const look = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    const host = onlyHost(node);
    if (host !== null && hosts.has(host)) {
      // Caddy takes the first route that matches.
      if (!found.has(host)) found.set(host, JSON.stringify(node));
    } else for (const child of Object.values(node)) look(child);
  };
  look(await proxy.configured());
  return found;
}

/** Returns the host of a route for one host alone; null: it is something else. */
function onlyHost(node: object): string | null {
  const { success, data } = oneHost.safeParse('match' in node ? node.match : null);
  return success ? data[0].host[0] : null;
}

const oneHost = z.tuple([z.looseObject({ host: z.tuple([z.string()]) })]);

/** Returns the failure of a proxy that does not yet let in with a new password. */
export function notYet(proxy: Proxy, { consumer }: Gate): Failure {
  return new Failure('unavailable', `${proxy.name} does not let in with the new password yet: ${consumer}`, {
    system: proxy.name,
    hint: 'Run: hecate read health',
  });
}
