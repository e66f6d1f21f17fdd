import { domainName } from '../values/domain-name.js';
import { coversHost } from './hosts.js';
import { isSame, objectOf, watching, withoutIds, type Foreign, onlyKnown } from './json.js';
import { importedHosts, type ImportedHost } from './server.js';
import { isIssuedByAcme } from './tls.js';
import { resourcesOf, type NamedSite } from './resources.js';
import type { Json } from '../data/json.js';
import type { ManifestResource } from '../manifests/manifest.js';

/** What a Caddy configuration is in Hecate's terms, and what of it is not. */
export interface ImportedCaddy {
  /** Upstreams, then the routes that use them. */
  readonly resources: readonly ManifestResource[];
  /** Hosts that are left out whole, since a part of them has no counterpart. */
  readonly left: readonly string[];
  /** Each part without a counterpart, by its JSON path: why hosts are left out, and what else is not taken over. */
  readonly foreign: readonly { readonly path: string; readonly reason: string }[];
}

/** Hecate's own server: it came from the log. */
const OWN_SERVER = 'hecate';

/**
 * Turns a Caddy configuration, as JSON, into routes and upstreams that answer the same. A host of which one part does not
 * map is left out whole. What differs is what happens around a server that does not answer: Hecate tries another one of an
 * upstream, and gives a connection 5 s.
 */
export function importCaddy(config: unknown): ImportedCaddy {
  const found = new Map<string, { path: string; reason: string }>();
  const foreign: Foreign = (path, reason) => void found.set(`${path} ${reason}`, { path, reason });
  const known = objectOf(withoutIds(config));
  const apps = objectOf(known['apps']);
  const http = objectOf(apps['http']);
  const ports = { http: Number(http['http_port'] ?? 80), https: Number(http['https_port'] ?? 443) };
  const servers = Object.entries(objectOf(http['servers'])).filter(([name]) => name !== OWN_SERVER);
  const hosts = servers.flatMap(([name, server]) =>
    importedHosts(objectOf(server), `apps/http/servers/${name}`, { ports, foreign }),
  );
  // Hecate's own Caddy has more that is Hecate's.
  const isOwn = OWN_SERVER in objectOf(http['servers']);
  if (servers.length > 0 && !isOwn) nameRest(known, foreign);
  const sites = wholeSites(hosts, objectOf(apps['tls']), foreign);
  const resources = resourcesOf(sites);
  const names = new Set(sites.map(({ domain }) => domain));
  const left = [...new Set(hosts.flatMap(({ host }) => host ?? []))].filter((host) => !names.has(canonical(host)));
  return { resources, left, foreign: [...found.values()] };
}

function wholeSites(hosts: readonly ImportedHost[], tls: Json, foreign: Foreign): NamedSite[] {
  const byHost = new Map<string, ImportedHost[]>();
  for (const one of hosts) {
    const name = one.host?.toLowerCase();
    if (name !== undefined) byHost.set(name, [...(byHost.get(name) ?? []), one]);
  }
  // Names only answer for themselves.
  const patterns = hosts.filter(({ host }) => host === null || /[*{]/.test(host));
  const sites = [...byHost].map(([host, entries]) => ({
    host,
    site: siteOf(host, entries, { patterns, tls, foreign }),
  }));
  const left = sites.filter(({ site }) => site === null).map(({ host }) => canonical(host));
  // Where a host stays foreign, a wildcard would take its requests.
  return sites.flatMap(({ site }) => {
    const other = site && left.find((host) => host !== site.domain && coversHost(site.domain, host));
    if (site && other) foreign(site.path, `${site.domain} would take the requests for ${other}, which is left out`);
    return site && !other ? [site] : [];
  });
}

function siteOf(
  host: string,
  entries: readonly ImportedHost[],
  { patterns, tls, foreign }: { patterns: readonly ImportedHost[]; tls: Json; foreign: Foreign },
): NamedSite | null {
  const { note, isWhole } = watching(foreign);
  const [first] = entries;
  const path = first?.path ?? '';
  const domain = domainName.safeParse(host);
  if (!domain.success) note(path, domain.error.issues[0]?.message ?? `${host} is no domain`);
  const isSecure = entries.some(({ scheme }) => scheme === 'https');
  const autoHTTPS = isSecure && isIssuedByAcme(tls, host, note);
  if (entries.every(({ site }) => site !== null) && !entries.every(({ site }) => isSame(site, first?.site)))
    note(path, `${host} is answered otherwise on plain HTTP`);
  const other = elsewhere(host, entries, patterns);
  if (other) note(path, `over ${other.scheme} requests for ${host} meet ${other.path}`);
  // Caddy redirects what is served on HTTPS only.
  const forceHTTPS = entries.every(({ scheme }) => scheme === 'https');
  if (forceHTTPS && !entries.every(({ redirects }) => redirects))
    note(path, `${host} is on HTTPS only, and not redirected to from plain HTTP`);
  if (!isWhole() || !domain.success || !first?.site || entries.some(({ site }) => site === null)) return null;
  return { domain: domain.data, path, ...first.site, tls: { autoHTTPS, forceHTTPS } };
}

/** What answers a host's requests over the scheme on which it has no entry, where Caddy does not redirect to HTTPS. */
function elsewhere(
  host: string,
  entries: readonly ImportedHost[],
  patterns: readonly ImportedHost[],
): ImportedHost | undefined {
  return patterns.find(
    (one) =>
      one.scheme !== null &&
      !entries.some(({ scheme }) => scheme === one.scheme) &&
      (one.host === null ? one.scheme === 'https' : coversHost(one.host, host)),
  );
}

function canonical(host: string): string {
  return domainName.safeParse(host).data ?? host;
}

/** What Hecate gives every Caddy itself. */
const OWN_PKI = { certificate_authorities: { local: { install_trust: false } } };

/**
 * Names what is no part of how requests are answered and has no counterpart either, such as logging. How a server is
 * administered, and on which ports, is its own affair.
 */
export function nameRest(config: Json, foreign: Foreign): void {
  const { http, tls, pki, ...apps } = objectOf(config['apps']);
  const automation = objectOf(objectOf(tls)['automation']);
  for (const key of ['logging', 'storage']) if (key in config) foreign(key, `${key} has no counterpart`);
  const isOwn = pki === undefined || isSame(pki, OWN_PKI);
  onlyKnown(isOwn ? apps : { pki, ...apps }, [], { path: 'apps', foreign });
  onlyKnown(objectOf(http), ['http_port', 'https_port', 'servers'], { path: 'apps/http', foreign });
  onlyKnown(objectOf(tls), ['automation', 'certificates'], { path: 'apps/tls', foreign });
  onlyKnown(automation, ['policies'], { path: 'apps/tls/automation', foreign });
}
