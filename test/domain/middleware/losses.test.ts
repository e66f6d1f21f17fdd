import { describe, expect, it } from 'vitest';
import { middlewareLosses } from '../../../src/domain/middleware/losses.js';
import { middlewareKinds } from '../../../src/domain/middleware/list.js';

describe('what a change of middleware takes away', () => {
  it.each([
    [['basic-auth:team'], [], 'access', 'basic-auth:team is taken away, so nobody is asked for its password'],
    [['ip-allow:10.0.0.0/8'], [], 'access', 'ip-allow:10.0.0.0/8 is taken away, so every address gets in'],
    [['ip-allow:10.0.0.0/8'], ['ip-allow:0.0.0.0/0'], 'access', 'ip-allow now lets in 0.0.0.0/0'],
    [['ip-allow:10.0.0.0/8'], ['ip-allow:10.0.0.0/8,::/0'], 'access', 'ip-allow now lets in ::/0'],
    [['ip-deny:10.0.0.1'], [], 'access', 'ip-deny:10.0.0.1 is taken away, so these addresses get in'],
    [
      ['ip-deny:10.0.0.0/8,192.168.0.1'],
      ['ip-deny:10.0.0.0/9'],
      'access',
      'ip-deny now lets in 10.0.0.0/8, 192.168.0.1',
    ],
    [
      ['rate-limit:100/minute'],
      ['compression'],
      'protection',
      'rate-limit:100/minute is taken away, so nothing limits requests',
    ],
    [
      ['rate-limit:9/minute', 'rate-limit:9/minute:header=X-A'],
      ['rate-limit:9/minute'],
      'protection',
      'rate-limit:9/minute:header=X-A is taken away, so nothing limits requests',
    ],
    [
      ['rate-limit:100/minute'],
      ['rate-limit:200/minute'],
      'looser',
      'rate-limit:200/minute allows more requests than rate-limit:100/minute',
    ],
    [
      ['rate-limit:5/second', 'rate-limit:100/minute'],
      ['rate-limit:100/minute'],
      'looser',
      'rate-limit:100/minute allows more requests than rate-limit:5/second',
    ],
    [
      ['rate-limit:100/minute'],
      ['rate-limit:2/second'],
      'looser',
      'rate-limit:2/second allows more requests than rate-limit:100/minute',
    ],
    [['max-body:1MB'], [], 'looser', 'max-body:1MB is taken away, so bodies of any size pass'],
    [
      ['header:Strict-Transport-Security=max-age=1'],
      [],
      'looser',
      'header:Strict-Transport-Security=max-age=1 is taken away',
    ],
    [
      ['header:X-Frame-Options=DENY'],
      ['header:-X-Frame-Options'],
      'looser',
      'header:X-Frame-Options=DENY is taken away',
    ],
  ])('from %j to %j is %s: %s', (before, after, kind, text) =>
    expect(middlewareLosses(before, after)).toEqual([{ kind, text }]),
  );

  it.each([
    [[], ['basic-auth:team', 'rate-limit:1/second']],
    [['basic-auth:team'], ['ip-allow:10.0.0.1', 'basic-auth:staff']],
    [['ip-allow:10.0.0.0/8'], ['ip-allow:10.0.0.0/9,10.128.0.0/9']],
    [['ip-allow:10.0.0.0/8'], ['ip-allow:10.1.0.0/16']],
    [['ip-deny:10.1.0.0/16'], ['ip-deny:10.0.0.0/8']],
    [['rate-limit:100/minute'], ['rate-limit:1/second']],
    [['rate-limit:100/minute'], ['rate-limit:100/hour', 'rate-limit:900/second']],
    [['header:X-Frame-Options=DENY'], ['header:beside:x-frame-options=SAMEORIGIN']],
    [
      ['maintenance', 'redirect:302:/a', 'request-id', 'cors:*', 'strip-prefix:/a', 'add-prefix:/a', 'rewrite:/a:/b'],
      [],
    ],
    [['header:X-A=1', 'header:request:X-Frame-Options=a', 'tell:X-A=host', 'compression'], []],
  ])('from %j to %j is nothing', (before, after) => expect(middlewareLosses(before, after)).toEqual([]));

  it('is known for every kind', () => {
    const protecting = middlewareKinds.filter(({ losses }) => losses !== null).map(({ name }) => name);
    expect(protecting).toEqual(['ip-allow', 'ip-deny', 'rate-limit', 'max-body', 'basic-auth', 'header']);
  });
});
