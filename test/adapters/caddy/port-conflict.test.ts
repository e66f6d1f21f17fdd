import { expect, it } from 'vitest';
import { portConflict } from '../../../src/adapters/caddy/port-conflict.js';

const settings = { httpPort: 8080, httpsPort: 8443 };
const server = (...listen: string[]) => ({ listen });

it.each([
  ['a Caddy without a configuration', null],
  ['our server only', { apps: { http: { servers: { hecate: server(':80') } } } }],
  ['others with our ports', { apps: { http: { http_port: 8080, https_port: 8443, servers: { a: server(':8443') } } } }],
  ['others on addresses of their own', { apps: { http: { servers: { a: server('127.0.0.1:9000') } } } }],
])('%s can be written', (_what, config) => expect(portConflict(config, settings)).toBeNull());

it.each([
  ['on HTTPS', { apps: { http: { servers: { a: server(':443') } } } }],
  ['on plain HTTP', { apps: { http: { servers: { a: server('10.0.0.1:80') } } } }],
  [
    'with a port for plain HTTP that is not ours',
    { apps: { http: { http_port: 81, servers: { a: server(':9000') } } } },
  ],
])('others %s keep their redirects, and ours its plain HTTP', (_what, config) => {
  expect(portConflict(config, settings)).toContain('Hecate is set to 8080 and 8443');
});
