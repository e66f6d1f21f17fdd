import { headerNameProblem, headerValueProblem, trimmedValue } from '../header.js';
import { literal } from '../literal.js';
import type { MiddlewareKind } from './kind.js';
import { responseHeaders } from './response-headers.js';

interface HeaderChange {
  readonly isOfRequest: boolean;
  readonly name: string;
  /** Null: the header is removed. */
  readonly value: string | null;
}

const FORWARDED = /^x-forwarded-(for|proto|host)$/i;

/** Sets or removes a header, of the upstream's answer or of the request that it receives. */
export const header: MiddlewareKind = {
  name: 'header',
  form: 'header:Name=value or header:-Name for answers, header:request:Name=value or header:request:-Name for requests',
  stage: 'transform',
  read(argument) {
    const change = changeOf(argument ?? '');
    if (change === null) return 'a header is set with =value or removed with -';
    const { isOfRequest, name, value } = change;
    const problem = problemOf(change);
    if (problem !== null) return problem;
    const changes = value === null ? { delete: [name] } : { set: { [name]: [literal(value)] } };
    const side = isOfRequest ? 'request:' : '';
    return {
      argument: side + (value === null ? `-${name}` : `${name}=${value}`),
      identity: side + name.toLowerCase(),
      handlers: () => (isOfRequest ? [{ handler: 'headers', request: changes }] : responseHeaders(changes)),
    };
  },
};

function changeOf(argument: string): HeaderChange | null {
  const [, side, removed, set = '', value] = /^(request:)?(?:-([^=]*)|(?!-)([^=]*)=(.*))$/is.exec(argument) ?? [];
  if (removed === undefined && value === undefined) return null;
  const isOfRequest = side !== undefined;
  return removed === undefined
    ? { isOfRequest, name: set.trim(), value: trimmedValue(value ?? '') }
    : { isOfRequest, name: removed.trim(), value: null };
}

function problemOf({ isOfRequest, name, value }: HeaderChange): string | null {
  // Caddy takes a star for any text.
  if (name.includes('*')) return `header name ${JSON.stringify(name)} has a star; name one header`;
  if (isOfRequest && FORWARDED.test(name)) return `Caddy itself says ${name} of each request; give it as --headers`;
  return headerNameProblem(name) ?? headerValueProblem(value ?? '');
}
