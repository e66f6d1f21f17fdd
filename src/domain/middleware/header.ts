import type { Json } from '../data/json.js';
import { headerNameProblem, headerValueProblem, trimmedValue } from '../values/header.js';
import { responseHeaders, type HeaderChanges, literal } from './handlers.js';
import type { MiddlewareKind } from './kind.js';

interface HeaderChange {
  readonly side: 'answer' | 'beside' | 'request';
  readonly name: string;
  /** Null: the header is removed. */
  readonly value: string | null;
}

const FORWARDED = /^x-forwarded-(for|proto|host)$/i;

/**
 * Sets or removes a header, of the upstream's answer or of the request that it receives; or gives answers a header beside
 * one of the same name that the upstream sends.
 */
export const header: MiddlewareKind = {
  name: 'header',
  summary:
    'Sets or removes a header of answers or of requests; `beside` adds one next to the upstream’s header of the same name.',
  form: 'header:Name=value, header:beside:Name=value or header:-Name for answers, header:request:Name=value or header:request:-Name for requests',
  stage: 'transform',
  read(argument) {
    const change = changeOf(argument ?? '');
    if (change === null) return 'a header is set with =value or removed with -';
    const { side, name, value } = change;
    const problem = problemOf(change);
    if (problem !== null) return problem;
    const changes = value === null ? { delete: [name] } : { set: { [name]: [literal(value)] } };
    const prefix = side === 'answer' ? '' : `${side}:`;
    return {
      argument: prefix + (value === null ? `-${name}` : `${name}=${value}`),
      identity: prefix + name.toLowerCase(),
      handlers: () => handlersOf(side, changes),
    };
  },
};

/** What an upstream sends comes to what is there, unless that is put off until then. */
function handlersOf(side: HeaderChange['side'], changes: HeaderChanges): Json[] {
  switch (side) {
    case 'answer':
      return responseHeaders(changes);
    case 'beside':
      return [{ handler: 'headers', response: changes }];
    case 'request':
      return [{ handler: 'headers', request: changes }];
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
  if (side === 'beside' && value === null) return 'what is removed stands beside nothing';
  const isOfRequest = side === 'request';
  // Caddy takes a star for any text.
  if (name.includes('*')) return `header name ${JSON.stringify(name)} has a star; name one header`;
  if (isOfRequest && FORWARDED.test(name)) return `Caddy itself says ${name} of each request; give it as --headers`;
  return headerNameProblem(name) ?? headerValueProblem(value ?? '');
}
