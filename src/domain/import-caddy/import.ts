// Caddy's configuration as manifests: hosts that a route can answer exactly alike, and reasons for all others.
// May import caddy, manifests, serving, resources, middleware, values and data.
import { domainName } from '../values/network/domain-name.js';
import { coversHost } from './hosts.js';
import { isSame, objectOf, watching, withoutIds, type Foreign, onlyKnown } from './json.js';
import { importedHosts, type ImportedHost } from './server.js';
import { isIssuedByAcme } from './tls.js';
import { loadedCertificates, type ReadCertificate } from './loaded-certificates.js';
import { resourcesOf, type NamedSite } from './resources.js';
import type { Json } from '../data/json.js';
import { usualTls } from '../resources/tls.js';
import type { ManifestResource } from '../manifests/manifest.js';

/** A Caddy configuration as Hecate's resources, with the parts that have no counterpart. */
export interface ImportedCaddy {
  /** Upstreams, then the routes that use them. */
  readonly resources: readonly ManifestResource[];
  /** Hosts that are left out because a part of their configuration cannot be expressed as a route. */
  readonly left: readonly string[];
  /** Each part without a counterpart, by JSON path: the reasons for hosts left out, and settings that are not imported. */
  readonly foreign: readonly { readonly path: string; readonly reason: string }[];
}

/** Hecate's own server, which is not imported: it comes from the log. */
const OWN_SERVER = 'hecate';

/**
 * Converts a Caddy configuration (JSON) to routes and upstreams with the same answers. A host with a part that has no
 * counterpart is left out. `read` reads the certificates that Caddy loads; the default reads none. Only the handling of a failed server differs: Hecate tries another server of the upstream, and
 * gives up connecting after 5 s.
 */
export function importCaddy(config: unknown, read: ReadCertificate = notReadable): ImportedCaddy {
  const found = new Map<string, { path: string; reason: string }>();
  const foreign: Foreign = (path, reason) => void found.set(`${path} ${reason}`, { path, reason });
  const known = objectOf(withoutIds(config));
  const apps = objectOf(known['apps']);
  const http = objectOf(apps['http']);
  const ports = { http: Number(http['http_port'] ?? 80), https: Number(http['https_port'] ?? 443) };
  const servers = Object.entries(objectOf(http['servers'])).filter(([name]) => name !== OWN_SERVER);
  const certificates = loadedCertificates(objectOf(objectOf(apps['tls'])['certificates']), read);
  const hosts = servers.flatMap(([name, server]) =>
    importedHosts(objectOf(server), `apps/http/servers/${name}`, { ports, foreign, certificates }),
  );
  // A Caddy that Hecate manages has more parts of Hecate's.
  const isOwn = OWN_SERVER in objectOf(http['servers']);
  if (servers.length > 0 && !isOwn) nameRest(known, foreign);
  const sites = wholeSites(hosts, objectOf(apps['tls']), foreign);
  const resources = resourcesOf(sites);
  const names = new Set(sites.map(({ domain }) => domain));
  const left = [...new Set(hosts.flatMap(({ host }) => host ?? []))].filter((host) => !names.has(canonical(host)));
  return { resources, left, foreign: [...found.values()] };
}

const notReadable: ReadCertificate = () => ({ problem: 'it cannot be read here' });

function wholeSites(hosts: readonly ImportedHost[], tls: Json, foreign: Foreign): NamedSite[] {
  const byHost = new Map<string, ImportedHost[]>();
  for (const one of hosts) {
    const name = one.host?.toLowerCase();
    if (name === undefined) continue;
    const same = byHost.get(name);
    if (same === undefined) byHost.set(name, [one]);
    else same.push(one);
  }
  // An exact name matches only itself.
  const patterns = hosts.filter(({ host }) => host === null || /[*{]/.test(host));
  const sites = [...byHost].map(([host, entries]) => ({
    host,
    site: siteOf(host, entries, { patterns, tls, foreign }),
  }));
  const left = sites.filter(({ site }) => site === null).map(({ host }) => canonical(host));
  // A wildcard would answer requests for a host that is left out.
  return sites.flatMap(({ site }) => {
    const other = site && left.find((host) => host !== site.domain && coversHost(site.domain, host));
    if (site && other) foreign(site.path, `${site.domain} would answer requests for ${other}, which is left out`);
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
  const domain = domainOf(host);
  if (!domain.success) note(path, domain.error.issues[0]?.message ?? `${host} is not a domain`);
  const isSecure = entries.some(({ scheme }) => scheme === 'https');
  const own = entries.find((one) => one.tls !== null)?.tls ?? null;
  const isIssued = isSecure && (own?.certificate ?? null) === null;
  const autoHTTPS = isIssued && isIssuedByAcme(tls, host, note);
  if (entries.every(({ site }) => site !== null) && !entries.every(({ site }) => isSame(site, first?.site)))
    note(path, `${host} is answered differently on plain HTTP`);
  const other = elsewhere(host, entries, patterns);
  if (other) note(path, `over ${other.scheme}, requests for ${host} are answered by ${other.path}`);
  // Caddy redirects hosts that are served on HTTPS only.
  const forceHTTPS = entries.every(({ scheme }) => scheme === 'https');
  if (forceHTTPS && !entries.every(({ redirects }) => redirects))
    note(path, `${host} is served on HTTPS only, without a redirect from plain HTTP`);
  if (!isWhole() || !domain.success || !first?.site || entries.some(({ site }) => site === null)) return null;
  return { domain: domain.data, path, ...first.site, tls: { ...usualTls, ...own, autoHTTPS, forceHTTPS } };
}

/** The entry that answers a host's requests over its other scheme, when Caddy does not redirect to HTTPS. */
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

/** Caddy compares hosts as they are written, so that one with a final dot is another one than without. */
function domainOf(host: string) {
  return host.endsWith('.')
    ? domainName
        .refine(() => false, 'Caddy answers a host with a final dot apart from the same host without')
        .safeParse(host)
    : domainName.safeParse(host);
}

function canonical(host: string): string {
  return domainOf(host).data ?? host;
}

/** Settings that Hecate gives to every Caddy. */
const OWN_PKI = { certificate_authorities: { local: { install_trust: false } } };

/**
 * Reports settings without a counterpart that do not change answers, such as logging. The admin endpoint and ports are not
 * reported: they belong to the server.
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
