import { describe, expect, it } from 'vitest';
import { routeUrls, urlsOfCreated } from '../../../src/client/run/route-urls.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';

const app = plainRoute('app.example.com', 'localhost:3000');
const here = { http: 'http://127.0.0.1:8080', https: 'https://127.0.0.1:8443' };
const caddy = { ...here, name: 'caddy', admin: 'unix//x', accessLog: null };

describe('the addresses of a route', () => {
  it('have the ports of the proxy, and a command that reaches it whatever DNS says', () => {
    expect(routeUrls(app, here)).toEqual({
      urls: ['https://app.example.com:8443', 'http://app.example.com:8080'],
      curl: 'curl -k --resolve app.example.com:8443:127.0.0.1 https://app.example.com:8443/',
    });
  });

  it('have the public port, and a command that asks the proxy at its own', () => {
    expect(routeUrls(app, here, 443)).toEqual({
      urls: ['https://app.example.com', 'http://app.example.com:8080'],
      curl: 'curl -k --resolve app.example.com:8443:127.0.0.1 https://app.example.com:8443/',
    });
    expect(routeUrls(app, here, 9443).urls[0]).toBe('https://app.example.com:9443');
  });

  it('have no port where it is the usual one', () => {
    const proxy = { http: 'http://proxy.lan:80', https: 'https://proxy.lan:443' };
    expect(routeUrls(app, proxy)).toEqual({
      urls: ['https://app.example.com', 'http://app.example.com'],
      curl: 'curl -k --connect-to app.example.com:443:proxy.lan:443 https://app.example.com/',
    });
  });

  it('are only HTTPS where the route redirects HTTP, and are checked where the authority is public', () => {
    const route = { ...app, tls: { ...app.tls, autoHTTPS: true, forceHTTPS: true } };
    expect(routeUrls(route, here)).toEqual({
      urls: ['https://app.example.com:8443'],
      curl: 'curl --resolve app.example.com:8443:127.0.0.1 https://app.example.com:8443/',
    });
  });

  it('name one host under a wildcard', () => {
    expect(routeUrls({ ...app, domain: '*.example.com' }, here).urls[0]).toBe('https://www.example.com:8443');
  });

  it('are those of the one route that was created', () => {
    const created = changeOf('Route', app.domain, null, app);
    expect(urlsOfCreated([created], caddy)?.urls).toHaveLength(2);
    expect(urlsOfCreated([changeOf('Route', app.domain, app, app)], caddy)).toBeNull();
    expect(urlsOfCreated([created, changeOf('Route', 'b.example.com', null, app)], caddy)).toBeNull();
    expect(urlsOfCreated([created], undefined)).toBeNull();
  });
});
