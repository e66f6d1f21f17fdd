import { z } from 'zod';
import { find } from '../../../domain/log/state.js';
import { addressesOf, nameFindings, type Connecting } from '../../../domain/dns/findings.js';
import { isReserved } from '../../../domain/dns/addresses.js';
import type { Finding } from '../../../domain/dns/finding.js';
import { PUBLIC_ADDRESSES, publicAddresses } from '../../../domain/dns/public-addresses.js';
import { recordsIn, type Answer, type NameRecords } from '../../../domain/dns/records.js';
import { bringsCertificate } from '../../../domain/resources/tls.js';
import { exitCodes } from '../../../domain/refusal.js';
import { concreteHost, domainName, isWildcard } from '../../../domain/values/network/domain-name.js';
import { isPrivateName } from '../../../domain/values/network/network-name.js';
import { canonicalRange } from '../../../domain/values/network/ip-range.js';
import { Failure } from '../../../ports/failure.js';
import { dnsExitCodes } from '../../print/exit-codes.js';
import { oneLine } from '../../print/visible.js';
import { findingLines, findingShape } from '../../print/findings.js';
import { defineRead } from '../read.js';

/** Port that visitors use. */
const HTTPS_PORT = 443;

const serverText = z
  .string()
  .refine(isNameServer, 'a name server is an IP address, such as 1.1.1.1, 127.0.0.1:5353 or [2001:db8::53]:53');
const addressText = z
  .string()
  .refine((text) => canonicalRange(text) !== null, 'an address is an IP address or a range, such as 198.51.100.7');

/** Checks the names of a domain, as this machine sees them. */
export const readValidateDns = defineRead({
  path: ['read', 'validate', 'dns'],
  summary:
    'Check the DNS of a domain from this machine: addresses, aliases, CAA, several resolvers and its own name servers',
  examples: [
    'read validate dns --domain app.example.com',
    'read validate dns --domain app.example.com --resolver 1.1.1.1 --resolver 8.8.8.8 --address 198.51.100.7',
  ],
  exitCodes: dnsExitCodes,
  input: z.strictObject({
    domain: domainName.describe('domain to look up').meta({ placeholder: 'domain', names: 'Route' }),
    resolver: z
      .array(serverText)
      .default([])
      .describe('name server to ask, as IP or IP:port; several are compared (default: the resolver of this machine)')
      .meta({ placeholder: 'server', items: true }),
    address: z
      .array(addressText)
      .default([])
      .describe(`public address of the proxy (default: ${PUBLIC_ADDRESSES})`)
      .meta({ placeholder: 'ip', items: true }),
    issuer: z
      .string()
      .default('letsencrypt.org')
      .describe('name of the authority in CAA records')
      .meta({ placeholder: 'name' }),
    account: z
      .url()
      .optional()
      .describe('URL of the account at the authority, for CAA records that allow one account only')
      .meta({ placeholder: 'url' }),
  }),
  shape: () =>
    z.strictObject({
      domain: z.string(),
      passed: z.boolean(),
      addresses: z.array(z.string()).nullable(),
      servers: z.array(
        z.strictObject({
          server: z.string(),
          isAuthoritative: z.boolean(),
          a: z.array(z.string()),
          aaaa: z.array(z.string()),
          cname: z.array(z.string()),
          problem: z.string().nullable(),
        }),
      ),
      caa: z.array(z.string()),
      findings: z.array(findingShape),
    }),
  async answer({ domain, resolver, address, issuer, account = null }, { look, names, settings }) {
    const expected = address.length > 0 ? address : fromSettings(settings(PUBLIC_ADDRESSES));
    const route = await look().then(
      ({ state }) => find(state, 'Route', domain)?.value ?? null,
      // Without a log the name can be looked up all the same.
      () => null,
    );
    const isPrivate = isPrivateName(domain);
    const isIssued = !isPrivate && (route === null || (route.tls.autoHTTPS && !bringsCertificate(route.tls)));
    const records = await names.records(concreteHost(domain), resolver);
    const issuance = { issuer, account, methods: ['http-01', 'tls-alpn-01'], isWildcard: isWildcard(domain) };
    const findings = [
      ...nameFindings(
        records,
        { addresses: expected, isPrivate, issuance: isIssued ? issuance : null },
        await connecting(records, names.connectionProblem),
      ),
      ...(isWildcard(domain) && isIssued ? [wildcard(domain)] : []),
      ...(expected === null ? [notCompared(records)] : []),
    ];
    const passed = findings.every(({ severity }) => severity !== 'error');
    return {
      data: { domain, passed, addresses: expected, servers: serversOf(records), caa: caaTexts(records), findings },
      text: () => [...serverLines(records), ...findingLines(findings)].join('\n'),
      exitCode: passed ? 0 : exitCodes.unavailable.code,
    };
  },
});

function isNameServer(text: string): boolean {
  const [, v6, v4, port = '53'] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4 ?? text;
  return canonicalRange(address) !== null && !address.includes('/') && Number(port) > 0 && Number(port) < 65_536;
}

function fromSettings(text: string): readonly string[] | null {
  const found = publicAddresses(text);
  if (found === null || !('wrong' in found)) return found;
  throw new Failure('invalid', `${PUBLIC_ADDRESSES} has ${JSON.stringify(found.wrong)}, which is no IP address`, {
    hint: 'Set it to addresses such as 198.51.100.7,2001:db8::7.',
  });
}

async function connecting(
  records: NameRecords,
  problemAt: (address: string, port: number) => Promise<string | null>,
): Promise<Connecting> {
  const open = addressesOf(records).filter((one) => !isReserved(one));
  return new Map(await Promise.all(open.map(async (one) => [one, await problemAt(one, HTTPS_PORT)] as const)));
}

function wildcard(domain: string): Finding {
  return {
    name: 'WildcardNeedsDNS01',
    severity: 'warning',
    explanation:
      'An authority issues a certificate for a wildcard only when its DNS challenge is answered, which Caddy does only with a module for the name servers.',
    detail: `${domain} is a wildcard; bring a certificate with: hecate update route --domain "${domain}" --tls-cert FILE --tls-key FILE`,
  };
}

function notCompared(records: NameRecords): Finding {
  return {
    name: 'AddressesUnknown',
    severity: 'info',
    explanation: `The public addresses of this proxy are not known. Give them with --address, or set ${PUBLIC_ADDRESSES}.`,
    detail: `the addresses of ${records.asked} were not compared with those of the proxy`,
  };
}

function serversOf({ views }: NameRecords) {
  return views.map(({ server, isAuthoritative, a, aaaa, cname }) => ({
    ...{ server, isAuthoritative, a: recordsIn(a), aaaa: recordsIn(aaaa), cname: recordsIn(cname) },
    problem: problemOf(a) ?? problemOf(aaaa),
  }));
}

function problemOf(answer: Answer<string>): string | null {
  if (answer.kind === 'unknown') return 'the name does not exist';
  return answer.kind === 'failed' ? answer.detail : null;
}

function caaTexts({ caa }: NameRecords): string[] {
  return (caa?.records ?? []).map(({ isCritical, tag, value }) => `${isCritical ? 128 : 0} ${tag} ${value}`);
}

function serverLines(records: NameRecords): string[] {
  const lines = serversOf(records).map(({ server, isAuthoritative, a, aaaa, cname, problem }) => {
    const alias = cname.length === 0 ? '' : `alias of ${cname.join(', ')}, `;
    const found = [...a, ...aaaa].join(', ') || (problem ?? 'no addresses');
    return oneLine(`${server}${isAuthoritative ? ' (authoritative)' : ''}: ${alias}${found}`);
  });
  const caa = caaTexts(records);
  return [...lines, ...(caa.length === 0 ? [] : [oneLine(`CAA of ${records.caa?.at ?? ''}: ${caa.join(', ')}`)])];
}
