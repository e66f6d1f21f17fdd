import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../builders/certificates.js';
import { handshake } from '../builders/handshake.js';
import { unlessReset } from '../builders/unless-reset.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;
let authority: TestAuthority;
let certificate: TestCertificate;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-tls-'));
  authority = makeAuthority(folder);
  certificate = authority.issue(['app.example.com', '*.wild.example.com']);
  upstream = await startUpstream('blue');
  stack = startStack();
  for (const domain of ['app.example.com', 'secure.example.com']) {
    const created = await stack.run('create', 'route', '--domain', domain, '--upstream', upstream.address);
    expect(created.status, created.stderr).toBe(0);
  }
});
afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const httpsPort = () => Number(new URL(stack.status.caddy.https).port);
const update = (domain: string, ...args: string[]) => stack.run('update', 'route', '--domain', domain, ...args);
const issuedFor = async (domain: string) => (await handshake(httpsPort(), domain)).certificate;

describe('the oldest version of TLS', () => {
  it('is raised by the command of the reference page, which says what has no effect', async () => {
    const { status, stderr } = await update(
      'secure.example.com',
      '--tls-min-version', '1.3', '--tls-ciphers', 'TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384',
    ); // prettier-ignore
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('always on');
  });

  it('refuses handshakes with an older one, and leaves other routes as they are', async () => {
    const old = { maxVersion: 'TLSv1.2' } as const;
    const older = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await expect(handshake(httpsPort(), 'secure.example.com', old)).rejects.toThrow();
    await expect(handshake(httpsPort(), 'secure.example.com', older)).rejects.toThrow();
    expect((await handshake(httpsPort(), 'secure.example.com')).protocol).toBe('TLSv1.3');
    expect((await handshake(httpsPort(), 'app.example.com', old)).protocol).toBe('TLSv1.2');
    await expect(handshake(httpsPort(), 'app.example.com', older)).rejects.toThrow();
  });

  it.each([
    [['--tls-min-version', '1.1'], 'older versions'],
    [['--tls-ciphers', 'TLS_AES_128_GCM_SHA257'], 'did you mean TLS_AES_128_GCM_SHA256?'],
    [['--tls-ciphers', 'TLS_AES_128_GCM_SHA256'], 'without a suite'],
    [['--tls-ciphers', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], 'without a suite'],
  ])('refuses %j', async (args, said) => {
    const { status, stderr } = await update('app.example.com', ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});

describe('a certificate that is brought', () => {
  const bring = ({ certFile, keyFile }: Pick<TestCertificate, 'certFile' | 'keyFile'>, ...more: string[]) =>
    update('app.example.com', '--tls-cert', certFile, '--tls-key', keyFile, ...more);

  it('is refused before anything is handed over when something is wrong with it', async () => {
    const other = authority.issue(['other.example.com']);
    const expired = authority.issue(['app.example.com'], { days: -1 });
    for (const [given, said] of [
      [{ ...certificate, keyFile: other.keyFile }, 'not the key of this certificate'],
      [other, 'is for other.example.com, not for app.example.com'],
      [expired, 'expired'],
      [{ ...certificate, keyFile: join(folder, 'nowhere.key') }, 'no such file'],
      [{ ...certificate, keyFile: certificate.certFile }, 'not a private key'],
      [{ ...certificate, certFile: certificate.keyFile }, 'no certificate'],
    ] as const) {
      const { status, stderr } = await bring(given);
      expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
      expect(stderr).not.toContain('PRIVATE KEY-----\n');
    }
  });

  it('is shown in a dry run, which changes nothing', async () => {
    const { status, stdout, stderr } = await bring(certificate, '--dry-run');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('app.example.com');
    expect((await issuedFor('app.example.com')).issuer.CN).not.toBe('test');
  });

  it('is served from then on, also after Caddy and OpenBao were killed', async () => {
    const { status, stderr } = await bring(certificate);
    expect(status, stderr).toBe(0);
    expect((await issuedFor('app.example.com')).issuer.CN).toBe('test');
    for (const name of ['openbao', 'caddy']) process.kill(stack.pidOf(name), 'SIGKILL');
    await eventually(() => issuedFor('app.example.com'), ({ issuer }) => issuer.CN === 'test'); // prettier-ignore
  });

  it('leaves its key in Vault and nowhere else', async () => {
    const elsewhere = files(stack.home).filter((file) => !file.startsWith(join(stack.home, 'openbao')));
    const holding = (pem: string) => {
      const lines = pem.split('\n').filter((line) => line.length > 40);
      return elsewhere.filter((file) => lines.some((line) => readFileSync(file).includes(line)));
    };
    expect(holding(certificate.key)).toEqual([]);
    // The certificate itself is public: where it is found, its key would be found too.
    for (const store of ['temporal', 'nats'])
      expect(holding(certificate.chain).some((file) => file.startsWith(join(stack.home, store)))).toBe(true);
  });

  it('needs no Vault for changes of other routes once it is served', async () => {
    const thaw = stack.freeze('openbao');
    try {
      const { status, stderr } = await update('secure.example.com', '--headers', 'X-A=1');
      expect(status, stderr).toBe(0);
      const refused = await bring(authority.issue(['app.example.com']));
      expect([refused.status, refused.stderr]).toEqual([6, expect.stringContaining('Vault')]);
    } finally {
      thaw();
    }
  });

  it('cannot be moved to a domain that it is not for', async () => {
    const moved = await stack.run('move', 'route', '--domain', 'app.example.com', '--to', 'b.example.com', '--force');
    expect([moved.status, moved.stderr]).toEqual([2, expect.stringContaining('certificate of b.example.com is for')]);
  });

  it('gives way to an issued one again', async () => {
    const { status, stderr } = await update('app.example.com', '--tls-cert', 'none', '--force');
    expect(status, stderr).toBe(0);
    expect((await issuedFor('app.example.com')).issuer.CN).not.toBe('test');
  });
});

it('redirects plain HTTP to the HTTPS port when it is forced', async () => {
  const { status, stderr } = await update('secure.example.com', '--tls-force-https');
  expect(status, stderr).toBe(0);
  const { hostname, port } = new URL(stack.status.caddy.http);
  const ask = () =>
    new Promise((resolve, reject) => {
      const options = { hostname, port, path: '/a?b=c', headers: { host: 'secure.example.com' }, agent: false };
      request(options, (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers.location]);
      })
        .on('error', reject)
        .end();
    });
  expect(await unlessReset(ask)).toEqual([308, `https://secure.example.com:${httpsPort()}/a?b=c`]);
  expect((await update('secure.example.com', '--tls-force-https=off', '--force')).status).toBe(0);
  expect((await stack.get('secure.example.com')).status).toBe(200);
});

describe('read health', () => {
  interface Health {
    readonly passed: boolean;
    readonly routes: readonly { domain: string; level: string; details: readonly string[] }[];
  }

  it('shows servers and the certificate that is really served, and ends with 0 while every route works', async () => {
    const { status, stdout, stderr } = await stack.run('read', 'health', '-o', 'json');
    expect(status, stderr).toBe(0);
    const { passed, routes } = JSON.parse(stdout) as Health;
    expect(passed).toBe(true);
    expect(routes.map(({ domain, level }) => [domain, level])).toEqual([
      ['app.example.com', 'ok'],
      ['secure.example.com', 'ok'],
    ]);
    expect(routes[0]?.details).toEqual([
      'visitors get 200',
      `${upstream.address} answers 200`,
      expect.stringMatching(/^certificate by Caddy Local Authority.* until 20/),
    ]);
  });

  it('warns of a certificate that ends soon, and ends with 6 when nothing answers', async () => {
    const { certFile, keyFile } = authority.issue(['app.example.com'], { days: 20, begunDaysAgo: 180 });
    const brought = await update('app.example.com', '--tls-cert', certFile, '--tls-key', keyFile);
    expect(brought.status, brought.stderr).toBe(0);
    const one = await stack.run('read', 'route', 'health', '--domain', 'app.example.com');
    expect([one.status, one.stdout]).toEqual([
      0,
      expect.stringMatching(/^WARN app\.example\.com\s[^]*\scertificate by test[^]*replace it/),
    ]);
    await update('secure.example.com', '--upstream', '127.0.0.1:9', '--force');
    const all = await stack.run('read', 'health');
    expect([all.status, all.stdout]).toEqual([
      6,
      expect.stringMatching(/^FAIL secure\.example\.com\s+visitors get 502[;\s]+127\.0\.0\.1:9 refuses connections/m),
    ]);
  });

  it('does not call a route ok whose visitors are redirected in a circle, or get the maintenance page', async () => {
    const circle = ['--middleware', 'redirect:308:same:https://app.example.com', '--force'];
    await stack.run('create', 'route', '--domain', 'circle.example.com', '--upstream', upstream.address);
    await update('circle.example.com', '--middleware', 'maintenance');
    const closed = await stack.run('read', 'route', 'health', '--domain', 'circle.example.com');
    expect([closed.status, closed.stdout]).toEqual([0, expect.stringMatching(/^MAINTENANCE circle\.example\.com/)]);
    const listed = await stack.run('list', 'routes');
    expect(listed.stdout).toMatch(/^circle\.example\.com .*converged +maintenance/m);
    await update('circle.example.com', '--middleware', 'none');
    await update('circle.example.com', ...circle);
    await update('app.example.com', '--middleware', 'redirect:308:same:https://circle.example.com', '--force');
    const turning = await stack.run('read', 'route', 'health', '--domain', 'app.example.com');
    expect([turning.status, turning.stdout]).toEqual([
      6,
      expect.stringMatching(/^FAIL app\.example\.com\s+visitors are redirected in a circle:/),
    ]);
    const shown = await stack.run('list', 'routes', '-o', 'json');
    const routes = JSON.parse(shown.stdout) as { metadata: { name: string }; status: { health: string } }[];
    expect(routes.find(({ metadata }) => metadata.name === 'app.example.com')?.status.health).toBe('fail');
    await update('app.example.com', '--middleware', 'none', '--force');
    await stack.run('delete', 'route', '--domain', 'circle.example.com', '--force');
  });

  it('says when there is no such route', async () => {
    const { status, stderr } = await stack.run('read', 'route', 'health', '--domain', 'ap.example.com');
    expect([status, stderr]).toEqual([3, expect.stringContaining('app.example.com')]);
  });
});

describe('a secret', () => {
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const statusAs = (account: string) => {
    const { hostname, port } = new URL(stack.status.caddy.http);
    const headers = { host: 'app.example.com', authorization: `Basic ${Buffer.from(account).toString('base64')}` };
    return unlessReset(
      () =>
        new Promise((resolve, reject) => {
          request({ hostname, port, headers, agent: false }, (answer) => resolve(answer.resume().statusCode))
            .on('error', reject)
            .end();
        }),
    );
  };
  const list = async () =>
    (
      JSON.parse((await stack.run('list', 'secrets', '-o', 'json')).stdout) as {
        spec: { kind: string };
        status: { version: number };
      }[]
    ).filter(({ spec }) => spec.kind === 'basic-auth');

  it('is kept, gets another value, and is forgotten; no password is readable outside Vault', async () => {
    const first = write('team.txt', 'ada:first-password-of-ada\nbob:first-password-of-bob\n');
    const created = await stack.run('create', 'secret', '--name', 'team', '--kind', 'basic-auth', '--from-file', first);
    expect(created.status, created.stderr).toBe(0);
    const second = write('team.txt', 'ada:second-password-of-ada\n');
    const updated = await stack.run('update', 'secret', '--name', 'team', '--from-file', second);
    expect(updated.status, updated.stderr).toBe(0);
    expect(await list()).toMatchObject([
      { metadata: { name: 'team' }, spec: { kind: 'basic-auth' }, status: { version: 2, routes: [] } },
    ]);
    const holding = files(stack.home).filter((file) => readFileSync(file).includes('password-of-'));
    expect(holding).toEqual([]);
  });

  it('lets through who knows its present value, and cannot be forgotten meanwhile', async () => {
    const guarded = await update('app.example.com', '--middleware', 'basic-auth:team');
    expect(guarded.status, guarded.stderr).toBe(0);
    expect((await stack.get('app.example.com')).status).toBe(401);
    expect(await statusAs('ada:first-password-of-ada')).toBe(401);
    expect(await statusAs('ada:second-password-of-ada')).toBe(200);
    const third = write('team.txt', 'ada:third-password-of-ada\n');
    expect((await stack.run('update', 'secret', '--name', 'team', '--from-file', third)).status).toBe(0);
    expect(await statusAs('ada:second-password-of-ada')).toBe(401);
    expect(await statusAs('ada:third-password-of-ada')).toBe(200);
    const refused = await stack.run('delete', 'secret', '--name', 'team');
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('app.example.com')]);
    expect((await update('app.example.com', '--middleware', 'none', '--force')).status).toBe(0);
    expect((await stack.run('delete', 'secret', '--name', 'team')).status).toBe(0);
    expect(await list()).toEqual([]);
  });

  it('is refused when it is no list of accounts, without showing any of it', async () => {
    const file = write('bad.txt', 'a-password-without-a-user\n');
    const { status, stderr } = await stack.run('create', 'secret', '--name', 'bad', '--from-file', file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('line 1 has no user name')]);
    expect(stderr).not.toContain('a-password-without');
  });
});

function files(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

describe('a Caddyfile with TLS settings of its sites', () => {
  it('is imported with them, and its certificate is served when the key is given', async () => {
    const { certFile, keyFile } = authority.issue(['own.example.net']);
    const caddyfile = join(folder, 'Caddyfile');
    writeFileSync(
      caddyfile,
      `own.example.net {\n\ttls ${certFile} ${keyFile}\n\treverse_proxy ${upstream.address}\n}\n` +
        `strict.example.net {\n\ttls {\n\t\tprotocols tls1.3\n\t}\n\treverse_proxy ${upstream.address}\n}\n` +
        `mtls.example.net {\n\ttls {\n\t\tclient_auth {\n\t\t\tmode require\n\t\t}\n\t}\n\treverse_proxy ${upstream.address}\n}\n`,
    );
    const target = join(folder, 'imported');
    const imported = await stack.run('import', 'caddy', '--from', caddyfile, '--to', target);
    expect(imported.status, imported.stderr).toBe(0);
    expect(imported.stderr).toContain('mtls.example.net asks visitors for a certificate (client_auth)');
    expect(imported.stderr).toMatch(/left out: mtls\.example\.net\n2 routes/);
    expect(readdirSync(join(target, 'routes')).sort()).toEqual(['own.example.net.yaml', 'strict.example.net.yaml']);
    expect(readFileSync(join(target, 'routes', 'strict.example.net.yaml'), 'utf8')).toContain('minVersion: "1.3"');
    const applied = await stack.run('update', 'apply', '--from-git', target, '--yes');
    expect(applied.status, applied.stderr).toBe(0);
    const [, command = ''] = /run: hecate (.*)/.exec(imported.stderr) ?? [];
    const brought = await stack.run(...command.split(' '));
    expect(brought.status, brought.stderr).toBe(0);
    const fingerprint = async () => (await issuedFor('own.example.net')).fingerprint256;
    await expect
      .poll(() => fingerprint().catch(() => null))
      .toBe(new X509Certificate(readFileSync(certFile)).fingerprint256);
  });
});
