import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthentikIdentity } from '../../../src/adapters/authentik/authentik-identity.js';
import type { IdentityDocument } from '../../../src/domain/identity/document.js';
import { everything, startAuthentik } from '../../contracts/identity/authentik-server.js';

type Json = Record<string, unknown>;

/** What a call gets instead of the server's answer: a status, or a delay (ms) before it. */
export type Interference = (method: string, path: string) => { status?: number; delayMs?: number } | undefined;

export const never = new AbortController().signal;
const MARK = 'lab';

/** A stand-in with an adapter of the account with few rights, and a proxy between them that can break or delay calls. */
export async function createAdapterLab() {
  const authentik = await startAuthentik();
  let interference: Interference = () => undefined;
  const calls: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    calls.push(`${method} ${url}`);
    const { status, delayMs = 0 } = interference(method, url) ?? {};
    setTimeout(() => {
      if (status === undefined) return forward(authentik.url, incoming, outgoing);
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end('{"detail":"broken for this test"}');
    }, delayMs);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { tokenFile } = authentik;
  const identity = createAuthentikIdentity({ url, tokenFile, environment: MARK, publicHttpsPort: 443 });
  const find = async (path: string, by: Json): Promise<Json> => {
    const all = await everything(authentik, path);
    const found = all.find((one) => Object.entries(by).every(([field, value]) => one[field] === value));
    if (!found) throw new Error(`nothing like ${JSON.stringify(by)} in ${path}`);
    return found;
  };
  return {
    identity,
    /** Address of the proxy, and the file with the account's token. */
    url,
    tokenFile,
    admin: <T = Json>(method: string, path: string, body?: unknown) => authentik.admin<T>(method, path, body),
    calls,
    find,
    list: (path: string) => everything(authentik, path),
    /** Interferes with the adapter's calls from now on. */
    interfere: (how: Interference) => void (interference = how),
    provide: (document: IdentityDocument) => identity.provide(document, 'everything', never),
    withdraw: (document: IdentityDocument) => identity.withdraw(document, 'everything', never),
    application: (host: string) => find('/core/applications/?superuser_full_list=true', { slug: slugOf(host) }),
    provider: (host: string) => find('/providers/proxy/', { name: nameOf(host) }),
    async bindings(host: string) {
      const { pk } = await find('/core/applications/?superuser_full_list=true', { slug: slugOf(host) });
      return everything(authentik, `/policies/bindings/?target=${String(pk)}`);
    },
    async stop() {
      proxy.closeAllConnections();
      proxy.close();
      await authentik.stop();
    },
  };
}

export type AdapterLab = Awaited<ReturnType<typeof createAdapterLab>>;

export const nameOf = (host: string) => `hecate-${MARK}-${host}`;
export const slugOf = (host: string) => nameOf(host).replaceAll('.', '_');
export const MFA = `hecate-${MARK}-mfa`;

/** A rule that admits the members of its groups. */
export const ruleOf = (name: string, groups: readonly string[], more: Json = {}) => ({
  name,
  groups,
  createGroups: true,
  groupsSuffice: groups.length > 0,
  expression: `return ${JSON.stringify(groups)} == []`,
  ...more,
});

/** Hosts behind one rule. */
export function documentOf(
  hosts: readonly string[],
  { groups = ['staff'], requireMFA = false }: { groups?: readonly string[]; requireMFA?: boolean } = {},
): IdentityDocument {
  return {
    rules: [ruleOf('staff', groups)],
    hosts: hosts.map((host) => ({ host, rule: 'staff', requireMFA, flow: null })),
  };
}

function forward(to: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers, url = '/' } = incoming;
  const asked = request(new URL(url, to), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  asked.on('error', () => outgoing.destroy());
  incoming.pipe(asked);
}
