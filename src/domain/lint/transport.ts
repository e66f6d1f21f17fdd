import { findingIf, type LintRule } from './rule.js';
import { isPublicHost } from '../values/network/network-name.js';
import { hostsOf } from '../resources/route.js';
import { isUpstreamName } from '../resources/upstream.js';
import { hostOfAddress, parseUpstream } from '../values/network/upstream-address.js';

const WEAK_CIPHER = /_(RC4|3DES_EDE|CBC|NULL|EXPORT)_|^TLS_RSA_/;

/** Security consideration 2: without forward secrecy, or with a broken mode, recorded traffic can be decrypted later. */
const weakCipher: LintRule<'Route'> = {
  code: 'HEC203',
  severity: 'warning',
  title: 'a weak cipher suite',
  kind: 'Route',
  check: ({ domain, tls }) =>
    tls.ciphers.flatMap((cipher, index) =>
      findingIf(
        WEAK_CIPHER.test(cipher),
        ['spec', 'tls', 'ciphers', index],
        `${domain} allows ${cipher}, which is weak`,
      ),
    ),
};

/** Security consideration 5: private networks for backend communication. */
const plainPublicUpstream: LintRule<'Route'> = {
  code: 'HEC207',
  severity: 'warning',
  title: 'a public upstream over plain HTTP',
  kind: 'Route',
  check: ({ upstream, backupUpstream }) =>
    Object.entries({ upstream, backupUpstream }).flatMap(([field, ref]) =>
      findingIf(
        ref !== null && !isUpstreamName(ref) && isPlainAndPublic(ref),
        ['spec', field],
        `requests to ${ref} cross the Internet without encryption`,
      ),
    ),
};

/** Returns true when requests to an address cross a public network without encryption. */
export function isPlainAndPublic(address: string): boolean {
  const host = hostOfAddress(address);
  return host !== null && !parseUpstream(address).tls && isPublicHost(host);
}

/** Browsers may use plain HTTP for a name that is typed without a scheme. */
const plainHttp: LintRule<'Route'> = {
  code: 'HEC304',
  severity: 'info',
  title: 'a public route that answers plain HTTP',
  kind: 'Route',
  check: (route) =>
    findingIf(
      !route.tls.forceHTTPS && hostsOf(route).some(isPublicHost),
      ['spec', 'tls'],
      `${route.domain} answers plain HTTP without a redirect`,
    ),
};

/** Suites of TLS 1.3 are always enabled, and a route with TLS 1.3 only uses no others. */
const uselessCiphers: LintRule<'Route'> = {
  code: 'HEC305',
  severity: 'info',
  title: 'cipher suites that have no effect',
  kind: 'Route',
  check: ({ tls: { ciphers, minVersion } }) =>
    findingIf(
      ciphers.length > 0 && (minVersion === '1.3' || ciphers.some((cipher) => /^TLS_(AES|CHACHA20)_/.test(cipher))),
      ['spec', 'tls', 'ciphers'],
      'cipher suites have an effect on TLS 1.2 only; those of TLS 1.3 are always enabled',
    ),
};

/** Rules for the transport of requests to and from a route. */
export const transportRules: readonly LintRule<'Route'>[] = [
  weakCipher,
  plainPublicUpstream,
  plainHttp,
  uselessCiphers,
];
