import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate for tests, with the files that it and its key lie in. */
export interface TestCertificate {
  /** Leaf and authority in PEM. */
  readonly chain: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority of a test's own. */
export interface TestAuthority {
  readonly certificate: string;
  readonly file: string;
  /** A certificate for these DNS names; with negative `days` it has expired. */
  issue(
    names: readonly string[],
    options?: { readonly days?: number; readonly keyType?: 'ec' | 'rsa' },
  ): TestCertificate;
}

const KEYS = { ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'] };

/** Makes an authority in a folder, with the machine's openssl. */
export function makeAuthority(folder: string): TestAuthority {
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const request = ['-nodes', '-subj', '/CN=test'];
  openssl('req', '-x509', '-newkey', ...KEYS.ec, ...request, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30');
  const file = join(folder, 'ca.pem');
  const certificate = readFileSync(file, 'utf8');
  let count = 0;
  return {
    certificate,
    file,
    issue(names, { days = 30, keyType = 'ec' } = {}) {
      const name = `leaf-${++count}`;
      const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`);
      openssl('req', '-newkey', ...KEYS[keyType], ...request, '-keyout', keyFile, '-out', `${name}.csr`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-days', String(days), '-out', certFile);
      const chain = readFileSync(certFile, 'utf8') + certificate;
      writeFileSync(certFile, chain);
      return { chain, key: readFileSync(keyFile, 'utf8'), certFile, keyFile };
    },
  };
}
