import { describe, expect, it } from 'vitest';
import { upstreamAddress } from '../../../../src/domain/values/network/upstream-address.js';

describe('an upstream address', () => {
  it.each([
    '{env.BACKEND}:80',
    '{http.request.header.X-To}:80',
    'app.example.com:{env.PORT}',
    'unix//run/{env.SOCKET}',
    'unix/{env.SOCKET}',
    'unix/@abstract',
    'unix/relative.sock',
    'app.example.com:80-90',
    'tcp/127.0.0.1:2019',
    'udp/127.0.0.1:53',
    'h2c://127.0.0.1:80',
    ':8080',
    '127.1:2019',
    '2130706433:2019',
    '0x7f.1:2019',
    '017700000001:2019',
    '127.0.0.1.:2019',
    'localhost.:2019',
    '[::1%lo]:2019',
  ])('is not %s, which Caddy or another resolver would expand', (text) => {
    expect(upstreamAddress.safeParse(text).success).toBe(false);
  });

  it('is written in one form, however an IPv6 address is spelled', () => {
    expect(upstreamAddress.parse('[0:0:0:0:0:FFFF:127.0.0.1]:80')).toBe('[::ffff:7f00:1]:80');
  });
});
