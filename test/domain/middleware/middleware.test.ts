import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { middlewareList, middlewareNames } from '../../../src/domain/middleware/list.js';

const problemsOf = (...texts: string[]) =>
  middlewareList.safeParse(texts).error?.issues.map(({ message }) => message) ?? [];

describe('a middleware', () => {
  it.each([
    ['rate-limit:100/minute', 'rate-limit:100/minute'],
    ['rate-limit:100/min', 'rate-limit:100/minute'],
    [' Rate-Limit: 100 / M:IP ', 'rate-limit:100/minute'],
    ['rate-limit:010/sec', 'rate-limit:10/second'],
    ['rate-limit:10/s', 'rate-limit:10/second'],
    ['rate-limit:10000/h:header=X-Api-Key', 'rate-limit:10000/hour:header=X-Api-Key'],
    ['transform:strip-prefix:/api', 'strip-prefix:/api'],
    ['strip-prefix:/api/', 'strip-prefix:/api'],
    ['transform:add-prefix:/v1', 'add-prefix:/v1'],
    ['rewrite:/from:/to/there', 'rewrite:/from:/to/there'],
    ['rewrite:/a:b/c:/d', 'rewrite:/a:b/c:/d'],
    ['header:X-Frame-Options = DENY ', 'header:X-Frame-Options=DENY'],
    ['header:X-A=', 'header:X-A='],
    ['header:X-A=b=c: d', 'header:X-A=b=c: d'],
    ['header:request:X-A=1', 'header:request:X-A=1'],
    ['header:-Server', 'header:-Server'],
    ['header:Beside: X-A = 1', 'header:beside:X-A=1'],
    ['header:request:-Cookie', 'header:request:-Cookie'],
    ['compression', 'compression'],
    ['compression:GZIP', 'compression:gzip'],
    ['compression:gzip , ZSTD', 'compression:gzip,zstd'],
    ['compression:zstd,gzip', 'compression'],
    ['request-id', 'request-id'],
    ['tell: X-Real-IP = Client-IP', 'tell:X-Real-IP=client-ip'],
    ['tell:Host=upstream', 'tell:Host=upstream'],
    ['basic-auth:staff-door', 'basic-auth:staff-door'],
    ['ip-allow:10.1.2.3/8, 192.168.1.1,10.9.9.9/8', 'ip-allow:10.0.0.0/8,192.168.1.1'],
    ['ip-deny:2001:DB8:0::/32,::1', 'ip-deny:2001:db8::/32,::1'],
    ['max-body:10mb', 'max-body:10MB'],
    ['max-body:1 kib', 'max-body:1KiB'],
    ['redirect:https://New.example.com', 'redirect:302:https://new.example.com'],
    ['redirect:https://new.example.com/', 'redirect:302:https://new.example.com/'],
    ['redirect:308:HTTPS://New.example.com/a b', 'redirect:308:https://new.example.com/a%20b'],
    ['redirect:301:/new', 'redirect:301:/new'],
    ['redirect:308:same:https://New.example.com/', 'redirect:308:same:https://new.example.com'],
    ['cors:https://A.example:443,http://b.example:8080', 'cors:https://a.example,http://b.example:8080'],
    ['cors:credentials:https://a.example', 'cors:credentials:https://a.example'],
    ['cors:*', 'cors:*'],
    ['maintenance', 'maintenance'],
    ['maintenance: back at 10:00 {soon} ', 'maintenance:back at 10:00 {soon}'],
  ])('reads %j as %j', (text, canonical) => expect(middlewareList.parse([text])).toEqual([canonical]));

  it.each([
    ['rate-limit', 'write rate-limit:100/minute'],
    ['rate-limit:0/minute', 'a number of requests per second'],
    ['rate-limit:10001/minute', 'at most 10000'],
    ['rate-limit:5/constructor', 'a number of requests per second'],
    ['rate-limit:5/day', 'per second, minute or hour'],
    ['rate-limit:5/minute:cookie', 'not by cookie'],
    ['rate-limit:5/minute:header=X A', 'is not valid'],
    ['rate-limit:5/minute:header={env.HOME}', 'is not valid'],
    ['strip-prefix', 'write strip-prefix:/api'],
    ['strip-prefix:api', 'a path is like /api'],
    ['strip-prefix:/', 'a path is like /api'],
    ['strip-prefix://a', 'a path is like /api'],
    ['strip-prefix:/a/../b', 'a path is like /api'],
    ['strip-prefix:/a*', 'a path is like /api'],
    ['strip-prefix:/{env.HOME}', 'a path is like /api'],
    ['add-prefix:/a?b', 'a path is like /api'],
    ['add-prefix:/a%2e', 'a path is like /api'],
    ['rewrite:/a', 'write rewrite:/from:/to'],
    ['rewrite:/a:/b:/c', 'write rewrite:/from:/to'],
    ['header:X-A', 'set with =value or removed with -'],
    ['header:-X-A=1', 'set with =value or removed with -'],
    ['header:X-A=b\r\nSet-Cookie: c', 'no line breaks'],
    ['header:X A=1', 'is not valid'],
    ['header:-*', 'name one header'],
    ['header:beside:-X-A', 'beside adds a header'],
    ['header:request:Host=a', 'cannot be set'],
    ['header:Content-Length=1', 'the proxy frames the body itself'],
    ['header:request:X-Forwarded-For=10.0.0.1', 'set it with --headers'],
    ['compression:br', 'encodings are zstd and gzip'],
    ['compression:gzip,gzip', 'listed twice'],
    ['compression:gzip,', 'encodings are zstd and gzip'],
    ['request-id:x', 'it takes no argument'],
    ['tell:X-A=cookie', 'one of client-ip, client, host, scheme, upstream'],
    ['tell:X-A={env.HOME}', 'one of client-ip'],
    ['tell:Host=client', 'is host or upstream'],
    ['tell:Connection=client', 'cannot be set'],
    ['tell', 'is not valid'],
    ['basic-auth', 'write basic-auth:SECRET'],
    ['basic-auth:../x', 'a secret name is'],
    ['ip-allow:', 'write ip-allow:'],
    ['ip-allow:10.0.0.0/8,', '"" is not an IP address'],
    ['ip-deny:10.0.0.256', '"10.0.0.256" is not an IP address'],
    ['ip-deny:example.com', 'is not an IP address'],
    ['max-body:0MB', 'a number with a unit'],
    ['max-body:10', 'a number with a unit'],
    ['max-body:2000GiB', 'at most 1024GiB'],
    ['redirect:303:https://a.example', 'with 301, 302 (the default), 307 or 308'],
    ['redirect:javascript:alert(1)', 'an http or https URL'],
    ['redirect:same:https://a.example/b', 'takes an address without a path'],
    ['redirect:same:/b', 'an http or https URL'],
    ['redirect://evil.example', 'an http or https URL'],
    ['redirect:https://u:p@a.example', 'cannot contain a user or password'],
    ['cors:https://a.example/path', 'is not an origin'],
    ['cors:https://*.example.com', 'is not an origin'],
    ['cors:{env.HOME}', 'is not an origin'],
    ['cors:credentials:*', 'is not an origin'],
    ['cors:*,https://a.example', 'is not an origin'],
    ['maintenance:a\r\nb', 'one line'],
    ['compresion', 'did you mean compression?'],
    ['transform:strip-prefx:/a', 'did you mean strip-prefix?'],
    ['transform:compression', 'use one of strip-prefix, add-prefix, rewrite'],
    ['gzip', `use one of ${middlewareNames.join(', ')}`],
    ['', 'unknown middleware ""'],
  ])('refuses %j, saying %j', (text, words) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(words)]);
  });

  it('is the same when it is read again, whatever it was', () => {
    const name = fc.constantFrom(...middlewareNames, 'transform:strip-prefix', 'header:request');
    const piece = fc.constantFrom(
      '/',
      ':',
      ',',
      '=',
      '-',
      '*',
      '{x}',
      '\\{',
      ' ',
      '10',
      '/8',
      '/min',
      'MB',
      'a',
      'X-A',
    );
    const parts = fc.array(fc.oneof(piece, fc.ipV4(), fc.ipV6(), fc.webUrl(), fc.webPath(), fc.string()), {
      maxLength: 5,
    });
    const texts = fc.tuple(name, parts).map(([kind, rest]) => `${kind}:${rest.join('')}`);
    const reads = (text: string) => middlewareList.safeParse([text]).data;
    fc.assert(
      fc.property(texts, (text) => {
        const once = reads(text);
        if (once) expect(middlewareList.parse(once)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an order of middleware', () => {
  it.each([
    [['ip-allow:10.0.0.0/8', 'rate-limit:5/s', 'cors:*', 'basic-auth:staff', 'strip-prefix:/a', 'add-prefix:/b']],
    [['rate-limit:5/s', 'rate-limit:100/m', 'rate-limit:5/s:header=X-A']],
    [['header:X-A=1', 'header:X-B=1', 'header:request:X-A=1', 'header:-X-C', 'header:beside:X-A=2']],
    [['ip-deny:10.0.0.1', 'maintenance']],
    [['redirect:/new', 'compression']],
  ])('takes %j', (texts) => expect(problemsOf(...texts)).toEqual([]));

  it.each([
    [['maintenance', 'compression'], 'compression is never reached after maintenance'],
    [['redirect:https://a.example', 'request-id'], 'request-id is never reached after redirect'],
    [['compression', 'compression'], 'compression is given twice'],
    [['compression:gzip', 'compression:zstd'], 'compression:gzip and compression:zstd contradict each other'],
    [['ip-allow:10.0.0.1', 'ip-allow:10.0.0.2'], 'contradict each other'],
    [['rate-limit:5/s', 'rate-limit:6/second:ip'], 'rate-limit:5/second and rate-limit:6/second contradict each other'],
    [['header:X-A=1', 'header:-x-a'], 'contradict each other'],
    [['strip-prefix:/a', 'ip-deny:10.0.0.1'], 'put ip-deny first'],
    [['compression', 'rate-limit:5/s'], 'rate-limit:5/second runs before sign-in'],
    [['basic-auth:staff', 'cors:*'], 'browsers send preflight requests without a password'],
  ])('refuses %j', (texts, words) => expect(problemsOf(...texts)).toEqual([expect.stringContaining(words)]));
});
