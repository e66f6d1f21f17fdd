import { importedSite, type ImportedSite } from './site.js';
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
  /** Null: a part of it is foreign. */
  readonly site: ImportedSite | null;
}

/** Caddy's ports for plain HTTP and HTTPS. */
export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** Imports every host of a server. A foreign setting of the server itself makes all its hosts foreign. */
export function importedHosts(
  server: Json,
  path: string,
  { ports, foreign }: { ports: Ports; foreign: Foreign },
): ImportedHost[] {
  const { note, isWhole } = watching(foreign);
  const scheme = schemeOf(server, path, { ports, foreign: note });
  onlyKnown(server, ['listen', 'routes', 'errors', 'logs', 'automatic_https', 'tls_connection_policies'], {
    path,
    foreign: note,
  });
  checkTls(server, scheme, { path, foreign: note });
  if (server['logs'] !== undefined)
    foreign(`${path}/logs`, 'access logs have no counterpart; answers do not depend on them');
  const taken = createTakenHosts();
  const hosts = listOf(server['routes']).flatMap((route, index) =>
    hostsOfRoute({ route: objectOf(route), taken }, `${path}/routes/${index}`, foreign),
  );
  const redirects = !isSame(server['automatic_https'], WITHOUT_REDIRECTS);
  return hosts.map(({ host, path: at, site }) => {
    const hasErrors = host !== null && handlesErrors(objectOf(server['errors']), host);
    if (hasErrors) foreign(`${path}/errors`, `${host} has its own error pages`);
    return { host, scheme, redirects, path: at, site: isWhole() && !hasErrors ? site : null };
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

/** TLS settings of a server; they do not matter on plain HTTP. */
function checkTls(server: Json, scheme: string | null, { path, foreign }: At): void {
  if (scheme === 'http') return;
  if (![{}, WITHOUT_REDIRECTS].some((usual) => isSame(server['automatic_https'] ?? {}, usual))) {
    foreign(`${path}/automatic_https`, 'routes always have certificates and a redirect from plain HTTP');
  }
  for (const [index, policy] of listOf(server['tls_connection_policies']).entries()) {
    onlyKnown(objectOf(policy), ['match'], { path: `${path}/tls_connection_policies/${index}`, foreign });
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
  foreign: Foreign,
): Omit<ImportedHost, 'scheme' | 'redirects'>[] {
  const hosts = hostsOf(route);
  if (hosts === null) {
    foreign(path, 'it matches any host');
    taken.take(null, path);
    return [{ host: null, path, site: null }];
  }
  const { note, isWhole } = watching(foreign);
  onlyKnown(route, ['match', 'handle', 'terminal'], { path, foreign: note });
  if (!isSame(listOf(route['match']), [{ host: hosts }])) note(`${path}/match`, 'it matches by more than the host');
  const site = importedSite(route['handle'], `${path}/handle`, note);
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
