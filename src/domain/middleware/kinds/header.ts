import type { Loss } from '../../values/loss.js';
import type { Json } from '../../data/json.js';
import { headerNameProblem, headerValueProblem, trimmedValue } from '../../values/header.js';
import { responseHeaders, type HeaderChanges, literal } from '../handlers.js';
import type { MiddlewareKind } from '../kind.js';
import { HSTS, unlessPlainHttp } from '../visitor.js';

interface HeaderChange {
  readonly side: 'answer' | 'beside' | 'request';
  readonly name: string;
  /** Null: the header is removed. */
  readonly value: string | null;
}

const FORWARDED = /^x-forwarded-(for|proto|host)$/i;

/**
 * Sets or removes a header of the response or of the request to the upstream. `beside` adds a response header and keeps the
 * upstream's header of the same name.
 */
export const header: MiddlewareKind = {
  name: 'header',
  summary:
    'Sets or removes a header of responses or requests. `beside` keeps the upstream’s header of the same name too.',
  form: 'header:Name=value, header:beside:Name=value or header:-Name for responses, header:request:Name=value or header:request:-Name for requests',
  stage: 'transform',
  losses(before, after) {
    const kept = new Set(after.flatMap(({ argument }) => protectingHeader(argument ?? '') ?? []));
    return before.flatMap(({ text, argument }): Loss[] => {
      const name = protectingHeader(argument ?? '');
      return name === null || kept.has(name) ? [] : [{ kind: 'looser', text: `${text} is taken away` }];
    });
  },
  read(argument) {
    const change = changeOf(argument ?? '');
    if (change === null) return 'a header is set with =value or removed with -';
    const { side, name, value } = change;
    const problem = problemOf(change);
    if (problem !== null) return problem;
    const text = value === null ? null : literal(value);
    const changes = text === null ? { delete: [name] } : { set: { [name]: [text] } };
    const prefix = side === 'answer' ? '' : `${side}:`;
    const identity = prefix + name.toLowerCase();
    return {
      argument: prefix + (value === null ? `-${name}` : `${name}=${value}`),
      identity,
      replaces: identity,
      ...(side === 'request' ? { requestHeader: { name, value: text, winsOverHeaders: false } } : {}),
      handlers: () => {
        const isHsts = side !== 'request' && value !== null && name.toLowerCase() === HSTS.toLowerCase();
        return isHsts ? [unlessPlainHttp(handlersOf(side, changes))] : handlersOf(side, changes);
      },
    };
  },
};

/** Response headers by which browsers protect visitors, in lower case. */
const PROTECTING = [
  ...['strict-transport-security', 'content-security-policy', 'x-frame-options', 'x-content-type-options'],
  ...['referrer-policy', 'permissions-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy'],
];

/** Returns the protecting header that a middleware sets, in lower case; null: none. */
function protectingHeader(argument: string): string | null {
  const { side, name, value } = changeOf(argument) ?? { side: 'request', name: '', value: null };
  const header = name.toLowerCase();
  return side !== 'request' && value !== null && PROTECTING.includes(header) ? header : null;
}

/** Caddy adds the upstream's headers to those set before, unless the change is deferred. */
function handlersOf(side: HeaderChange['side'], changes: HeaderChanges): Json[] {
  switch (side) {
    case 'answer':
      return responseHeaders(changes);
    case 'beside':
      return [{ handler: 'headers', response: changes }];
    case 'request':
      return [];
  }
}

function changeOf(argument: string): HeaderChange | null {
  const [, given, removed, set = '', value] =
    /^(?:(request|beside):)?(?:-([^=]*)|(?!-)([^=]*)=(.*))$/is.exec(argument) ?? [];
  if (removed === undefined && value === undefined) return null;
  const side = (given?.toLowerCase() ?? 'answer') as HeaderChange['side'];
  return removed === undefined
    ? { side, name: set.trim(), value: trimmedValue(value ?? '') }
    : { side, name: removed.trim(), value: null };
}

function problemOf({ side, name, value }: HeaderChange): string | null {
  if (side === 'beside' && value === null) return 'beside adds a header and cannot remove one; write header:-Name';
  const isOfRequest = side === 'request';
  // Caddy treats a star as a wildcard.
  if (name.includes('*')) return `header name ${JSON.stringify(name)} has a star; name one header`;
  if (isOfRequest && FORWARDED.test(name)) return `Caddy sets ${name} on each request; set it with --headers instead`;
  return headerNameProblem(name) ?? headerValueProblem(value ?? '');
}
