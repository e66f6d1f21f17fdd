import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/stack/web-ui/request-rules.js';

const HOST = '127.0.0.1:8233';
const ask = (headers: Record<string, string>, method = 'GET') =>
  refusalOf({ method, headers: { host: HOST, ...headers } });

describe('the door to the Web UI', () => {
  it.each(['localhost', 'localhost:8233', '127.0.0.1', HOST, '[::1]:9000', 'LOCALHOST:8233'])('answers %s', (host) => {
    expect(refusalOf({ method: 'GET', headers: { host } })).toBeNull();
    expect(refusalOf({ method: 'POST', headers: { host, origin: `http://${host}` } })).toBeNull();
  });

  it.each([
    ...[
      '',
      'evil.example',
      'evil.example:8233',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'localhost:8233.x',
    ],
    ...['0.0.0.0:8233', '192.168.1.5:8233', '127.0.0.2', 'localhost@evil.example', 'localhost:', ' localhost', '[::2]'],
  ])('refuses the host %j, which a page of another site has', (host) => {
    expect(refusalOf({ method: 'GET', headers: { host } })).toContain('localhost');
    expect(refusalOf({ method: 'GET', headers: { host, 'sec-fetch-mode': 'navigate' } })).not.toBeNull();
  });

  it('refuses a request without a host', () => {
    expect(refusalOf({ method: 'GET', headers: {} })).not.toBeNull();
  });

  it.each(['null', 'http://evil.example', 'http://localhost:8233', 'http://127.0.0.1:3000', 'https://127.0.0.1:8233'])(
    'refuses what a page of %s sends',
    (origin) => {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'GET']) expect(ask({ origin }, method)).not.toBeNull();
    },
  );

  it.each(['cross-site', 'same-site', 'anything'])('refuses what a browser calls %s', (site) => {
    for (const mode of ['cors', 'no-cors', 'websocket'])
      expect(ask({ 'sec-fetch-site': site, 'sec-fetch-mode': mode })).not.toBeNull();
    const form = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(ask(form, 'POST')).not.toBeNull();
    expect(ask({ ...form, 'sec-fetch-dest': 'iframe' })).not.toBeNull();
  });

  it('follows links from other sites, and lets programs and its own pages pass', () => {
    expect(
      ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }),
    ).toBeNull();
    expect(ask({}, 'POST')).toBeNull();
    expect(
      ask({ origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 'POST'),
    ).toBeNull();
  });
});
