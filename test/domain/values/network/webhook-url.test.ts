import { describe, expect, it } from 'vitest';
import { isLinkLocal, webhookUrl } from '../../../../src/domain/values/network/webhook-url.js';

const problemOf = (text: string) => webhookUrl.safeParse(text).error?.issues[0]?.message ?? null;

describe('the URL of a webhook', () => {
  it.each([
    'https://billing.example.com/hooks/hecate',
    'https://billing.example.com:8443',
    'http://127.0.0.1:9000/hook',
    'http://[::1]:9000/hook',
    'http://10.1.2.3/hook',
    'http://billing:8080/',
    'http://billing.internal/',
    'https://192.0.2.1/',
  ])('may be %s', (url) => expect(problemOf(url)).toBeNull());

  it.each([
    ['billing.example.com', /give a URL/],
    ['ftp://billing.example.com/', /give a URL/],
    ['https://', /give a URL/],
    ['https://billing.example.com/a b', /give a URL/],
    ['https://anna:pa@billing.example.com/', /user or password/],
    ['https://token@billing.example.com/', /user or password/],
    ['https://billing.example.com/?token=1', /query/],
    ['https://billing.example.com/?', /query/],
    ['https://billing.example.com/#a', /query/],
    ['http://billing.example.com/', /plain HTTP/],
    ['http://192.0.2.1/', /plain HTTP/],
    ['http://[2001:db8::1]/', /plain HTTP/],
    ['http://169.254.169.254/latest', /link-local/],
    ['http://0xa9fea9fe/latest', /link-local/],
    ['http://[::ffff:169.254.169.254]/', /link-local/],
    ['https://[fe80::1]/', /link-local/],
    ['http://[fd00:ec2::254]/', /link-local/],
    ['http://100.100.100.200/', /link-local/],
    ['http://168.63.129.16/machine', /link-local/],
    ['https://[2002:a9fe:a9fe::]/', /link-local/],
    ['https://[2001:0:5db8:d822::5601:5601]/', /link-local/],
    ['https://[2606:4700::5efe:169.254.169.254]/', /link-local/],
    ['https://[::169.254.169.254]/', /link-local/],
    [`https://billing.example.com/${'a'.repeat(2_048)}`, /longer than 2048/],
  ])('is not %s', (url, problem) => expect(problemOf(url)).toMatch(problem));
});

describe('a link-local address', () => {
  it('is known in each of its forms', () => {
    expect(['169.254.0.1', 'fe80::1%eth0', 'febf::1', '::ffff:a9fe:a9fe'].filter((one) => !isLinkLocal(one))).toEqual(
      [],
    );
    expect(['10.0.0.1', 'fec0::1', 'fd00::1', 'localhost', ''].filter(isLinkLocal)).toEqual([]);
  });
});
