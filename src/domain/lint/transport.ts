import { complainIf, type LintRule } from './rule.js';
import { isPublicHost } from '../values/network-name.js';
import { hostsOf } from '../resources/route.js';
import { isUpstreamName } from '../resources/upstream.js';
import { hostOfAddress, parseUpstream } from '../values/upstream-address.js';

const WEAK_CIPHER = /_(RC4|3DES_EDE|CBC|NULL|EXPORT)_|^TLS_RSA_/;

/** Security consideration 2: without forward secrecy, or with a broken mode, recorded traffic may be read later. */
const weakCipher: LintRule<'Route'> = {
  code: 'HEC203',
  severity: 'warning',
  title: 'a weak cipher suite',
  kind: 'Route',
  check: ({ domain, tls }) =>
    tls.ciphers.flatMap((cipher, index) =>
      complainIf(
        WEAK_CIPHER.test(cipher),
        ['spec', 'tls', 'ciphers', index],
        `${domain} speaks ${cipher}, which is weak`,
      ),
    ),
};

/** Security consideration 5: private networks for backend communication. */
const plainPublicUpstream: LintRule<'Route'> = {
  code: 'HEC207',
  severity: 'warning',
  title: 'a public upstream that is reached by plain HTTP',
  kind: 'Route',
  check: ({ upstream, backupUpstream }) =>
    Object.entries({ upstream, backupUpstream }).flatMap(([field, ref]) =>
      complainIf(
        ref !== null && !isUpstreamName(ref) && isPlainAndPublic(ref),
        ['spec', field],
        `requests to ${ref} cross the Internet without encryption`,
      ),
    ),
};

/** Whether requests to an address are readable on a public network. */
export function isPlainAndPublic(address: string): boolean {
  const host = hostOfAddress(address);
  return host !== null && !parseUpstream(address).tls && isPublicHost(host);
}

/** Visitors who type a name without a scheme come by plain HTTP. */
const plainHttp: LintRule<'Route'> = {
  code: 'HEC304',
  severity: 'info',
  title: 'a public route that answers plain HTTP',
  kind: 'Route',
  check: (route) =>
    complainIf(
      !route.tls.forceHTTPS && hostsOf(route).some(isPublicHost),
      ['spec', 'tls'],
      `${route.domain} answers plain HTTP without a redirect`,
    ),
};

/** Those of TLS 1.3 are always on, and a route that speaks 1.3 only has no others. */
const uselessCiphers: LintRule<'Route'> = {
  code: 'HEC305',
  severity: 'info',
  title: 'cipher suites that have no effect',
  kind: 'Route',
  check: ({ tls: { ciphers, minVersion } }) =>
    complainIf(
      ciphers.length > 0 && (minVersion === '1.3' || ciphers.some((cipher) => /^TLS_(AES|CHACHA20)_/.test(cipher))),
      ['spec', 'tls', 'ciphers'],
      'cipher suites count for TLS 1.2 only; those of 1.3 are always on',
    ),
};

/** What the way of requests to and from a route is held against. */
export const transportRules: readonly LintRule<'Route'>[] = [
  weakCipher,
  plainPublicUpstream,
  plainHttp,
  uselessCiphers,
];
