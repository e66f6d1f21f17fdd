import { z } from 'zod';
import type { KeyType } from './cipher-suites.js';

/** Facts of a certificate. */
export interface CertificateFacts {
  /** SHA-256 of the leaf certificate, hex. */
  readonly fingerprint: string;
  /** Its DNS names, lower case. */
  readonly names: readonly string[];
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly keyType: KeyType;
  /** True: each certificate of the chain was issued by the next one. */
  readonly isOrdered: boolean;
}

const BLOCKS = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** A certificate chain in PEM, leaf first. Removes everything else from the text, above all a private key. */
export const certificateChain = z
  .string()
  .overwrite((text) => blocksOf(text) ?? '')
  .refine((text) => text !== '', 'no certificate in PEM found (-----BEGIN CERTIFICATE-----)');

function blocksOf(text: string): string | null {
  const blocks = text.match(BLOCKS);
  return blocks && `${blocks.map((block) => block.replace(/\r/g, '')).join('\n')}\n`;
}

/** Returns true when a certificate is valid for a domain, by name or by a wildcard for one label. */
export function covers({ names }: CertificateFacts, domain: string): boolean {
  if (names.includes(domain)) return true;
  return !domain.startsWith('*.') && names.includes(`*.${domain.slice(domain.indexOf('.') + 1)}`);
}

/** The problem with using a certificate for a domain now; null: none. `now` is ISO 8601 UTC. */
export function certificateProblem(facts: CertificateFacts, domain: string, now: string): string | null {
  if (!covers(facts, domain)) return `it is for ${facts.names.join(', ') || 'no DNS name'}, not for ${domain}`;
  if (facts.notAfter <= now) return `it expired at ${facts.notAfter}`;
  return facts.isOrdered ? null : 'its chain is not in order: each certificate must be followed by its issuer';
}
