import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signedHeaders, signingKey } from '../../src/adapters/outgoing/signature.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/webhooks.md'), 'utf8');
const example = (language: string, having: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))]
    .map(([, text = '']) => text)
    .find((text) => text.includes(having)) ?? '';

const folder = mkdtempSync(join(tmpdir(), 'hecate-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [secret, other] = [
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs=',
];
const body = '{"type":"secret.rotated","data":{"name":"billing"}}';
const signed = (key: string, secondsAgo = 0) => {
  const timestamp = Math.floor(Date.now() / 1_000) - secondsAgo;
  return signedHeaders({ id: 'rotated_a', timestamp, body }, [signingKey(other)!, signingKey(key)!]);
};
/** Headers that verify, and those that do not. */
const cases = [
  ['signed by the secret', signed(secret), true],
  ['signed by another key', signed(other), false],
  ['too old', signed(secret, 600), false],
] as const;

describe('docs/how-to/webhooks.md', () => {
  it.each(cases)('verifies in JavaScript what is %s', async (_name, headers, isGood) => {
    const file = join(folder, 'verify.mjs');
    writeFileSync(file, example('js', 'timingSafeEqual'));
    const { verify } = (await import(file)) as { verify: (...args: unknown[]) => void };
    const isVerified = () => (verify(headers, body, secret), true);
    if (isGood) expect(isVerified()).toBe(true);
    else expect(isVerified).toThrow();
  });

  it.each(cases)('verifies in the shell what is %s', (_name, headers, isGood) => {
    const env = {
      ...{ PATH: process.env['PATH'], body, secret, id: headers['webhook-id'] },
      ...{ timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'] },
    };
    const { status } = spawnSync('sh', ['-c', example('sh', 'openssl')], { env, encoding: 'utf8' });
    expect(status === 0).toBe(isGood);
  });
});
