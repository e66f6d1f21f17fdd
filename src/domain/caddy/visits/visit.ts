import type { Json } from '../../data/json.js';
import { markOwn, noteOperation } from '../log-fields.js';
import { traceHandlers, type TraceKey } from './trace.js';

/** Request header that marks a visit of Hecate's own, by a secret. */
export const VISIT_HEADER = 'Hecate-Visit';

/** Request header of a visit of Hecate's own: the id of the operation that it belongs to, in the form of a URI. */
export const OPERATION_HEADER = 'Hecate-Operation';

/**
 * The route that marks Hecate's own visits in the access log and passes them on like any other request. Others must not
 * know `mark`: such visits count in no figure. `key`: the tokens of visits that are traced.
 */
export function visitRoute(mark: string, key: TraceKey | null): Json {
  return {
    match: [{ header: { [VISIT_HEADER]: [mark] } }],
    handle: [
      markOwn,
      noteOperation(OPERATION_HEADER),
      { handler: 'headers', request: { delete: [VISIT_HEADER, OPERATION_HEADER] } },
      ...traceHandlers(key),
    ],
  };
}
