import { describe, expect, it } from 'vitest';
import { domainName } from '../../../../src/domain/values/network/domain-name.js';

describe('a domain name', () => {
  it.each([
    ['ok.example.com.', 'ok.example.com'],
    [' OK.Example.COM. ', 'ok.example.com'],
    ['*.example.com.', '*.example.com'],
    ['bücher.example.', 'xn--bcher-kva.example'],
    ['bücher.example。', 'xn--bcher-kva.example'],
    ['localhost.', 'localhost'],
  ])('%j with a final dot is the name without', (text, canonical) => {
    expect(domainName.parse(text)).toBe(canonical);
    expect(domainName.parse(canonical)).toBe(canonical);
  });

  it.each(['.', '..', 'a.example.com..', '.example.com', '*.', '1.2.3.4.', 'generation.hecate.internal.'])(
    '%j is refused',
    (text) => {
      expect(domainName.safeParse(text).success).toBe(false);
    },
  );
});
