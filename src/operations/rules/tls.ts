import { invalid } from '../refusals.js';
import { covers } from '../../domain/values/certificate.js';
import { canServe } from '../../domain/values/cipher-suites.js';
import { isPrivateName } from '../../domain/values/network/network-name.js';
import type { Refusal } from '../../domain/refusal.js';
import { hostsOf, type Route } from '../../domain/resources/route.js';
import { isWildcard } from '../../domain/values/network/domain-name.js';
import type { Tls } from '../../domain/resources/tls.js';
import type { Handover, Question } from '../operation.js';

/** Returns the refusal of a route's HTTPS settings; null: they are possible. Checks a certificate only when it was read. */
export function tlsProblem(route: Route, handover: Handover): Refusal | null {
  const { domain, tls } = route;
  if (tls.secret !== undefined) return secretTlsProblem(route, tls.secret, handover);
  const facts = tls.certificate && handover.certificate(tls.certificate.chain);
  if (tls.certificate && tls.autoHTTPS) {
    const held = `${domain} has its own certificate, valid until ${tls.certificate.notAfter}`;
    return invalid('has-certificate', `--tls-auto-https: ${held}`, 'Add --tls-cert none to remove it.');
  }
  const wildcard = hostsOf(route).find((host) => isWildcard(host) && !isPrivateName(host));
  if (tls.autoHTTPS && wildcard !== undefined) {
    const why = `${wildcard} is a wildcard, and a public authority issues those only through DNS records`;
    return invalid(
      'wildcard-automatic',
      `--tls-auto-https: ${why}`,
      'Give a certificate with --tls-cert and --tls-key.',
    );
  }
  if (tls.certificate && facts === null) return null;
  if (tls.certificate && facts?.fingerprint !== tls.certificate.fingerprint) {
    const message = `the certificate of ${domain} does not match its fingerprint`;
    return invalid(
      'certificate-mixed-up',
      message,
      `Give it again with: hecate update route --domain ${domain} --tls-cert FILE --tls-key FILE`,
    );
  }
  const uncovered = facts && hostsOf(route).find((host) => !covers(facts, host));
  if (facts && uncovered) {
    const names = facts.names.join(', ');
    return invalid(
      'certificate-elsewhere',
      `the certificate of ${domain} is for ${names}, not for ${uncovered}`,
      `Give one for ${uncovered} with --tls-cert and --tls-key, or add --tls-cert none.`,
    );
  }
  return ciphersProblem(tls, facts?.keyType ?? 'ec');
}

/** Returns the refusal of a route that uses the certificate of a secret; null: it is possible. */
function secretTlsProblem({ domain, ...route }: Route, name: string, handover: Handover): Refusal | null {
  const { tls } = route;
  if (tls.certificate !== null || tls.autoHTTPS) {
    const other = tls.autoHTTPS ? '--tls-auto-https' : '--tls-cert';
    const message = `--tls-secret and ${other} exclude each other: ${domain} has one certificate`;
    return invalid('two-certificates', message, 'Leave one of them out.');
  }
  const facts = handover.secretCertificate(name);
  if (facts === null) return null;
  const uncovered = hostsOf({ domain, ...route }).find((host) => !covers(facts, host));
  if (uncovered !== undefined) {
    return invalid(
      'certificate-elsewhere',
      `the certificate of the secret ${name} is for ${facts.names.join(', ')}, not for ${uncovered}`,
      `Replace it: hecate update secret rotate --name ${name} --from-file FILE. Or add --tls-secret none.`,
    );
  }
  return ciphersProblem(tls, facts.keyType);
}

/** Returns the refusal of cipher suites that the certificate's key cannot use; null: one works. `keyType` is `ec` for issued certificates. */
function ciphersProblem({ minVersion, ciphers }: Tls, keyType: Parameters<typeof canServe>[1]): Refusal | null {
  if (minVersion === '1.3' || ciphers.length === 0 || canServe(ciphers, keyType)) return null;
  const kind = keyType === 'rsa' ? 'ECDHE_RSA' : 'ECDHE_ECDSA';
  return invalid(
    'no-suite-left',
    `--tls-ciphers leaves clients of TLS 1.2 without a suite: the certificate’s key needs one with ${kind}`,
    `Add one with ${kind}, or --tls-min-version 1.3.`,
  );
}

/** Returns the question about a route's own certificate; empty: it has none. */
export function certificateQuestions(tls: Pick<Tls, 'certificate' | 'secret'> | undefined): Question[] {
  if (tls?.secret !== undefined) return [{ kind: 'secret-certificate', name: tls.secret }];
  return tls?.certificate ? [{ kind: 'certificate', chain: tls.certificate.chain }] : [];
}
