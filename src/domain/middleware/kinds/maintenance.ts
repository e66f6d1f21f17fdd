import { refusedAs } from '../refused.js';
import { literal } from '../handlers.js';
import { WHOLE_KIND, type MiddlewareKind } from '../kind.js';

const USUAL_MESSAGE = 'down for maintenance, please try again later';
const LONGEST_MESSAGE = 1_000;
const RETRY_AFTER_SECONDS = 300;

/** Answers 503 to every request, with a message and `Retry-After`. */
export const maintenance: MiddlewareKind = {
  name: 'maintenance',
  summary: 'Answers every request with 503, `Retry-After` and the text.',
  form: 'maintenance or maintenance:back at ten',
  stage: 'guard',
  losses: null,
  read(argument) {
    const message = argument ?? '';
    if (message.length > LONGEST_MESSAGE) return `a message has at most ${LONGEST_MESSAGE} characters`;
    if (/[\x00-\x1f\x7f]/.test(message)) return 'a message is one line without control characters';
    const answer = {
      handler: 'static_response',
      status_code: 503,
      headers: {
        'Content-Type': ['text/plain; charset=utf-8'],
        'Retry-After': [String(RETRY_AFTER_SECONDS)],
        'Cache-Control': ['no-store'],
      },
      body: `${literal(message || USUAL_MESSAGE)}\n`,
    };
    return {
      argument: message || null,
      replaces: WHOLE_KIND,
      isFinal: true,
      handlers: () => [refusedAs('maintenance'), answer],
    };
  },
};
