import type { Json } from '../../data/json.js';
import type { Loss } from '../../values/loss.js';
import { headerNameProblem } from '../../values/header.js';
import type { MiddlewareKind } from '../kind.js';

interface Rate {
  readonly count: number;
  readonly unit: 'second' | 'minute' | 'hour';
  /** Header to count by; null: the client's address. */
  readonly header: string | null;
}

const UNITS = new Map<string, Rate['unit']>([
  ...['s', 'sec', 'second'].map((text) => [text, 'second'] as const),
  ...['m', 'min', 'minute'].map((text) => [text, 'minute'] as const),
  ...['h', 'hour'].map((text) => [text, 'hour'] as const),
]);
const WINDOWS = { second: '1s', minute: '1m', hour: '1h' };

/** Largest number of requests. Caddy stores the time of each request within the window. */
const LARGEST = 10_000;

/** The visitor's address, or its /64 network for IPv6, because a client can use any address of that. */
const CLIENT = '{hecate_client}';

const GROUP = '[0-9a-f]+';
/**
 * Patterns for Caddy's text of an IPv6 address (RFC 5952), each with the first four groups of all addresses that match it.
 * The first match counts. Caddy can shorten the address of the connection only.
 */
const NETWORKS: readonly (readonly [pattern: string, network: string])[] = [
  [`^(${GROUP}:${GROUP}:${GROUP}:${GROUP}):`, '${1}'],
  [`^(${GROUP}:${GROUP}:${GROUP})::`, '${1}:0'],
  [`^(${GROUP}:${GROUP})::`, '${1}:0:0'],
  [`^(${GROUP})::(${GROUP})(?::${GROUP}){4}$`, '${1}:0:0:${2}'],
  [`^(${GROUP})::`, '${1}:0:0:0'],
  [`^::(${GROUP}:${GROUP})(?::${GROUP}){4}$`, '0:0:${1}'],
  [`^::(${GROUP})(?::${GROUP}){4}$`, '0:0:0:${1}'],
  ['^::', '0:0:0:0'],
];

/** Sets {@link CLIENT}. */
const client: Json = {
  handler: 'map',
  source: '{http.vars.client_ip}',
  destinations: [CLIENT],
  mappings: NETWORKS.map(([pattern, network]) => ({ input_regexp: pattern, outputs: [`${network}::/64`] })),
  defaults: ['{http.vars.client_ip}'],
};

/**
 * Answers 429 with `Retry-After` to a client that exceeded the number of requests in a sliding window. Counters survive
 * reloads.
 */
export const rateLimit: MiddlewareKind = {
  name: 'rate-limit',
  summary:
    'Answers 429 with `Retry-After` above the limit, counted for each visitor’s address (IPv6: /64) or header value.',
  form: 'rate-limit:100/minute, or rate-limit:100/minute:header=NAME to count by a header instead of the address; at most 10000 per second, minute or hour',
  stage: 'guard',
  module: 'http.handlers.rate_limit',
  losses(before, after) {
    return before.flatMap(({ text, replaces, argument }): Loss[] => {
      const left = after.filter((one) => one.replaces === replaces);
      const all = left.map((one) => one.text).join(' and ');
      if (left.length === 0) return [{ kind: 'protection', text: `${text} is taken away, so nothing limits requests` }];
      if (left.some((one) => isAsStrict(rateOf(one.argument ?? ''), rateOf(argument ?? '')))) return [];
      return [{ kind: 'looser', text: `${all} allows more requests than ${text}` }];
    });
  },
  read(argument) {
    const rate = rateOf(argument ?? '');
    if (typeof rate === 'string') return rate;
    const { count, unit, header } = rate;
    const canonical = `${count}/${unit}${header === null ? '' : `:header=${header}`}`;
    const counted = header === null ? 'ip' : `header=${header.toLowerCase()}`;
    const key = header === null ? CLIENT : `{http.request.header.${header}}`;
    const zone = { key, window: WINDOWS[unit], max_events: count };
    return {
      argument: canonical,
      identity: `${unit} ${counted}`,
      replaces: counted,
      // Zones of the same name share counters.
      handlers: ({ domain }) => [
        ...(header === null ? [client] : []),
        { handler: 'rate_limit', rate_limits: { [`hecate ${domain} ${canonical}`]: zone } },
      ],
    };
  },
};

/** Returns true when the first rate never allows more requests than the second one. */
function isAsStrict(one: Rate | string, other: Rate | string): boolean {
  if (typeof one === 'string' || typeof other === 'string') return false;
  return one.count * Math.max(1, SECONDS[other.unit] / SECONDS[one.unit]) <= other.count;
}

const SECONDS = { second: 1, minute: 60, hour: 3_600 };

/** Returns a message when the text is invalid. */
function rateOf(argument: string): Rate | string {
  const [, digits = '', per = '', by = 'ip'] = /^(\d{1,9}) ?\/ ?([a-z]+)(?::(.*))?$/i.exec(argument) ?? [];
  const count = Number(digits);
  const unit = UNITS.get(per.toLowerCase());
  if (unit === undefined || count < 1 || count > LARGEST)
    return 'a rate is a number of requests per second, minute or hour';
  if (by.toLowerCase() === 'ip') return { count, unit, header: null };
  const header = /^header=(.*)$/i.exec(by)?.[1];
  if (header === undefined) return `count by ip or header=NAME, not by ${by}`;
  return headerNameProblem(header) ?? { count, unit, header };
}
