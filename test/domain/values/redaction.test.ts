import { describe, expect, it } from 'vitest';
import {
  isSecretHeader,
  isSecretValueField,
  redactAddresses,
  redactDifference,
  redactLine,
  redactUrls,
  stripCredentials,
} from '../../../src/domain/values/redaction.js';

describe('a text without what may be a secret in it', () => {
  it.each([
    ['  upstream: https://bob:hunter2@host', '  upstream: https://***@host'],
    ['upstream: [https://hunter2@a, http://b:hunter2@c/@d]', 'upstream: [https://***@a, http://***@d]'],
    ['  upstream: bob:hunter2@host:80', '  upstream: ***@host:80'],
    ['  password: hunter2 # hunter2', '  password: …'],
    ['  db_passwd: "a, hunter2"', '  db_passwd: …'],
    ['  passwrod: hunter2', '  passwrod: …'],
    ['  - clientSecret: hunter2', '  - clientSecret: …'],
    ['  X-Api-Key: hunter2', '  X-Api-Key: …'],
    ['{"kind":"Route","password":"hunter2","x":1}', '{"kind":"Route","password":…'],
    ['{kind: Route, token: hunter2}', '{kind: Route, token: …'],
    ['  - header:request:Authorization=Bearer hunter2', '  - header:request:Authorization=…'],
    ['  middleware: [basic-auth:team, "basic-auth:bob:hunter2"]', '  middleware: [basic-auth:team, "basic-auth:…'],
    ['  - basic-auth:Hunter2', '  - basic-auth:…'],
    ['  - basicauth: bob hunter2', '  - basicauth: …'],
  ])('%s', (text, shown) => {
    expect(redactLine(text)).toBe(shown);
  });

  it.each([
    '  upstream: https://app.example.com:8443',
    '  healthCheck: { path: health, interval: 30s }',
    '  - basic-auth:team # the people',
    'middleware: [request-id, basic-auth:team]',
    'metadata: {name: team}',
    '  password:',
    'kind: Secret',
    '  kind: basic-auth',
    '  flow: a, groups: [b], servers: [{ address: a:1, weight: 2 }], tls: { ciphers: [] }',
    'upstream: app:3000 # ask ops@example.com',
  ])('%s has none', (text) => {
    expect(redactLine(text)).toBe(text);
  });
});

it.each([
  ['https://user:p@ssw0rd@git.example.com/x', 'https://git.example.com/x', 'https://***@git.example.com/x'],
  ['https://example.com/x?private_token=abc#main', 'https://example.com/x#main', 'https://example.com/x?***#main'],
  ["fatal: 'https://a:b@c@h/x?t=1/': no", "fatal: 'https://h/x': no", "fatal: 'https://***@h/x?***': no"],
  ['git@github.com:a/b.git', 'git@github.com:a/b.git', 'git@github.com:a/b.git'],
  ['https://git.example.com/a@b', 'https://git.example.com/a@b', 'https://git.example.com/a@b'],
  ['file:///srv/what?', 'file:///srv/what?', 'file:///srv/what?'],
])('shows %s without what is secret in it', (url, bare, shown) => {
  expect(stripCredentials(url)).toBe(bare);
  expect(redactUrls(url)).toBe(shown);
});

it.each([
  ['one word', 'x'],
  ['many colons', 'a:'],
  ['many schemes', '://'],
])('redacts a line of 300,000 characters with %s without comparing every pair of them', (_, part) => {
  const line = part.repeat(300_000 / part.length);
  // A quadratic pattern takes minutes here, so the test would run into its time limit.
  expect(redactLine(line)).toBe(line);
  expect(redactUrls(line)).toBe(line);
  expect(redactAddresses(`${line} bob:hunter2@host`)).toBe(`${line} ***@host`);
});

it('shows messages without the users of broken addresses', () => {
  expect(redactAddresses('bad address "https://bob:hun/ter2@host"')).toBe('bad address "https://***@host"');
});

it.each([
  ['/routes/0/handle/0/providers/http_basic/accounts/0/password', '$2a$10$x', undefined],
  ['/routes/0/handle/0', { accounts: [{ password: '$2a$10$x' }] }, { handler: 'headers' }],
])('shows the difference at %s without its values', (path, wanted, found) => {
  expect(redactDifference({ path, wanted, found })).toEqual({
    path,
    wanted: '(secret, not shown)',
    found: found === undefined ? undefined : '(secret, not shown)',
  });
});

it('shows other differences as they are', () => {
  const difference = { path: '/routes/0/match', wanted: [1], found: undefined };
  expect(redactDifference(difference)).toBe(difference);
});

it('knows headers and fields whose values are secret', () => {
  expect(['Authorization', 'X-Api-Key', 'x-access-token'].filter(isSecretHeader)).toHaveLength(3);
  expect(['Accept', 'X-Request-Id'].filter(isSecretHeader)).toEqual([]);
  expect(['value', 'passwrod', 'from-file', 'path'].filter(isSecretValueField)).toHaveLength(4);
  expect(['kind'].filter(isSecretValueField)).toEqual([]);
});
