import { connect } from 'node:tls';
import { concreteHost } from '../../domain/values/domain-name.js';
import { Failure } from '../../ports/failure.js';
import type { ServedCertificate } from '../../ports/proxy.js';

const TIMEOUT_MS = 4_500;

/** Implements `Proxy.certificate`. Does not verify trust, so certificates of an internal authority are returned too. */
export function servedCertificate(system: string, base: string, host: string): Promise<ServedCertificate | null> {
  const { hostname, port } = new URL(base);
  const servername = concreteHost(host);
  return new Promise((resolve, reject) => {
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 };
    const socket = connect({ ...target, servername, rejectUnauthorized: false, timeout: TIMEOUT_MS });
    const settle = (settled: () => void) => {
      socket.destroy();
      settled();
    };
    socket.once('secureConnect', () => {
      const { issuer, fingerprint256, valid_from, valid_to } = socket.getPeerCertificate();
      const certificate = {
        issuer: String(issuer.CN ?? issuer.O ?? 'unknown'),
        fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: new Date(valid_from).toISOString(),
        notAfter: new Date(valid_to).toISOString(),
      };
      settle(() => resolve(certificate));
    });
    socket.once('timeout', () => settle(() => reject(unavailable(system, base))));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      // An error without `syscall` comes from TLS: the server answered and refused this name.
      settle(() => (error.syscall === undefined ? resolve(null) : reject(unavailable(system, base, error)))),
    );
  });
}

function unavailable(system: string, base: string, cause?: unknown): Failure {
  const hint = 'Start Caddy (embedded stack: hecate up), or set HECATE_CADDY_HTTPS to the URL of its HTTPS.';
  return new Failure('unavailable', `${system} does not answer HTTPS at ${base}`, { system, hint, cause });
}
