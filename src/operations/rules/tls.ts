import { covers } from '../../domain/values/certificate.js';
import { canServe, suitesOf12 } from '../../domain/values/cipher-suites.js';
import { isLocalName } from '../../domain/local-name.js';
import type { Refusal } from '../../domain/refusal.js';
import type { Route } from '../../domain/resources/route.js';
import type { Tls } from '../../domain/resources/tls.js';
import type { Handover } from '../questions.js';
import { bringsCertificate, type TlsInput } from '../routes/tls-settings.js';

/** Why a route cannot be met on HTTPS as it is asked for; null: it can. Of a certificate it judges what was looked at. */
export function tlsProblem({ domain, tls }: Route, handover: Handover): Refusal | null {
  const facts = tls.certificate && handover.certificate(tls.certificate.chain);
  if (tls.certificate && tls.isAutomatic) {
    const held = `${domain} has a certificate that was brought, valid until ${tls.certificate.notAfter}`;
    return invalid('has-certificate', `--tls-auto: ${held}`, 'Add --tls-cert none to give it up.');
  }
  if (tls.isAutomatic && domain.startsWith('*.') && !isLocalName(domain)) {
    const why = `${domain} is a wildcard, and a public authority issues those by DNS records only`;
    return invalid('wildcard-automatic', `--tls-auto: ${why}`, 'Bring a certificate with --tls-cert and --tls-key.');
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

/** Why flags about TLS say nothing together; null: they do. */
export function tlsFlagsProblem(after: Tls, input: TlsInput): Refusal | null {
  if (bringsCertificate(input) && input.tlsAuto === 'on') {
    const message = '--tls-cert and --tls-auto exclude each other: a certificate is brought or issued';
    return invalid('two-certificates', message, 'Leave one of them out.');
  }
  const { tlsCiphers = [] } = input;
  if (after.minVersion === '1.3' || tlsCiphers.length === 0 || suitesOf12(tlsCiphers).length > 0) return null;
  return invalid(
    'no-suite-left',
    '--tls-ciphers names suites of TLS 1.3 only, which would leave clients of TLS 1.2 without a suite',
    'Add --tls-min-version 1.3, or suites of TLS 1.2.',
  );
}

/** What a person should know about a route's TLS settings although it is no reason to refuse. */
export function tlsWarnings({ domain, tls }: Route, input: TlsInput, handover: Handover, now: string): string[] {
  const { tlsCiphers = [], tlsAuto } = input;
  const facts = tls.certificate && handover.certificate(tls.certificate.chain);
  return [
    ...(suitesOf12(tlsCiphers).length < tlsCiphers.length
      ? ['the suites of TLS 1.3 are always on and cannot be chosen; those named have no effect']
      : []),
    ...(tls.minVersion === '1.3' && suitesOf12(tlsCiphers).length > 0
      ? ['the suites of TLS 1.2 have no effect while 1.3 is the oldest version']
      : []),
    ...(facts && facts.notBefore > now ? [`the certificate is not valid before ${facts.notBefore}`] : []),
    ...(tlsAuto === 'on' && isLocalName(domain)
      ? [`${domain} is a local name: its certificate is issued by the proxy’s internal authority`]
      : []),
  ];
}

function invalid(code: string, message: string, hint: string): Refusal {
  return { kind: 'invalid', code, message, hint };
}
