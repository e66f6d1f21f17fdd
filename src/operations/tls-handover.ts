import { invalid } from './refusals.js';
import { certificateProblem } from '../domain/values/certificate.js';
import type { Refusal } from '../domain/refusal.js';
import { keyPlace, type Claim } from '../domain/values/staged.js';
import type { Tls } from '../domain/resources/tls.js';
import type { Handover, KeyFinding } from './questions.js';
import { bringsCertificate, type TlsInput } from './routes/tls-settings.js';

/** Why a certificate and its key cannot be taken for a domain; null: they can, or none is brought. */
export function tlsHandoverProblem(domain: string, input: TlsInput, handover: Handover, now: string): Refusal | null {
  const { tlsCert = 'none', tlsKey } = input;
  if (!bringsCertificate(input)) {
    if (tlsKey === undefined) return null;
    return invalid('key-without-certificate', '--tls-key has no effect without a certificate', 'Add --tls-cert.');
  }
  if (tlsKey === undefined) {
    return invalid('certificate-without-key', '--tls-cert needs the certificate’s private key', 'Add --tls-key.');
  }
  const facts = handover.certificate(tlsCert);
  const problem = facts ? certificateProblem(facts, domain, now) : 'it cannot be read';
  if (problem !== null) {
    return invalid('certificate-unusable', `--tls-cert: ${problem}`, 'Give a certificate for this domain, leaf first.');
  }
  const finding = handover.key(tlsCert, tlsKey);
  return finding === 'matches' ? null : invalid('key-unusable', `--tls-key: ${SAID[finding]}`, HINT[finding]);
}

const SAID: Record<Exclude<KeyFinding, 'matches'>, string> = {
  differs: 'it is not the key of this certificate',
  unreadable: 'it is no private key in PEM',
  encrypted: 'it is encrypted with a passphrase',
  missing: 'it was never handed over, or more than an hour ago',
};

const HINT: Record<Exclude<KeyFinding, 'matches'>, string> = {
  differs: 'Give the file that was made together with the certificate’s request.',
  unreadable: 'Give a file with -----BEGIN PRIVATE KEY-----.',
  encrypted: 'Decrypt it first: openssl pkey -in FILE -out KEY',
  missing: 'Run the command again.',
};

/** What becomes Hecate's own with the change. */
export function tlsClaims({ tlsKey }: TlsInput, { certificate }: Tls): Claim[] {
  if (tlsKey === undefined || certificate === null) return [];
  return [{ staged: tlsKey, kind: 'tls-key', place: keyPlace(certificate.fingerprint) }];
}
