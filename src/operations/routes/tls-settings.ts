import { invalid } from '../refusals.js';
import { z } from 'zod';
import { certificateChain, certificateProblem } from '../../domain/values/certificate.js';
import { cipherSuites, SUITES_OF_1_2, suitesOf12 } from '../../domain/values/cipher-suites.js';
import type { Claim } from '../../domain/secrets/claim.js';
import { vaultPathOfKey } from '../../domain/secrets/tls-key.js';
import { secretName } from '../../domain/values/name.js';
import { stagedId } from '../../domain/values/staged.js';
import type { Tls } from '../../domain/resources/tls.js';
import type { Handover, KeyFinding, Question } from '../operation.js';
import { certificateQuestions } from '../rules/tls.js';
import { isPrivateName } from '../../domain/values/network/network-name.js';
import type { Refusal } from '../../domain/refusal.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';

const onOff = z.enum(['on', 'off']).optional();

/** TLS settings of a route, for create and update. */
export const tlsSettings = {
  tlsMinVersion: z
    .enum(['1.2', '1.3'], { error: 'it must be 1.2 or 1.3; older versions of TLS are insecure and not supported' })
    .optional()
    .describe('Oldest TLS version to accept: 1.2 or 1.3')
    .meta({ placeholder: 'version' }),
  tlsCiphers: cipherSuites
    .optional()
    .describe(
      'Cipher suites for TLS 1.2, separated by commas; the suites of TLS 1.3 are always on; none: the proxy’s defaults',
    )
    .meta({ placeholder: 'a,b', list: true, suggests: SUITES_OF_1_2 }),
  tlsCert: z
    .union([z.literal('none'), certificateChain])
    .optional()
    .describe('File with the certificate chain in PEM, leaf first; none: use an issued certificate')
    .meta({ placeholder: 'file', file: 'text' }),
  tlsKey: stagedId
    .optional()
    .describe('File with the certificate’s private key in PEM; it is passed through Vault only')
    .meta({ placeholder: 'file', file: 'secret' }),
  tlsSecret: z
    .union([z.literal('none'), secretName])
    .optional()
    .describe('Secret of the kind tls-certificate with the certificate and its key; none: use an issued certificate')
    .meta({ placeholder: 'name', names: 'Secret' }),
  tlsAutoHTTPS: onOff
    .describe('Get the certificate from a public authority (ACME); private names get one from the internal authority')
    .meta({ placeholder: 'on|off', bare: 'on', formerly: ['tls-auto'] }),
  tlsForceHTTPS: onOff.describe('Redirect plain HTTP to HTTPS').meta({ placeholder: 'on|off', bare: 'on' }),
};

/** TLS settings as given; undefined fields were not given. */
export type TlsInput = { readonly [K in keyof typeof tlsSettings]?: z.infer<(typeof tlsSettings)[K]> | undefined };

/** Returns the TLS settings with the given ones changed. */
export function withTlsSettings(before: Tls, input: TlsInput, handover: Handover): Tls {
  return {
    minVersion: input.tlsMinVersion ?? before.minVersion,
    ciphers: input.tlsCiphers ? suitesOf12(input.tlsCiphers) : before.ciphers,
    certificate: certificateOf(before, input, handover),
    ...secretOf(before, input),
    autoHTTPS: switched(input.tlsAutoHTTPS, before.autoHTTPS && !bringsCertificate(input) && !namesSecret(input)),
    forceHTTPS: switched(input.tlsForceHTTPS, before.forceHTTPS),
  };
}

/** Returns the questions to answer before the TLS settings can be checked: about the present certificate, and about the given one with its key. */
export function tlsQuestions(before: Tls | undefined, input: TlsInput): Question[] {
  if (namesSecret(input)) return [{ kind: 'secret-certificate', name: input.tlsSecret }];
  const kept = input.tlsSecret === 'none' ? [] : certificateQuestions(before);
  if (!bringsCertificate(input)) return kept;
  const { tlsCert: chain = '', tlsKey: staged } = input;
  return [...kept, { kind: 'certificate', chain }, ...(staged ? [{ kind: 'key' as const, chain, staged }] : [])];
}

/** Returns true when the command gives a certificate. */
function bringsCertificate({ tlsCert }: TlsInput): boolean {
  return tlsCert !== undefined && tlsCert !== 'none';
}

function certificateOf(before: Tls, { tlsCert, tlsSecret }: TlsInput, handover: Handover): Tls['certificate'] {
  if (tlsCert === undefined) return namesSecret({ tlsSecret }) ? null : before.certificate;
  const facts = tlsCert === 'none' ? null : handover.certificate(tlsCert);
  return facts && { fingerprint: facts.fingerprint, chain: tlsCert, notAfter: facts.notAfter };
}

/** Returns true when the command names a secret with a certificate. */
function namesSecret<I extends Pick<TlsInput, 'tlsSecret'>>(input: I): input is I & { readonly tlsSecret: string } {
  return input.tlsSecret !== undefined && input.tlsSecret !== 'none';
}

function secretOf(before: Tls, input: TlsInput): Pick<Tls, 'secret'> {
  if (namesSecret(input)) return { secret: input.tlsSecret };
  const isReplaced = input.tlsSecret === 'none' || bringsCertificate(input);
  return isReplaced || before.secret === undefined ? {} : { secret: before.secret };
}

function switched(given: 'on' | 'off' | undefined, kept: boolean): boolean {
  return given === undefined ? kept : given === 'on';
}

/** Returns the refusal of TLS flags that contradict each other; null: they are fine. */
export function tlsFlagsProblem(after: Tls, input: TlsInput): Refusal | null {
  if (bringsCertificate(input) && input.tlsAutoHTTPS === 'on') {
    const message = '--tls-cert and --tls-auto-https exclude each other: a certificate is either given or issued';
    return invalid('two-certificates', message, 'Leave one of them out.');
  }
  if (namesSecret(input) && (bringsCertificate(input) || input.tlsAutoHTTPS === 'on')) {
    const other = bringsCertificate(input) ? '--tls-cert' : '--tls-auto-https';
    const message = `--tls-secret and ${other} exclude each other: a route has one certificate`;
    return invalid('two-certificates', message, 'Leave one of them out.');
  }
  const { tlsCiphers = [] } = input;
  if (after.minVersion === '1.3' || tlsCiphers.length === 0 || suitesOf12(tlsCiphers).length > 0) return null;
  return invalid(
    'no-suite-left',
    '--tls-ciphers names only suites of TLS 1.3, which leaves clients of TLS 1.2 without a suite',
    'Add --tls-min-version 1.3, or add suites of TLS 1.2 to --tls-ciphers.',
  );
}

/** Returns warnings about a route's TLS settings, one sentence each. */
export function tlsWarnings(route: Route, input: TlsInput, handover: Handover, now: string): string[] {
  const { tls } = route;
  const { tlsCiphers = [], tlsAutoHTTPS } = input;
  const local = tlsAutoHTTPS === 'on' ? hostsOf(route).filter(isPrivateName) : [];
  const facts = tls.certificate && handover.certificate(tls.certificate.chain);
  return [
    ...(suitesOf12(tlsCiphers).length < tlsCiphers.length
      ? ['suites of TLS 1.3 are always on and cannot be chosen; the ones in --tls-ciphers have no effect']
      : []),
    ...(tls.minVersion === '1.3' && suitesOf12(tlsCiphers).length > 0
      ? ['suites of TLS 1.2 have no effect while the oldest accepted version is 1.3']
      : []),
    ...(facts && facts.notBefore > now ? [`the certificate is not valid before ${facts.notBefore}`] : []),
    ...local.map((host) => `${host} is a private name: the proxy’s internal authority issues its certificate`),
  ];
}

/** Returns the refusal of a certificate and key for a domain; null: they are usable, or none is given. */
export function tlsHandoverProblem(domain: string, input: TlsInput, handover: Handover, now: string): Refusal | null {
  const { tlsCert = 'none', tlsKey } = input;
  if (!bringsCertificate(input)) {
    if (tlsKey === undefined) return null;
    return invalid('key-without-certificate', '--tls-key has no effect without a certificate', 'Add --tls-cert FILE.');
  }
  if (tlsKey === undefined) {
    return invalid('certificate-without-key', '--tls-cert needs the certificate’s private key', 'Add --tls-key FILE.');
  }
  const facts = handover.certificate(tlsCert);
  const problem = facts ? certificateProblem(facts, domain, now) : 'the file has no readable certificate in PEM';
  if (problem !== null) {
    return invalid('certificate-unusable', `--tls-cert: ${problem}`, `Give a certificate for ${domain}, leaf first.`);
  }
  const finding = handover.key(tlsCert, tlsKey);
  return finding === 'matches' ? null : invalid('key-unusable', `--tls-key: ${SAID[finding]}`, HINT[finding]);
}

const SAID: Record<Exclude<KeyFinding, 'matches'>, string> = {
  differs: 'it is not the key of this certificate',
  unreadable: 'it is not a private key in PEM',
  encrypted: 'it is encrypted with a passphrase',
  missing: 'the uploaded key is not in Vault: it was never uploaded, or more than an hour ago',
};

const HINT: Record<Exclude<KeyFinding, 'matches'>, string> = {
  differs: 'Give the private key that was used to request this certificate.',
  unreadable: 'Give a file that contains -----BEGIN PRIVATE KEY-----.',
  encrypted: 'Decrypt it first: openssl pkey -in FILE -out KEY',
  missing: 'Run the command again to upload it.',
};

/** Returns the claim on the staged key, which Hecate takes over with the change; empty: no key is given. */
export function tlsClaims({ tlsKey }: TlsInput, { certificate }: Tls): Claim[] {
  if (tlsKey === undefined || certificate === null) return [];
  return [{ staged: tlsKey, kind: 'tls-key', vaultPath: vaultPathOfKey(certificate.fingerprint) }];
}
