import { z } from 'zod';
import type { KeyType } from './cipher-suites.js';

/** What a certificate says, as far as it matters here. */
export interface CertificateFacts {
  /** SHA-256 of the leaf certificate, hex. */
  readonly fingerprint: string;
  /** DNS names that it is for, lower case. */
  readonly names: readonly string[];
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly keyType: KeyType;
  /** Each certificate of the chain was issued by the next one. */
  readonly isOrdered: boolean;
}

const BLOCKS = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** A chain in PEM, leaf first. Whatever else stands in the text is left out, above all a key that stands beside it. */
export const certificateChain = z
  .string()
  .overwrite((text) => blocksOf(text) ?? '')
  .refine((text) => text !== '', 'it holds no certificate in PEM (-----BEGIN CERTIFICATE-----)');

function blocksOf(text: string): string | null {
  const blocks = text.match(BLOCKS);
  return blocks && `${blocks.map((block) => block.replace(/\r/g, '')).join('\n')}\n`;
}

/** Whether a certificate is for a domain; a wildcard stands for one label. */
export function covers({ names }: CertificateFacts, domain: string): boolean {
  if (names.includes(domain)) return true;
  return !domain.startsWith('*.') && names.includes(`*.${domain.slice(domain.indexOf('.') + 1)}`);
}

/** Why a certificate cannot be taken for a domain now; null: it can. */
export function certificateProblem(facts: CertificateFacts, domain: string, now: string): string | null {
  if (!covers(facts, domain)) return `it is for ${facts.names.join(', ') || 'no DNS name'}, not for ${domain}`;
  if (facts.notAfter <= now) return `it expired at ${facts.notAfter}`;
  return facts.isOrdered ? null : 'its chain is not in order: each certificate must be followed by its issuer';
}
