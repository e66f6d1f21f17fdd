import { canonicalRange } from '../values/ip-range.js';
import type { Json } from '../data/json.js';
import { WHOLE_KIND, type MiddlewareKind } from './kind.js';

/** Answers 403 to visitors whose addresses are not listed. */
export const ipAllow: MiddlewareKind = filter('ip-allow', 'Answers 403 to all addresses except these.', (ranges) => ({
  not: [{ client_ip: { ranges } }],
}));

/** Answers 403 to visitors with listed addresses. */
export const ipDeny: MiddlewareKind = filter('ip-deny', 'Answers 403 to these addresses.', (ranges) => ({
  client_ip: { ranges },
}));

const refused: Json = { handler: 'static_response', status_code: 403, body: 'not from this address\n' };

/** Filters by the visitor's address. `X-Forwarded-For` counts only from a trusted proxy, because clients can set it. */
function filter(name: string, summary: string, refuses: (ranges: readonly string[]) => Json): MiddlewareKind {
  return {
    name,
    summary: `${summary} Uses the visitor’s address, from \`X-Forwarded-For\` only behind a trusted proxy.`,
    form: `${name}:10.0.0.0/8,2001:db8::/32`,
    stage: 'guard',
    read(argument) {
      const items = (argument ?? '').split(',');
      const ranges = items.map(canonicalRange);
      const wrong = ranges.indexOf(null);
      if (wrong >= 0) return `${JSON.stringify(items[wrong])} is not an IP address or CIDR range`;
      const known = [...new Set(ranges as string[])];
      const routes = [{ match: [refuses(known)], handle: [refused], terminal: true }];
      return { argument: known.join(','), replaces: WHOLE_KIND, handlers: () => [{ handler: 'subroute', routes }] };
    },
  };
}
