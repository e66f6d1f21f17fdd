import type { Change } from '../domain/log/commit.js';

/**
 * What the world does not give back although the log does, a sentence each: what lay outside of it has gone meanwhile.
 * A kind of resource that can lose something for good says so here.
 */
export function irrecoverable(changes: readonly Change[], now: string): string[] {
  return changes.flatMap((change) => (change.kind === 'Route' ? expiredCertificate(change, now) : []));
}

function expiredCertificate({ before, after }: Extract<Change, { kind: 'Route' }>, now: string): string[] {
  const certificate = after?.tls.certificate ?? null;
  if (after === null || certificate === null || certificate.notAfter > now) return [];
  if (before?.tls.certificate?.fingerprint === certificate.fingerprint) return [];
  return [`the certificate that ${after.domain} gets back expired at ${certificate.notAfter}: give it a new one`];
}
