import type { Json } from './recorded-exchanges.js';

type Fields = { [key: string]: Json };
const uuidPattern = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/;

/** What is never the same on two servers, or says which server it is: only its type is compared. */
const volatile = new Set([
  ...['num_pk', 'uid', 'user_uid', 'avatar', 'client_id', 'client_secret', 'cookie_secret', 'token', 'key', 'id'],
  ...['date_joined', 'last_updated', 'last_login', 'last_used', 'last_seen', 'created', 'expires', 'timestamp', 'time'],
  ...['password_change_date', 'golang_version', 'openssl_version', 'hostname', 'request_id', 'cache_count'],
  ...[
    'last_user_agent',
    'string',
    'user_agent',
    'state',
    'scope',
    'next',
    'redirect_uri',
    'webhook_url',
    'authentik_host',
  ],
]);
/** Free content, or lists of what the server can do: the type is compared, the content isn't. */
const opaque = new Set(['args', 'system_permissions', 'log_messages', 'oidc_configuration', 'options', 'user_agent']);
/** Lists without an order of their own. */
const unordered = new Set([
  'providers',
  'providers_obj',
  'property_mappings',
  'scopes_to_request',
  'results',
  'users',
  'users_obj',
]);

/** Holds answers of the stand-in against recorded ones; learns which of its ids stands for which recorded one. */
export function createComparison() {
  const ids = new Map<string, string>();
  const translate = (text: string): string =>
    text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => ids.get(id) ?? id);

  const sameText = (recorded: string, given: string): boolean => {
    if (!uuidPattern.test(recorded)) return translate(recorded) === given;
    if (!ids.has(recorded)) ids.set(recorded, given);
    return ids.get(recorded) === given && uuidPattern.test(given) && recorded.length === given.length;
  };
  const differences = (recorded: Json, given: Json | undefined, at = '', key = ''): string[] => {
    if (recorded === '<redacted>') return given === undefined ? [`${at}: missing`] : [];
    if (kindOf(recorded) !== kindOf(given)) return [`${at}: ${kindOf(recorded)} recorded, ${kindOf(given)} given`];
    if (opaque.has(key)) return [];
    if (Array.isArray(recorded)) return listDifferences(recorded, given as Json[], at, key);
    if (recorded !== null && typeof recorded === 'object') return fieldDifferences(recorded, given as Fields, at);
    if (volatile.has(key)) return [];
    const isSame = typeof recorded === 'string' ? sameText(recorded, given as string) : recorded === given;
    return isSame ? [] : [`${at}: ${JSON.stringify(recorded)} recorded, ${JSON.stringify(given)} given`];
  };
  const fieldDifferences = (recorded: Fields, given: Fields, at: string): string[] => {
    const names = new Set([...Object.keys(recorded), ...Object.keys(given)]);
    return [...names].flatMap((name) => {
      if (!(name in recorded)) return [`${at}.${name}: not recorded, but given`];
      return differences(recorded[name]!, given[name], `${at}.${name}`, name);
    });
  };
  const listDifferences = (recorded: Json[], given: Json[], at: string, key: string): string[] => {
    if (recorded.length !== given.length) return [`${at}: ${recorded.length} recorded, ${given.length} given`];
    if (!unordered.has(key))
      return recorded.flatMap((entry, index) => differences(entry, given[index], `${at}[${index}]`, key));
    if (recorded.every((entry) => ids.has(entry as string))) {
      const missing = recorded.filter((entry) => !given.includes(translate(entry as string)));
      return missing.map((entry) => `${at}: without ${entry as string}`);
    }
    const [ours, theirs] = [byName(given), byName(recorded)];
    return theirs.flatMap((entry, index) => differences(entry, ours[index], `${at}[${index}]`, key));
  };
  return { differences, translate };
}

/** `scopes` and ids of property mappings line up by place; objects by name; numbers by size. */
function byName(list: Json[]): Json[] {
  const keyOf = (entry: Json) =>
    entry !== null && typeof entry === 'object' ? JSON.stringify((entry as Fields)['name'] ?? null) : null;
  const isIds = list.every((entry) => typeof entry === 'string' && uuidPattern.test(entry));
  if (isIds) return list;
  return [...list].sort((a, b) => {
    const [x, y] = [keyOf(a) ?? a, keyOf(b) ?? b];
    return typeof x === 'number' && typeof y === 'number' ? x - y : JSON.stringify(x).localeCompare(JSON.stringify(y));
  });
}

function kindOf(value: Json | undefined): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
