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
    options?: {
      /** Days until it ends. */
      readonly days?: number;
      /** Days since its lifetime began. */
      readonly begunDaysAgo?: number;
      readonly keyType?: 'ec' | 'rsa';
    },
  ): TestCertificate;
}

const KEYS = { ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'] };

const CA_SETTINGS = `[ca]
default_ca = test
[test]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
`;

/** Returns a time so many days from now, as OpenSSL writes it: `20261129221500Z`. */
function openSslTime(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
}

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
    issue(names, { days = 30, begunDaysAgo = 0, keyType = 'ec' } = {}) {
      const name = `leaf-${++count}`;
      const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`);
      openssl('req', '-newkey', ...KEYS[keyType], ...request, '-keyout', keyFile, '-out', `${name}.csr`);
      const [input, output] = [
        ['-in', `${name}.csr`, '-extfile', `${name}.ext`],
        ['-out', certFile],
      ];
      if (begunDaysAgo === 0) {
        const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
        openssl('x509', '-req', ...input, ...signing, '-days', String(days), ...output);
      } else {
        // Only this command of OpenSSL 3.0 takes a time at which the lifetime begins.
        writeFileSync(join(folder, 'ca.cnf'), CA_SETTINGS);
        writeFileSync(join(folder, 'index.txt'), '');
        const dates = ['-startdate', openSslTime(-begunDaysAgo), '-enddate', openSslTime(days)];
        const signing = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-notext'];
        openssl('ca', '-batch', ...signing, ...dates, ...input, ...output);
      }
      const chain = readFileSync(certFile, 'utf8') + certificate;
      writeFileSync(certFile, chain);
      return { chain, key: readFileSync(keyFile, 'utf8'), certFile, keyFile };
    },
  };
}
