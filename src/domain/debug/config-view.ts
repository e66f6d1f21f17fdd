import { VISIT_HEADER } from '../caddy/visits/visit.js';
import { isObject } from '../data/json.js';
import { isSecretHeader } from '../values/redaction.js';

const HIDDEN = '(secret, not shown)';
const SECRET_FIELD = /password|token|secret|api_?key|credential|mac_key/i;

/** Returns a configuration as text with its fields in a fixed order and without secrets, so that two can be compared. */
export function shownConfig(config: unknown): string {
  return JSON.stringify(shown(config, ''), null, 2) ?? 'null';
}

function shown(value: unknown, field: string): unknown {
  if (typeof value === 'string') return isHidden(value, field) ? HIDDEN : value;
  if (Array.isArray(value)) return value.map((one) => shown(one, field));
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, shown(value[name], name)]));
}

function isHidden(value: string, field: string): boolean {
  if (value.includes('PRIVATE KEY')) return true;
  if (field === 'expression') return value.includes('hecate_trace');
  if (field === VISIT_HEADER) return true;
  return (SECRET_FIELD.test(field) || isSecretHeader(field)) && !/^\{http\.[^{}]*\}$/.test(value);
}

/** Returns the parts of Hecate's server that are about one host: its routes and connection policies. */
export function partOf(server: unknown, host: string): unknown {
  if (!isObject(server)) return null;
  const wildcard = `*.${host.split('.').slice(1).join('.')}`;
  const isOwn = (name: unknown) => name === host || name === wildcard;
  const policies = listOf(server['tls_connection_policies']).flatMap((one) => {
    const sni = names(one, 'sni').filter(isOwn);
    return isObject(one) && sni.length > 0 ? [{ ...one, match: { sni } }] : [];
  });
  return { routes: routesOf(server['routes'], isOwn), tls_connection_policies: policies };
}

/** The innermost routes that match the host, and entries of maps. */
function routesOf(routes: unknown, isOwn: (name: unknown) => boolean): unknown[] {
  return listOf(routes).flatMap((route): unknown[] => {
    const hosts = names(route, 'host');
    const handlers = listOf(isObject(route) ? route['handle'] : null).filter(isObject);
    if (hosts.length === 1) return isOwn(hosts[0]) ? [route] : [];
    const mapped = handlers
      .flatMap((handler) => listOf(handler['mappings']))
      .filter((one) => isObject(one) && isOwn(one['input']));
    if (hosts.length === 0) return mapped;
    return hosts.some(isOwn) ? handlers.flatMap((handler) => routesOf(handler['routes'], isOwn)) : [];
  });
}

function names(item: unknown, matcher: 'host' | 'sni'): unknown[] {
  const match = isObject(item) ? item['match'] : null;
  const sets = Array.isArray(match) ? match : [match];
  return sets.flatMap((one) => (isObject(one) ? listOf(one[matcher]) : []));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

const OWN_APPS = ['http', 'tls', 'pki'];

/** Returns the paths of those parts of a whole configuration that are not Hecate's. */
export function foreignParts(config: unknown): string[] {
  const inside = (value: unknown, ...path: readonly string[]) =>
    path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
  const namesIn = (...path: readonly string[]) => {
    const found = inside(config, ...path);
    return isObject(found) ? Object.keys(found) : [];
  };
  return [
    ...namesIn('apps')
      .filter((name) => !OWN_APPS.includes(name))
      .map((name) => `/apps/${name}`),
    ...namesIn('apps', 'http', 'servers')
      .filter((name) => name !== 'hecate')
      .map((name) => `/apps/http/servers/${name}`),
    ...namesIn('logging', 'logs')
      .filter((name) => name !== 'default' && !name.startsWith('hecate'))
      .map((name) => `/logging/logs/${name}`),
  ];
}
