import { describe, expect, it } from 'vitest';
import { encryptFor, newRecipient } from '../../../src/adapters/keys/sealed-box.js';

describe('a text that is encrypted for a recipient', () => {
  const recipient = newRecipient();
  const text = JSON.stringify({ ada: 'grüße 1', bob: '' });
  const encrypted = encryptFor(recipient.publicKey, text, 'basic-auth/team/abc');
  const altered = (at: number) => {
    const bytes = Buffer.from(encrypted, 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes.toString('base64url');
  };

  it('is read by its owner', () => {
    expect(recipient.open(encrypted, 'basic-auth/team/abc')).toBe(text);
  });

  it('is another one each time, and does not show how long the text is', () => {
    const other = encryptFor(recipient.publicKey, '{}', 'basic-auth/team/abc');
    expect(other).not.toBe(encryptFor(recipient.publicKey, '{}', 'basic-auth/team/abc'));
    expect(other).toHaveLength(encrypted.length);
    const long = 'x'.repeat(5_000);
    expect(recipient.open(encryptFor(recipient.publicKey, long, 'a'), 'a')).toBe(long);
  });

  it.each<[what: string, open: () => string]>([
    ['for another recipient', () => newRecipient().open(encrypted, 'basic-auth/team/abc')],
    ['about another secret', () => recipient.open(encrypted, 'basic-auth/other/abc')],
    ['with another key', () => recipient.open(altered(0), 'basic-auth/team/abc')],
    ['with another nonce', () => recipient.open(altered(33), 'basic-auth/team/abc')],
    ['with another tag', () => recipient.open(altered(45), 'basic-auth/team/abc')],
    ['with another body', () => recipient.open(altered(70), 'basic-auth/team/abc')],
    ['that is cut off', () => recipient.open(encrypted.slice(0, 40), 'basic-auth/team/abc')],
    ['that is empty', () => recipient.open('', 'basic-auth/team/abc')],
  ])('does not open %s', (_what, open) => {
    expect(open).toThrow(expect.objectContaining({ kind: 'denied' }));
  });

  it('is refused for something that is no public key', () => {
    expect(() => encryptFor('abc', text, 'a')).toThrow();
    // All zeros would make the shared key known to everybody.
    expect(() => encryptFor(Buffer.alloc(32).toString('base64url'), text, 'a')).toThrow();
  });
});
