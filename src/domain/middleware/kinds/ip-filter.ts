import { canonicalRange, uncovered } from '../../values/network/ip-range.js';
import type { Json } from '../../data/json.js';
import { WHOLE_KIND, type Middleware, type MiddlewareKind } from '../kind.js';
import { refusedAs } from '../refused.js';
import { takenAway } from '../taken-away.js';

/** Answers 403 to visitors whose addresses are not listed. */
export const ipAllow: MiddlewareKind = filter('ip-allow', 'Answers 403 to all addresses except these.', {
  refuses: (ranges) => ({ not: [{ client_ip: { ranges } }] }),
  consequence: 'every address gets in',
  opened: (before, after) => uncovered(after, before),
});

/** Answers 403 to visitors with listed addresses. */
export const ipDeny: MiddlewareKind = filter('ip-deny', 'Answers 403 to these addresses.', {
  refuses: (ranges) => ({ client_ip: { ranges } }),
  consequence: 'these addresses get in',
  opened: (before, after) => uncovered(before, after),
});

interface Filter {
  readonly refuses: (ranges: readonly string[]) => Json;
  /** What happens when a route loses it. */
  readonly consequence: string;
  /** Returns the ranges that get in after a change and did not before. */
  readonly opened: (before: readonly string[], after: readonly string[]) => readonly string[];
}

const refused: Json = { handler: 'static_response', status_code: 403, body: 'not from this address\n' };

/** Filters by the visitor's address. `X-Forwarded-For` counts only from a trusted proxy, because clients can set it. */
function filter(name: string, summary: string, { refuses, consequence, opened }: Filter): MiddlewareKind {
  return {
    name,
    summary: `${summary} Uses the visitor’s address, from \`X-Forwarded-For\` only behind a trusted proxy.`,
    form: `${name}:10.0.0.0/8,2001:db8::/32`,
    stage: 'guard',
    losses(before, after) {
      if (before.length === 0 || after.length === 0) return takenAway('access', consequence)(before, after);
      const more = opened(rangesOf(before), rangesOf(after));
      return more.length === 0 ? [] : [{ kind: 'access', text: `${name} now lets in ${more.join(', ')}` }];
    },
    read(argument) {
      const items = (argument ?? '').split(',');
      const ranges = items.map(canonicalRange);
      const wrong = ranges.indexOf(null);
      if (wrong >= 0) return `${JSON.stringify(items[wrong])} is not an IP address or CIDR range`;
      const known = [...new Set(ranges as string[])];
      const routes = [{ match: [refuses(known)], handle: [refusedAs('ip'), refused], terminal: true }];
      return { argument: known.join(','), replaces: WHOLE_KIND, handlers: () => [{ handler: 'subroute', routes }] };
    },
  };
}

function rangesOf(items: readonly Middleware[]): string[] {
  return items.flatMap(({ argument }) => argument?.split(',') ?? []);
}
