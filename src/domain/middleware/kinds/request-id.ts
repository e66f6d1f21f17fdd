import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';
import { responseHeaders } from '../handlers.js';

const NAME = 'X-Request-Id';
const RECEIVED = `{http.request.header.${NAME}}`;
const WELL_FORMED = '^[A-Za-z0-9._~+/=:-]{1,128}$';

/** Caddy variable with the request id that the upstream and the visitor get, for the access log. */
export const REQUEST_ID_VARIABLE = 'hecate_request_id';

/** Sets a request id in the request and the response. A valid id from the client is kept, so that it can be traced through. */
export const requestId: MiddlewareKind = {
  name: 'request-id',
  summary: 'Sets `X-Request-Id` in requests and responses. Keeps a valid id from the client.',
  form: 'request-id',
  stage: 'guard',
  losses: null,
  read(argument) {
    if (argument !== null) return 'it takes no argument';
    const unusable = { not: [{ vars_regexp: { [RECEIVED]: { pattern: WELL_FORMED } } }] };
    const fresh = { handler: 'headers', request: { set: { [NAME]: ['{http.request.uuid}'] } } };
    return {
      argument,
      replaces: WHOLE_KIND,
      requestHeader: { name: NAME, value: RECEIVED, winsOverHeaders: false },
      handlers: () => [
        { handler: 'subroute', routes: [{ match: [unusable], handle: [fresh] }] },
        { handler: 'vars', [REQUEST_ID_VARIABLE]: RECEIVED },
        ...responseHeaders({ set: { [NAME]: [RECEIVED] } }),
      ],
    };
  },
};
