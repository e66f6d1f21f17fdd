import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { concreteHost } from '../../domain/values/network/domain-name.js';
import { Failure } from '../../ports/failure.js';
import type { ServedCertificate } from '../../ports/proxy.js';
import { trustedByVisitors } from './system-authorities.js';

const TIMEOUT_MS = 4_500;

/** HTTPS of a proxy. */
export interface SecureEntrance {
  readonly system: string;
  /** Base URL of HTTPS. */
  readonly base: string;
  /** File with the authorities that the proxy trusts; null: those of the system. */
  readonly authorities: string | null;
}

/** Implements `Proxy.certificate`. Certificates that nobody trusts are returned too. */
export function servedCertificate(entrance: SecureEntrance, host: string): Promise<ServedCertificate | null> {
  const { hostname, port } = new URL(entrance.base);
  const servername = concreteHost(host);
  return new Promise((resolve, reject) => {
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443, timeout: TIMEOUT_MS };
    const secureContext = trustedByVisitors(entrance.authorities);
    const socket = connect({ ...target, servername, secureContext, rejectUnauthorized: false });
    const settle = (settled: () => void) => {
      socket.destroy();
      settled();
    };
    socket.once('secureConnect', () => {
      const certificate = certificateOf(socket, servername);
      settle(() => resolve(certificate));
    });
    socket.once('timeout', () => settle(() => reject(unavailable(entrance))));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      // An error without `syscall` comes from TLS: the server answered and refused this name.
      settle(() => (error.syscall === undefined ? resolve(null) : reject(unavailable(entrance, error)))),
    );
  });
}

function certificateOf(socket: TLSSocket, host: string): ServedCertificate {
  const certificate = socket.getPeerCertificate();
  const { issuer, fingerprint256, valid_from, valid_to } = certificate;
  const notAfter = new Date(valid_to).toISOString();
  return {
    issuer: String(issuer.CN ?? issuer.O ?? 'unknown'),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(valid_from).toISOString(),
    notAfter,
    coversHost: checkServerIdentity(host, certificate) === undefined,
    untrusted: untrustedText(String(socket.authorizationError ?? ''), Date.parse(notAfter) > Date.now()),
  };
}

/** Words for the errors of OpenSSL. The name and the dates of the certificate itself are reported by themselves. */
function untrustedText(code: string, isCurrent: boolean): string | null {
  switch (code) {
    case '':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'CERT_NOT_YET_VALID':
      return null;
    case 'CERT_HAS_EXPIRED':
      return isCurrent ? 'a certificate of its authority has expired' : null;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is self-signed';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'its authority is private, or an intermediate certificate is missing';
    default:
      return code;
  }
}

function unavailable({ system, base }: SecureEntrance, cause?: unknown): Failure {
  const hint = 'Start Caddy (embedded stack: hecate up), or set HECATE_CADDY_HTTPS to the URL of its HTTPS.';
  return new Failure('unavailable', `${system} does not answer HTTPS at ${base}`, { system, hint, cause });
}
