import { describe, expect, it } from 'vitest';
import { newOperatorKey, operatorSigner, verifySignature } from '../../../src/adapters/keys/operator-key.js';
import { createSeals } from '../../../src/adapters/keys/worker-seals.js';

describe('an operator’s key', () => {
  const { privateText, publicKey } = newOperatorKey('anna');
  const signer = operatorSigner(`${privateText}\n`, 'the key file');

  it('signs what its public half verifies, and nothing else', () => {
    const signature = signer.sign('text');
    expect([signer.operator, signer.publicKey]).toEqual(['anna', publicKey]);
    expect(verifySignature(publicKey, 'text', signature)).toBe(true);
    expect(verifySignature(publicKey, 'other', signature)).toBe(false);
    expect(verifySignature(newOperatorKey('anna').publicKey, 'text', signature)).toBe(false);
  });

  it.each(['', 'x', 'A'.repeat(43), '%'])('takes a malformed key or signature %j for a wrong one', (text) => {
    expect(verifySignature(text, 'text', signer.sign('text'))).toBe(false);
    expect(verifySignature(publicKey, 'text', text)).toBe(false);
  });

  it('is not repeated by the error about a damaged one', () => {
    expect(() => operatorSigner('hecate-key:anna:short', 'FILE')).toThrow('FILE is not the key of an operator');
  });
});

describe('seals', () => {
  const seals = createSeals('secret', 'log-1');

  it('hold for their text, secret and environment only', () => {
    const seal = seals.seal('text');
    expect(seals.holds('text', seal)).toBe(true);
    expect(seals.holds('other', seal)).toBe(false);
    expect(createSeals('secret', 'log-2').holds('text', seal)).toBe(false);
    expect(createSeals('other', 'log-1').holds('text', seal)).toBe(false);
    expect(seals.holds('text', '')).toBe(false);
  });
});
