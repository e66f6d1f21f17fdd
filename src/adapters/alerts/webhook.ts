import { Failure } from '../../ports/failure.js';
import { signedHeaders, signingKey } from '../outgoing/signature.js';
import type { Outgoing, SinkRequest } from './http-sink.js';

/** A webhook as standardwebhooks.com has it: signed, and with the same id at each attempt. */
export function webhookRequest({ notification, sink, values, nowMs }: Outgoing): SinkRequest {
  const { id, status, groupKey, alerts, at } = notification;
  const body = { type: `alert.${status}`, timestamp: at, data: { sink: sink.name, status, groupKey, alerts } };
  const keys = values.flatMap((value) => signingKey(value) ?? []);
  if (keys.length === 0) {
    throw new Failure(
      'invalid',
      `the value of secret ${sink.secret ?? ''} is not a key of webhooks (whsec_ and 24 to 64 bytes in base64)`,
      {
        // prettier-ignore
        hint: `Let Hecate make one: hecate create secret --name KEY --kind generic --value-format whsec; then: hecate update alert-sink --name ${sink.name} --secret KEY`,
      },
    );
  }
  const message = { id: messageId(id), timestamp: Math.floor(nowMs / 1_000), body: JSON.stringify(body) };
  return { url: sink.url ?? '', headers: signedHeaders(message, keys), body };
}

/** The parts of what is signed stand between full stops. */
function messageId(id: string): string {
  return `alert_${id.replace(/[^\w-]/g, '_')}`;
}
