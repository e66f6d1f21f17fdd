import { describe, expect, it } from 'vitest';
import { redacted } from '../../../src/domain/values/redaction.js';

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
    expect(redacted(text)).toBe(shown);
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
    expect(redacted(text)).toBe(text);
  });
});
