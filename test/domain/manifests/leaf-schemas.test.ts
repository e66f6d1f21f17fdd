import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { domainName } from '../../../src/domain/values/network/domain-name.js';
import { durationMs, durationText } from '../../../src/domain/values/duration.js';
import { headerMap } from '../../../src/domain/values/header.js';
import { healthPath } from '../../../src/domain/values/network/health-path.js';
import { parseUpstream, upstreamAddress } from '../../../src/domain/values/network/upstream-address.js';

const accepts = (schema: z.ZodType, input: unknown) => schema.safeParse(input).success;
const strings = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.domain(),
  fc.domain().map((d) => `*.${d}`),
  fc.tuple(fc.domain(), fc.nat(70_000)).map(([d, p]) => `${d}:${p}`),
  fc.webUrl(),
  fc.ipV6().map((ip) => `[${ip}]:80`),
  fc.stringMatching(/^(\d{1,3}h)?(\d{1,3}m)?(\d{1,3}s)?(\d{1,3}ms)?$/),
);

describe.each(Object.entries({ domainName, durationText, upstreamAddress, healthPath }))('%s', (_, schema) => {
  it('is idempotent', () => {
    fc.assert(
      fc.property(strings, (text) => {
        const once = schema.safeParse(text);
        if (once.success) expect(schema.parse(once.data)).toBe(once.data);
      }),
      { numRuns: 500 },
    );
  });
});

describe('domains', () => {
  it.each([
    ['App.Example.COM', 'app.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['*.example.com', '*.example.com'],
    ['localhost', 'localhost'],
  ])('takes %s as %s', (input, output) => expect(domainName.parse(input)).toBe(output));

  it.each([
    '', '*', 'a.*.com', '*.*.com', 'a..b', '-a.com', 'a-.com', 'a_b.com', 'a.com:80', 'http://a.com', 'a.com/x',
    '127.0.0.1', '[::1]', '::1', 'ü.com:80', 'ü%41.com', 'a b.com', 'generation.hecate.internal',
    `${'a'.repeat(64)}.com`, `${'a.'.repeat(126)}com`,
  ])('refuses %s', (input) => expect(accepts(domainName, input)).toBe(false)); // prettier-ignore
});

describe('upstreams', () => {
  it.each([
    ['App:80', 'app:80', { dial: 'app:80', tls: false, serverName: null }],
    ['http://app', 'app:80', { dial: 'app:80', tls: false, serverName: null }],
    ['http://app:8080/', null, null],
    ['https://app', 'app:443', { dial: 'app:443', tls: true, serverName: 'app' }],
    ['app:443', 'app:443', { dial: 'app:443', tls: true, serverName: 'app' }],
    ['http://app:443', 'http://app:443', { dial: 'app:443', tls: false, serverName: null }],
    ['https://app:8443', 'https://app:8443', { dial: 'app:8443', tls: true, serverName: 'app' }],
    ['https://10.0.0.1:8443', 'https://10.0.0.1:8443', { dial: '10.0.0.1:8443', tls: true, serverName: null }],
    ['[::1]:80', '[::1]:80', { dial: '[::1]:80', tls: false, serverName: null }],
    ['[0:0::1]:80', '[::1]:80', { dial: '[::1]:80', tls: false, serverName: null }],
    ['unix//run/app.sock', 'unix//run/app.sock', { dial: 'unix//run/app.sock', tls: false, serverName: null }],
  ])('reads %s', (input, text, parts) => {
    if (text === null) return expect(accepts(upstreamAddress, input)).toBe(false);
    expect(upstreamAddress.parse(input)).toBe(text);
    expect(parseUpstream(text)).toEqual(parts);
  });

  it.each([
    'app', ':80', 'app:0', 'app:65536', 'app:x', '::1:80', '[::1]', '[::g]:80', '300.1.1.1:80', 'unix/run/app.sock',
    'unix//a|0222', 'unix//a{b}', 'ftp://a:1', 'a b:80', '{env.X}:80', 'app:80-90',
  ])('refuses %s', (input) => expect(accepts(upstreamAddress, input)).toBe(false)); // prettier-ignore
});

it('reads durations', () => {
  expect(['500ms', '15s', '1m30s', '1h', '1h1ms'].map(durationMs)).toEqual([500, 15_000, 90_000, 3_600_000, 3_600_001]);
  expect(durationText.parse('5m')).toBe('5m');
  expect(['', '0s', '5', '-1s', '1s1m', '1.5s', '9000h', '1d'].filter((text) => accepts(durationText, text))).toEqual(
    [],
  );
});

it('takes CSP and cookies, and refuses what would break a request', () => {
  const good = { 'Content-Security-Policy': "default-src 'self'; img-src *", Cookie: 'a=1; b="{}"', 'X-Tab': 'a\tb' };
  expect(headerMap.parse(good)).toEqual(good);
  const bad = [{ 'X A': '1' }, { '': '1' }, { X: 'a\r\nB: c' }, { X: '\0' }, { Connection: 'close' }, { HOST: 'x' }];
  const more = [{ X: '1', x: '2' }, { 'Content-Length': '1' }, { X: 'a'.repeat(8_193) }, { 'hecate-probe': 'x' }];
  expect([...bad, ...more].filter((headers) => accepts(headerMap, headers))).toEqual([]);
});

it('is idempotent for headers', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (headers) => {
      const once = headerMap.safeParse(headers);
      if (once.success) expect(headerMap.parse(once.data)).toEqual(once.data);
    }),
  );
});

it('takes health paths that every upstream understands', () => {
  expect(['/', '/health?deep=1', '/a%20b'].every((path) => accepts(healthPath, path))).toBe(true);
  const bad = ['', 'health', '//host/x', '/a b', '/%zz', '/{x}', '/a#b', '/\n'];
  expect(bad.filter((path) => accepts(healthPath, path))).toEqual([]);
});
