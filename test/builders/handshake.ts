import { connect, type DetailedPeerCertificate, type SecureVersion } from 'node:tls';
import { unlessReset } from './unless-reset.js';

/** Result of a TLS handshake. */
export interface Handshake {
  readonly protocol: string | null;
  readonly certificate: DetailedPeerCertificate;
}

/** Shakes hands as a client of this name; rejects when the server refuses. Trusts any certificate. */
export function handshake(
  port: number,
  servername: string,
  options: { readonly minVersion?: SecureVersion; readonly maxVersion?: SecureVersion; readonly ciphers?: string } = {},
): Promise<Handshake> {
  const once = (): Promise<Handshake> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false, ...options });
      socket.once('secureConnect', () => {
        resolve({ protocol: socket.getProtocol(), certificate: socket.getPeerCertificate(true) });
        socket.destroy();
      });
      socket.once('error', reject);
    });
  return unlessReset(once);
}
