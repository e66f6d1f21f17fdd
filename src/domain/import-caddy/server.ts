import { importedTls, type ImportedTls } from './connection-policies.js';
import type { LoadedCertificate } from './loaded-certificates.js';
import { importedSite, type ImportedSite, type SiteSettings } from './site.js';
import { canonicalRange } from '../values/network/ip-range.js';
import { createTakenHosts, meetsHost, type TakenHosts } from './hosts.js';
import { isSame, listOf, objectOf, onlyKnown, watching, type Foreign } from './json.js';
import type { Json } from '../data/json.js';

/** One host of one server. */
export interface ImportedHost {
  /** Null: every host without another entry of this scheme. */
  readonly host: string | null;
  /** Null: its server listens on other ports. */
  readonly scheme: 'http' | 'https' | null;
  /** True: Caddy redirects plain HTTP to it when nothing else answers there. */
  readonly redirects: boolean;
  /** Path of its route in the configuration. */
  readonly path: string;
  /** Null on plain HTTP. */
  readonly tls: ImportedTls | null;
  /** Null: a part of it is foreign. */
  readonly site: ImportedSite | null;
}

/** Caddy's ports for plain HTTP and HTTPS. */
export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** What a server is imported with. */
export interface ServerContext {
  readonly ports: Ports;
  readonly foreign: Foreign;
  /** The certificates that Caddy loads. */
  readonly certificates: readonly LoadedCertificate[];
}

/** Imports every host of a server. A foreign setting of the server itself makes all its hosts foreign. */
export function importedHosts(
  server: Json,
  path: string,
  { ports, foreign, certificates }: ServerContext,
): ImportedHost[] {
  const { note, isWhole } = watching(foreign);
  const scheme = schemeOf(server, path, { ports, foreign: note });
  onlyKnown(server, [...KNOWN_SETTINGS, ...ADDRESS_SETTINGS], { path, foreign: note });
  if (scheme !== 'http') checkAutomation(server, { path, foreign: note });
  nameTrustedProxies(server, { path, foreign, note });
  if (server['logs'] !== undefined)
    foreign(`${path}/logs`, 'access logs have no counterpart; answers do not depend on them');
  const taken = createTakenHosts();
  const isBehindProxies = server['trusted_proxies'] !== undefined;
  const hosts = listOf(server['routes']).flatMap((route, index) =>
    hostsOfRoute({ route: objectOf(route), taken }, `${path}/routes/${index}`, {
      foreign,
      remark: foreign,
      isBehindProxies,
    }),
  );
  const names = hosts.flatMap(({ host }) => host?.toLowerCase() ?? []);
  const redirects = !isSame(server['automatic_https'], WITHOUT_REDIRECTS);
  return hosts.map(({ host, path: at, site }) => {
    const hasErrors = host !== null && handlesErrors(objectOf(server['errors']), host);
    if (hasErrors) foreign(`${path}/errors`, `${host} has its own error pages`);
    const own = watching(foreign);
    const policies = { path, hosts: names, certificates, foreign: own.note, remark: foreign };
    const tls = host === null || scheme === 'http' ? null : importedTls(server, host.toLowerCase(), policies);
    return { host, scheme, redirects, path: at, tls, site: isWhole() && own.isWhole() && !hasErrors ? site : null };
  });
}

interface At {
  readonly path: string;
  readonly foreign: Foreign;
}

function schemeOf(
  server: Json,
  path: string,
  { ports, foreign }: { ports: Ports; foreign: Foreign },
): 'http' | 'https' | null {
  const listen = listOf(server['listen']);
  if (isSame(listen, [`:${ports.http}`])) return 'http';
  if (isSame(listen, [`:${ports.https}`])) return 'https';
  foreign(
    `${path}/listen`,
    `it listens on ${listen.join(', ') || 'nothing'}; routes are served on ports ${ports.http} and ${ports.https}`,
  );
  return null;
}

const WITHOUT_REDIRECTS = { disable_redirects: true };

const KNOWN_SETTINGS = ['listen', 'routes', 'errors', 'logs', 'automatic_https', 'tls_connection_policies'];
/** Settings that decide what the address of a visitor is. */
const ADDRESS_SETTINGS = ['trusted_proxies', 'trusted_proxies_strict', 'client_ip_headers'];

/** Names the setting of Hecate that replaces a server's trusted proxies. `note`: what makes all hosts foreign. */
function nameTrustedProxies(server: Json, { path, foreign, note }: At & { readonly note: Foreign }): void {
  const { trusted_proxies: trusted, client_ip_headers: headers } = server;
  if (trusted === undefined) return;
  const { source, ranges } = objectOf(trusted);
  const known = listOf(ranges).map((range) => canonicalRange(String(range)));
  if (source !== 'static' || known.length === 0 || known.includes(null)) {
    note(
      `${path}/trusted_proxies`,
      'its trusted proxies are not a list of addresses; name them in HECATE_TRUSTED_PROXIES',
    );
    return;
  }
  foreign(`${path}/trusted_proxies`, `start Hecate with HECATE_TRUSTED_PROXIES="${known.join(', ')}"`);
  if (listOf(headers).some((name) => String(name).toLowerCase() !== 'x-forwarded-for'))
    foreign(`${path}/client_ip_headers`, 'Hecate finds the address of a visitor in X-Forwarded-For only');
}

/** Reports settings of automatic HTTPS that routes do not have. */
function checkAutomation(server: Json, { path, foreign }: At): void {
  if (![{}, WITHOUT_REDIRECTS].some((usual) => isSame(server['automatic_https'] ?? {}, usual))) {
    foreign(`${path}/automatic_https`, 'routes always have certificates and a redirect from plain HTTP');
  }
}

interface RouteInOrder {
  readonly route: Json;
  /** Hosts of the routes before it. */
  readonly taken: TakenHosts;
}

function hostsOfRoute(
  { route, taken }: RouteInOrder,
  path: string,
  { foreign, ...settings }: SiteSettings,
): Omit<ImportedHost, 'scheme' | 'redirects' | 'tls'>[] {
  const hosts = hostsOf(route);
  if (hosts === null) {
    foreign(path, 'it matches any host');
    taken.take(null, path);
    return [{ host: null, path, site: null }];
  }
  const { note, isWhole } = watching(foreign);
  onlyKnown(route, ['match', 'handle', 'terminal'], { path, foreign: note });
  if (!isSame(listOf(route['match']), [{ host: hosts }])) note(`${path}/match`, 'it matches by more than the host');
  const site = importedSite(route['handle'], `${path}/handle`, { ...settings, foreign: note });
  return hosts.map((host) => {
    const before = taken.by(host);
    if (before !== undefined) foreign(path, `requests for ${host} are answered by the earlier route ${before}`);
    taken.take(host, path);
    return { host, path, site: isWhole() && before === undefined ? site : null };
  });
}

/** Hosts that a route may match; null: any host. */
function hostsOf(route: Json): string[] | null {
  const matchers = listOf(route['match']).map((matcher) => objectOf(matcher)['host']);
  if (matchers.length === 0 || matchers.some((hosts) => hosts === undefined)) return null;
  return matchers.flatMap((hosts) => listOf(hosts).map(String));
}

function handlesErrors(errors: Json, host: string): boolean {
  return listOf(errors['routes'])
    .map((route) => hostsOf(objectOf(route)))
    .some((hosts) => hosts?.some((one) => meetsHost(one, host)) ?? true);
}
