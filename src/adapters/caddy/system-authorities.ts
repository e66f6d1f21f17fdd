import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

/** Files in which systems keep their authorities, in the order in which Go, and so Caddy, looks for them. */
const FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Contexts by file, since parsing hundreds of certificates takes longer than a handshake. */
const contexts = new Map<string | null, SecureContext>();

/**
 * Returns a context that trusts the authorities that Caddy trusts: those of `file` (Caddy's `SSL_CERT_FILE`), or null: of
 * the first file of the system. Without a readable file they are Node's own. Each file is read once.
 */
export function trustedBy(file: string | null): SecureContext {
  const known = contexts.get(file);
  if (known) return known;
  const ca = firstReadable(file === null ? FILES : [file]);
  const context = createSecureContext({ ...(ca === null ? {} : { ca }), minVersion: 'TLSv1.2' });
  contexts.set(file, context);
  return context;
}

let visitors: { readonly file: string | null; readonly context: SecureContext } | null = null;

/** Returns a context that trusts what visitors may: the authorities of browsers, and those that {@link trustedBy} trusts. */
export function trustedByVisitors(file: string | null): SecureContext {
  if (visitors?.file === file) return visitors.context;
  const own = firstReadable(file === null ? FILES : [file]);
  visitors = { file, context: createSecureContext({ ca: [...rootCertificates, ...(own === null ? [] : [own])] }) };
  return visitors.context;
}

function firstReadable(files: readonly string[]): string | null {
  for (const file of files) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      continue;
    }
  }
  return null;
}
