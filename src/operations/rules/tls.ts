import { invalid } from '../refusals.js';
import { covers } from '../../domain/values/certificate.js';
import { canServe } from '../../domain/values/cipher-suites.js';
import { isLocalName } from '../../domain/values/network-name.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import type { Tls } from '../../domain/resources/tls.js';
import type { Handover, Question } from '../questions.js';
import { bringsCertificate, type TlsInput } from '../routes/tls-settings.js';

/** Why a route cannot be met on HTTPS as it is asked for; null: it can. Of a certificate it judges what was looked at. */
export function tlsProblem({ domain, tls }: Route, handover: Handover): Refusal | null {
  const facts = tls.certificate && handover.certificate(tls.certificate.chain);
  if (tls.certificate && tls.autoHTTPS) {
    const held = `${domain} has a certificate that was brought, valid until ${tls.certificate.notAfter}`;
    return invalid('has-certificate', `--tls-auto-https: ${held}`, 'Add --tls-cert none to give it up.');
  }
  if (tls.autoHTTPS && domain.startsWith('*.') && !isLocalName(domain)) {
    const why = `${domain} is a wildcard, and a public authority issues those by DNS records only`;
    return invalid(
      'wildcard-automatic',
      `--tls-auto-https: ${why}`,
      'Bring a certificate with --tls-cert and --tls-key.',
    );
  }
  if (tls.certificate && facts === null) return null;
  if (tls.certificate && facts?.fingerprint !== tls.certificate.fingerprint) {
    const message = `the certificate of ${domain} is not the one of its fingerprint`;
    return invalid('certificate-mixed-up', message, 'Bring it again with --tls-cert and --tls-key.');
  }
  if (facts && !covers(facts, domain)) {
    const names = facts.names.join(', ');
    return invalid(
      'certificate-elsewhere',
      `its certificate is for ${names}, not for ${domain}`,
      'Add --tls-cert none.',
    );
  }
  return ciphersProblem(tls, facts?.keyType ?? 'ec');
}

/** What is issued has an ECDSA key. */
function ciphersProblem({ minVersion, ciphers }: Tls, keyType: Parameters<typeof canServe>[1]): Refusal | null {
  if (minVersion === '1.3' || ciphers.length === 0 || canServe(ciphers, keyType)) return null;
  const kind = keyType === 'rsa' ? 'ECDHE_RSA' : 'ECDHE_ECDSA';
  return invalid(
    'no-suite-left',
    `--tls-ciphers leaves clients of TLS 1.2 without a suite: the certificate’s key needs one with ${kind}`,
    `Add one with ${kind}, or --tls-min-version 1.3.`,
  );
}

/** What must be found out before a route's TLS settings can be decided on. */
export function tlsQuestions(before: Tls | undefined, input: TlsInput): Question[] {
  const kept = before?.certificate ? [{ kind: 'certificate' as const, chain: before.certificate.chain }] : [];
  if (!bringsCertificate(input)) return kept;
  const { tlsCert: chain = '', tlsKey: staged } = input;
  return [...kept, { kind: 'certificate', chain }, ...(staged ? [{ kind: 'key' as const, chain, staged }] : [])];
}
