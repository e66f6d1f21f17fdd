import type { MiddlewareKind } from './kind.js';
import { responseHeaders } from './handlers.js';

const NAME = 'X-Request-Id';
const RECEIVED = `{http.request.header.${NAME}}`;
const WELL_FORMED = '^[A-Za-z0-9._~+/=:-]{1,128}$';

/** Gives each request an id, to the upstream and back. One from the client stays when it is well formed, so that ids go through. */
export const requestId: MiddlewareKind = {
  name: 'request-id',
  summary:
    'Gives each request an `X-Request-Id`, for the upstream and in the answer; a well-formed one of the client stays.',
  form: 'request-id',
  stage: 'guard',
  read(argument) {
    if (argument !== null) return 'it has no settings';
    const unusable = { not: [{ vars_regexp: { [RECEIVED]: { pattern: WELL_FORMED } } }] };
    const fresh = { handler: 'headers', request: { set: { [NAME]: ['{http.request.uuid}'] } } };
    return {
      argument,
      handlers: () => [
        { handler: 'subroute', routes: [{ match: [unusable], handle: [fresh] }] },
        ...responseHeaders({ set: { [NAME]: [RECEIVED] } }),
      ],
    };
  },
};
