import { describe, expect, it } from 'vitest';
import { mintedText, valueFormats } from '../../../src/domain/secrets/minting.js';

/** Bytes 0, 1, 2 and so on, over all calls. */
function counting() {
  let next = 0;
  return (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
}

describe('a value that Hecate makes', () => {
  it.each([
    ['base64url', /^[\w-]{43}$/],
    ['alphanumeric', /^[A-Za-z0-9]{43}$/],
    ['hex', /^[0-9a-f]{43}$/],
    ['whsec', /^whsec_[A-Za-z0-9+/]{43}=$/],
  ] as const)('has the form %s', (valueFormat, form) => {
    expect(mintedText({ valueFormat, valueLength: 43 }, counting())).toMatch(form);
  });

  it('has the length that is asked for', () => {
    for (const valueFormat of valueFormats.filter((one) => one !== 'whsec')) {
      for (const valueLength of [24, 1_024])
        expect(mintedText({ valueFormat, valueLength }, counting())).toHaveLength(valueLength);
    }
  });

  it('has each character equally often', () => {
    const text = mintedText({ valueFormat: 'alphanumeric', valueLength: 248 }, counting());
    const counts = new Map<string, number>();
    for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });
});
