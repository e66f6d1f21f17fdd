import { describe, expect, it } from 'vitest';
import { claimedAddresses, withoutClaims } from '../../../src/adapters/caddy/claimed-addresses.js';

const settings = { httpPort: 8080, httpsPort: 8443 };
const config = (servers: Readonly<Record<string, unknown>>) => ({
  admin: { listen: 'unix//home/admin.sock' },
  apps: { http: { http_port: 8080, servers }, events: {} },
});
const claimsIn = (listen: unknown) => claimedAddresses(config({ x: { listen } }), 'unix//home/admin.sock', settings);

describe('servers of others on an address of Hecate’s server', () => {
  it.each([':8080', ':8443', 'tcp/:8080', ':8000-9000'])('claim it by %s', (address) => {
    expect(claimsIn([address])).toMatchObject([{ server: 'x', address }]);
  });

  it.each([':9000', '127.0.0.1:8080', ':80', 'unix//run/x.sock', ':8000-8079', 'udp/:8443'])(
    'do not by %s',
    (address) => expect(claimsIn([address])).toEqual([]),
  );

  it('are not Hecate’s own, nor servers without addresses', () => {
    const found = config({ hecate: { listen: [':8080'] }, none: {} });
    expect(claimedAddresses(found, 'unix//home/admin.sock', settings)).toEqual([]);
    expect(claimedAddresses(null, 'unix//home/admin.sock', settings)).toEqual([]);
  });

  it.each([
    ['unix//home/admin.sock', '--unix-socket /home/admin.sock http://localhost'],
    ['127.0.0.1:2019', 'http://127.0.0.1:2019'],
    ['http://caddy:2019', 'http://caddy:2019'],
  ])('come with the command that removes them, at %s', (admin, where) => {
    const [claim] = claimedAddresses(config({ x: { listen: [':8080'] } }), admin, settings);
    expect(claim?.removal).toBe(`curl -X DELETE ${where}/config/apps/http/servers/x`);
  });

  it('lose that address only, or go when they have no other', () => {
    const other = { listen: [':9000'], routes: [] };
    const both = config({ x: { listen: [':8080'] }, y: { listen: [':8443', ':9443'], routes: [] }, other });
    const claims = claimedAddresses(both, 'unix//home/admin.sock', settings);
    expect(withoutClaims(both, claims)).toEqual(config({ y: { listen: [':9443'], routes: [] }, other }));
  });
});
