import { importedSite, type ImportedSite } from './site.js';
import { createTakenHosts, meetsHost, type TakenHosts } from './hosts.js';
import { isSame, listOf, objectOf, onlyKnown, watching, type Foreign } from './json.js';
import type { Json } from '../data/json.js';

/** One host as one server answers it. */
export interface ImportedHost {
  /** Null: every host that no other entry of its scheme names. */
  readonly host: string | null;
  /** Null: its server listens somewhere else. */
  readonly scheme: 'http' | 'https' | null;
  /** Whether Caddy redirects to it from plain HTTP, where nothing else answers. */
  readonly redirects: boolean;
  /** Of its route in the configuration. */
  readonly path: string;
  /** Null: something of it is foreign. */
  readonly site: ImportedSite | null;
}

/** Caddy's ports for plain HTTP and HTTPS. */
export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** Every host that a server names. What holds for the whole server and is foreign makes all of them foreign. */
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
    foreign(`${path}/logs`, 'access logs have no counterpart; no answer depends on them');
  const taken = createTakenHosts();
  const hosts = listOf(server['routes']).flatMap((route, index) =>
    hostsOfRoute({ route: objectOf(route), taken }, `${path}/routes/${index}`, foreign),
  );
  const redirects = !isSame(server['automatic_https'], WITHOUT_REDIRECTS);
  return hosts.map(({ host, path: at, site }) => {
    const hasErrors = host !== null && handlesErrors(objectOf(server['errors']), host);
    if (hasErrors) foreign(`${path}/errors`, `errors of ${host} have pages of their own`);
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

/** On plain HTTP nothing of it matters. */
function checkTls(server: Json, scheme: string | null, { path, foreign }: At): void {
  if (scheme === 'http') return;
  if (![{}, WITHOUT_REDIRECTS].some((usual) => isSame(server['automatic_https'] ?? {}, usual))) {
    foreign(`${path}/automatic_https`, 'routes on HTTPS have certificates, and are redirected to from plain HTTP');
  }
  for (const [index, policy] of listOf(server['tls_connection_policies']).entries()) {
    onlyKnown(objectOf(policy), ['match'], { path: `${path}/tls_connection_policies/${index}`, foreign });
  }
}

interface RouteInOrder {
  readonly route: Json;
  /** By the routes before it. */
  readonly taken: TakenHosts;
}

function hostsOfRoute(
  { route, taken }: RouteInOrder,
  path: string,
  foreign: Foreign,
): Omit<ImportedHost, 'scheme' | 'redirects'>[] {
  const hosts = hostsOf(route);
  if (hosts === null) {
    foreign(path, 'it takes requests for any host');
    taken.take(null, path);
    return [{ host: null, path, site: null }];
  }
  const { note, isWhole } = watching(foreign);
  onlyKnown(route, ['match', 'handle', 'terminal'], { path, foreign: note });
  if (!isSame(listOf(route['match']), [{ host: hosts }])) note(`${path}/match`, 'it matches by more than the host');
  const site = importedSite(route['handle'], `${path}/handle`, note);
  return hosts.map((host) => {
    const before = taken.by(host);
    if (before !== undefined) foreign(path, `requests for ${host} meet ${before} before`);
    taken.take(host, path);
    return { host, path, site: isWhole() && before === undefined ? site : null };
  });
}

/** Hosts whose requests a route may take; null: those of any host. */
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
