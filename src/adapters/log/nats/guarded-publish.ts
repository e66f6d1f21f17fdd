import { headers, type NatsConnection } from 'nats';
import { Failure } from '../../../ports/failure.js';

const PUBLISH_TIMEOUT_MS = 4_000;
const WRONG_LAST_SEQUENCE = 10071;

/** Result of a guarded publish; `unknown` when the answer was lost. */
type Published =
  | { readonly kind: 'written'; readonly sequence: number }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/**
 * Publishes only when `last` is still the sequence of the newest message under `filter`. `id`: the idempotency key, where the
 * guard is not enough of one. Waits at most 4 s; does not retry.
 */
export async function guardedPublish(
  nc: NatsConnection,
  subject: string,
  payload: Uint8Array,
  guard: { readonly filter: string; readonly last: number; readonly id?: string },
): Promise<Published> {
  const guards = headers();
  guards.set('Nats-Expected-Last-Subject-Sequence', String(guard.last));
  guards.set('Nats-Expected-Last-Subject-Sequence-Subject', guard.filter);
  if (guard.id !== undefined) guards.set('Nats-Msg-Id', guard.id);
  try {
    const ack = await nc.jetstream().publish(subject, payload, { headers: guards, timeout: PUBLISH_TIMEOUT_MS });
    return { kind: 'written', sequence: ack.seq };
  } catch (error) {
    const code = (error as { api_error?: { err_code?: number } }).api_error?.err_code;
    if (code === WRONG_LAST_SEQUENCE) return { kind: 'conflict' };
    return {
      kind: 'unknown',
      failure: new Failure('unavailable', `nats at ${nc.getServer()} did not confirm a message of the log`, {
        system: 'nats',
        cause: error,
      }),
    };
  }
}
