import type { Json } from '../data/json.js';
import { traceHandlers, type TraceKey } from './trace.js';

/** Request header that marks a visit of Hecate's own. Its value is the log's id. */
export const VISIT_HEADER = 'Hecate-Visit';
/** Access log field of a visit of Hecate's own. Such requests count in no figure. */
export const VISIT_FIELD = 'hecate_visit';

/**
 * The route that marks Hecate's own visits in the access log and passes them on like any other request. The mark is made
 * early, so that an answer which breaks off has it too. `key`: the tokens of visits that are traced.
 */
export function visitRoute(logId: string, key: TraceKey | null): Json {
  return {
    match: [{ header: { [VISIT_HEADER]: [logId] } }],
    handle: [
      { handler: 'log_append', key: VISIT_FIELD, value: '1', early: true },
      { handler: 'headers', request: { delete: [VISIT_HEADER] } },
      ...traceHandlers(key),
    ],
  };
}
