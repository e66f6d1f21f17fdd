import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders, signingKey } from '../../../src/adapters/outgoing/signature.js';

const text = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const key = signingKey(text)!;

describe('the signature of a webhook', () => {
  it('is that of the specification’s example', () => {
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
    expect(signedHeaders(message, [key])).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('verifies with each of its keys', () => {
    const other = `whsec_${randomBytes(64).toString('base64')}`;
    const body = JSON.stringify({ type: 'secret.rotated', data: { name: 'ünï' } });
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = signedHeaders({ id: 'rotated_a', timestamp, body }, [key, signingKey(other)!]);
    for (const one of [text, other]) expect(new Webhook(one).verify(body, headers)).toEqual(JSON.parse(body));
    const wrong = new Webhook(`whsec_${randomBytes(32).toString('base64')}`);
    expect(() => wrong.verify(body, headers)).toThrow();
  });
});

describe('a key of webhooks', () => {
  it('is whsec_ and 24 to 64 bytes in base64', () => {
    expect(signingKey(` ${text}\n`)).toEqual(key);
    const of = (bytes: number) => signingKey(`whsec_${Buffer.alloc(bytes, 1).toString('base64')}`)?.length ?? null;
    expect([23, 24, 64, 65].map(of)).toEqual([null, 24, 64, null]);
    expect(['', 'whsec_', text.slice(6), `${text}!`].map(signingKey)).toEqual([null, null, null, null]);
  });
});
