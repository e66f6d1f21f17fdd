import { describe, expect, it } from 'vitest';
import { isIn, isReserved } from '../../../src/domain/dns/addresses.js';
import { nameFindings, type Connecting, type Expected } from '../../../src/domain/dns/findings.js';
import type { Answer, CaaRecord, NameRecords, NameView } from '../../../src/domain/dns/records.js';

const OWN = '93.184.216.34';
const letsEncrypt = {
  issuer: 'letsencrypt.org',
  account: null,
  methods: ['http-01', 'tls-alpn-01'],
  isWildcard: false,
};
const expected: Expected = { addresses: [OWN], isPrivate: false, issuance: letsEncrypt };
const empty = { kind: 'empty' } as const;
const unknown = { kind: 'unknown' } as const;
const servfail = { kind: 'failed', detail: 'it answers SERVFAIL' } as const;

function answer(...records: string[]): Answer<string> {
  return records.length === 0 ? empty : { kind: 'records', records };
}
function view(a: Answer<string>, aaaa: Answer<string> = empty, more: Partial<NameView> = {}): NameView {
  return { server: '192.0.2.53', isAuthoritative: false, a, aaaa, cname: empty, ...more };
}
function records(views: readonly NameView[], caa: readonly string[] = []): NameRecords {
  const parsed = caa.map((text): CaaRecord => {
    const [, flags, tag = '', value = ''] = /^(\d+) (\S+) (.*)$/.exec(text) ?? [];
    return { isCritical: flags === '128', tag, value };
  });
  const at = 'example.com';
  return { asked: 'app.example.com', views, caa: caa.length === 0 ? null : { at, records: parsed }, caaProblem: null };
}
function names(of: NameRecords, with_: Partial<Expected> = {}, connecting?: Connecting): string[] {
  return nameFindings(of, { ...expected, ...with_ }, connecting).map(({ name, severity }) => `${severity} ${name}`);
}
const good = view(answer(OWN));

describe('the findings about a name', () => {
  it.each<[string, readonly NameView[], readonly string[], Partial<Expected>?]>([
    ['nothing is wrong', [good], []],
    ['it does not exist', [view(unknown, unknown)], ['error NXDOMAIN']],
    ['it has no addresses', [view(empty)], ['error NoRecords']],
    ['no name server answers', [view(servfail, servfail)], ['error DNSLookupFailed']],
    ['it leads elsewhere', [view(answer('8.8.8.8'))], ['error WrongAddress']],
    ['only IPv6 leads elsewhere', [view(answer(OWN), answer('2600::1'))], ['error MultipleIPAddressDiscrepancy']],
    ['it is behind Cloudflare', [view(answer('104.16.1.1'))], ['warning CloudflareCDN']],
    ['its address is reserved', [view(answer('10.0.0.1'))], ['error ReservedAddress'], { addresses: null }],
    ['one address is reserved', [view(answer('10.0.0.1', OWN))], ['warning ReservedAddress'], { addresses: null }],
    [
      'the proxy has that reserved address',
      [view(answer('10.0.0.1'))],
      ['info ReservedAddress'],
      { addresses: ['10.0.0.1'] },
    ],
    [
      'the proxy has another reserved address',
      [view(answer('10.0.0.2'))],
      ['error ReservedAddress', 'error WrongAddress'],
      { addresses: ['10.0.0.1'] },
    ],
    [
      'one of two reserved addresses is the proxy',
      [view(answer('10.0.0.1', '10.0.0.2'))],
      ['error MultipleIPAddressDiscrepancy', 'warning ReservedAddress', 'info ReservedAddress'],
      { addresses: ['10.0.0.0/31'] },
    ],
    ['it is private, and may be', [view(answer('10.0.0.1'))], [], { addresses: null, isPrivate: true }],
    ['the addresses of the proxy are not known', [view(answer('8.8.8.8'))], [], { addresses: null }],
    ['servers disagree', [good, view(answer(OWN, '9.9.9.9'))], ['warning InconsistentResolvers'], { addresses: null }],
    [
      'its signatures are wrong',
      [view(servfail, servfail), view(answer(OWN), empty, { isAuthoritative: true })],
      ['error DNSSECFailure'],
    ],
  ])('when %s', (_when, views, found, with_ = {}) => {
    expect(names(records(views), with_)).toEqual(found);
  });

  it('name the circle of aliases, whatever the server answers', () => {
    const circle = ['a.example.com', 'b.example.com', 'a.example.com'];
    const [none, failed] = [view(empty, empty, { circle }), view(servfail, servfail, { circle })];
    for (const one of [none, failed]) {
      const [finding] = nameFindings(records([one]), expected);
      expect(finding?.detail).toContain('; its aliases go in a circle: a.example.com → b.example.com → a.example.com');
    }
  });

  it('do not say that no server answered when one answers with an error', () => {
    const [finding] = nameFindings(records([view(servfail, servfail)]), expected);
    expect(finding?.explanation).not.toContain('answered');
  });

  it.each<[readonly string[], readonly string[], Partial<typeof letsEncrypt> & { account?: string }]>([
    [['0 issue letsencrypt.org'], [], {}],
    [['0 issue ;'], ['error CAAIssuanceNotAllowed'], {}],
    [['0 issue digicert.com'], ['error CAAIssuanceNotAllowed'], {}],
    [['0 issue digicert.com', '0 issue letsencrypt.org'], [], {}],
    [['0 iodef mailto:a@example.com'], [], {}],
    [['128 tbs unknown'], ['error CAACriticalUnknown'], {}],
    [['0 tbs unknown'], [], {}],
    [['0 issue letsencrypt.org; validationmethods=dns-01'], ['error CAAIssuanceNotAllowed'], {}],
    [['0 issue letsencrypt.org; validationmethods=dns-01,http-01'], [], {}],
    [['0 issue letsencrypt.org; accounturi=https://a/1'], ['warning CAAAccountUnknown'], {}],
    [['0 issue letsencrypt.org; accounturi=https://a/1'], [], { account: 'https://a/1' } as never],
    [
      ['0 issue letsencrypt.org; accounturi=https://a/1'],
      ['error CAAIssuanceNotAllowed'],
      { account: 'https://a/2' } as never,
    ],
    [['0 issue letsencrypt.org', '0 issuewild ;'], [], {}],
    [['0 issue letsencrypt.org', '0 issuewild ;'], ['error CAAIssuanceNotAllowed'], { isWildcard: true }],
    [['0 issue digicert.com'], ['error CAAIssuanceNotAllowed'], { isWildcard: true }],
  ])('CAA %j: %j', (caa, found, more) => {
    expect(names(records([good], caa), { issuance: { ...letsEncrypt, ...more } })).toEqual(found);
    expect(names(records([good], caa), { issuance: null })).toEqual([]);
  });

  it('when this machine cannot connect', () => {
    const of = records([view(answer(OWN), answer('2600::1'))]);
    const failing = new Map([
      [OWN, 'refused'],
      ['2600::1', 'no route'],
    ]);
    expect(names(of, { addresses: null }, failing)).toEqual(['warning ANotWorking', 'warning AAAANotWorking']);
    expect(names(of, { addresses: null }, new Map([[OWN, null]]))).toEqual([]);
  });
});

it('knows reserved addresses and ranges', () => {
  expect(
    ['10.1.2.3', '127.0.0.1', '::1', 'fe80::1', '100.64.0.1', '::ffff:10.0.0.1'].filter((one) => !isReserved(one)),
  ).toEqual([]);
  expect(['8.8.8.8', '2600::1', '172.32.0.1'].filter(isReserved)).toEqual([]);
  expect(isIn('2600::5', ['2600::/64', '8.8.8.8'])).toBe(true);
});
