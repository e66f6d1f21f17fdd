import type { CertificateSight, VisitSight } from '../../domain/serving/route-health.js';
import { Failure } from '../../ports/failure.js';
import type { Proxy, ServedCertificate } from '../../ports/proxy.js';
import { visitRoute, type VisitContext } from './visit-route.js';

/** Log and time that all visits of one inspection share. */
export interface Scene extends Pick<VisitContext, 'logId' | 'routeOf'> {
  readonly now: () => string;
}

/** Answers and certificate of a host, as one proxy gives them to a visitor; null: the proxy cannot be reached. */
export interface HostSight {
  readonly visit: VisitSight;
  readonly certificate: CertificateSight | null;
}

/** Limits of a look at a host. */
export interface Waits {
  /** Longest wait for a certificate that the proxy's own authority issues, in milliseconds. */
  readonly issueMs: number;
  /** Time by which the visit ends, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** Also judges the body of an answer. */
  readonly untilEnd?: boolean;
}

/** Looks at a host as its visitors do, over HTTPS or, without a certificate, over HTTP. Never throws. */
export async function seenBy(
  proxy: Proxy,
  host: string,
  { logId, routeOf, now }: Scene,
  { issueMs, deadlineMs, untilEnd = false }: Waits,
): Promise<HostSight> {
  const shown = await certificateWithin(proxy, host, issueMs);
  const start = { scheme: shown === null ? 'http' : 'https', host } as const;
  const visited = await visitRoute(proxy, start, { logId, routeOf, now: now(), deadlineMs, untilEnd });
  const isSilent = visited.status === null && visited.problem === null && shown !== null;
  const visit = isSilent ? { ...visited, problem: 'visitors get no answer: the TLS handshake fails' } : visited;
  if (shown === 'unreachable') return { visit, certificate: null };
  const absent = { issuer: null, notBefore: null, notAfter: null, coversHost: false, untrusted: null };
  const { issuer, notBefore, notAfter, coversHost, untrusted } = shown ?? absent;
  const certificate = { proxy: proxy.name, host, issuer, notBefore, notAfter, coversHost, untrusted };
  return { visit, certificate };
}

async function certificateWithin(
  proxy: Proxy,
  host: string,
  issueMs: number,
): Promise<ServedCertificate | 'unreachable' | null> {
  const deadline = Date.now() + issueMs;
  for (;;) {
    const shown = await proxy.certificate(host).catch((error: unknown) => {
      if (error instanceof Failure) return 'unreachable' as const;
      throw error;
    });
    if (shown !== null || Date.now() >= deadline) return shown;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
