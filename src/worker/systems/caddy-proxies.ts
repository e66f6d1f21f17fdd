import { createCaddyProxy } from '../../adapters/caddy/caddy-proxy.js';
import { USUAL_HTTPS_PORT } from '../../domain/caddy/public-port.js';
import { domainName, isWildcard } from '../../domain/values/network/domain-name.js';
import { LETS_ENCRYPT, type AcmeSettings } from '../../domain/caddy/tls/certificates.js';
import type { Outpost } from '../../domain/caddy/sign-in.js';
import type { ProxySettings } from '../../domain/caddy/document.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Connections } from '../../stack/connections.js';
import { currentOperation } from '../current-operation.js';
import { ignoredDifferences } from '../ignored-differences.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Creates a proxy for each Caddy of these connections, with its settings. `secrets`: what marks and traces Hecate's own visits. */
export function caddyProxies(
  connections: Connections,
  env: Env,
  secrets: Pick<ProxySettings, 'trace' | 'visitMark'>,
): { proxy: Proxy; settings: ProxySettings }[] {
  const [outpost, acme, ignored] = [outpostOf(connections), acmeOf(env), ignoredDifferences(env).proxies];
  const adminHost = adminHostOf(env);
  return connections.caddy.map((caddy) => {
    const ports = { httpPort: portOf(caddy.http), httpsPort: portOf(caddy.https) };
    const { publicHttpsPort = USUAL_HTTPS_PORT, trustedProxies = null } = connections;
    const adminApi = adminHost === null ? null : { host: adminHost, dial: dialOf(caddy) };
    const settings = { ...ports, publicHttpsPort, outpost, adminApi, acme, ignored, trustedProxies, ...secrets };
    return { settings, proxy: createCaddyProxy({ ...caddy, settings, operation: currentOperation }) };
  });
}

/**
 * Returns the host under which every Caddy serves its own admin API, from `HECATE_CADDY_ADMIN_HOST`; null: none. Throws `invalid`
 * for a name that no single host has.
 */
export function adminHostOf(env: Env): string | null {
  const text = env['HECATE_CADDY_ADMIN_HOST'] ?? '';
  if (text.trim() === '') return null;
  const { success, data } = domainName.safeParse(text);
  if (success && !isWildcard(data)) return data;
  throw new Failure('invalid', `HECATE_CADDY_ADMIN_HOST ${JSON.stringify(text)} is not the name of one host`, {
    hint: 'Set it to a name such as caddy-admin.example.com that leads to the proxy.',
  });
}

/** Returns the address of a Caddy's admin endpoint as that Caddy dials it. */
function dialOf({ name, admin }: Connections['caddy'][number]): string {
  if (admin.startsWith('unix/')) return admin;
  const { protocol, host } = new URL(admin.includes('://') ? admin : `http://${admin}`);
  if (protocol === 'http:') return host;
  throw new Failure(
    'invalid',
    `${name} at ${admin} cannot be served under HECATE_CADDY_ADMIN_HOST: it is not plain HTTP`,
    {
      hint: 'Unset HECATE_CADDY_ADMIN_HOST, or give the admin endpoint a unix socket or a loopback address.',
    },
  );
}

/** Returns the port of a URL, also when it is the scheme's default. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** Returns the address of authentik's outpost, which Caddy asks about each visitor. */
function outpostOf({ authentik }: Connections): Outpost | null {
  if (authentik === null) return null;
  const { hostname, protocol } = new URL(authentik.url);
  return { dial: `${hostname}:${portOf(authentik.url)}`, tlsServerName: protocol === 'https:' ? hostname : null };
}

/** Returns the issuer of public certificates, from `HECATE_ACME_DIRECTORY`, `HECATE_ACME_CA_FILE` and `HECATE_ACME_EMAIL`. */
function acmeOf(env: Env): AcmeSettings {
  const directory = env['HECATE_ACME_DIRECTORY'] || LETS_ENCRYPT.directory;
  if (!URL.canParse(directory) || !directory.startsWith('https:')) {
    throw new Failure('invalid', `HECATE_ACME_DIRECTORY ${JSON.stringify(directory)} is not an https URL`, {
      hint: `Set it to the directory of an ACME server, such as ${LETS_ENCRYPT.directory}.`,
    });
  }
  return { directory, caFile: env['HECATE_ACME_CA_FILE'] || null, email: env['HECATE_ACME_EMAIL'] || null };
}
