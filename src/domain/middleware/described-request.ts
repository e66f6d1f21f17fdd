import type { Json } from '../data/json.js';

/** Caddy placeholder with the description of a request for the access log; see `domain/caddy/log-fields.ts`. */
export const DESCRIPTION = '{hecate_request}';
/** Access log field with the description, where another text stands in the field of the user. */
export const DESCRIPTION_FIELD = 'hecate_request';

const description = { handler: 'log_append', key: DESCRIPTION_FIELD, value: DESCRIPTION };

/**
 * Handlers that note the description of a request in a field of its own. They write the field twice: early, so that an answer
 * which breaks off has it, and again with what the answer added. A JSON parser takes the last one.
 */
export const describeRequest: Json[] = [{ ...description, early: true }, description];
