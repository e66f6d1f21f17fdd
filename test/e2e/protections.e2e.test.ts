import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, startUpstream, type TestStack } from './stack.js';

const root = join(import.meta.dirname, '../..');
const DOMAIN = 'app.example.com';
let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let address: string;
let folder: string;
beforeAll(async () => {
  upstream = await startUpstream('app');
  address = upstream.address;
  folder = mkdtempSync(join(tmpdir(), 'hecate-protections-'));
  mkdirSync(join(folder, 'site'));
  stack = startStack();
  done('create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups', '--require-mfa');
  done('create', 'route', '--domain', DOMAIN, '--upstream', address);
});
afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true });
});

function done(...args: string[]) {
  const ran = stack.hecate(...args);
  expect(ran.status, ran.stderr).toBe(0);
  return ran;
}

const sequence = () =>
  (JSON.parse(done('history', '--limit', '1', '-o', 'json').stdout) as { sequence: number }[])[0]?.sequence ?? 0;
const status = async (host = DOMAIN) => (await stack.get(host)).status;

/** Refused without the flag, with nothing changed; done with it, saying first what is lost. */
function expectAsked(flag: '--force' | '--yes', words: string, ...args: string[]) {
  const before = sequence();
  const refused = stack.hecate(...args);
  expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining(words)]);
  expect(refused.stderr).toContain(`Add ${flag} to carry it out anyway.`);
  expect(sequence()).toBe(before);
  const forced = done(...args, flag);
  expect(forced.stderr).toContain(words);
}

describe('sign-in', () => {
  it('reaches a host however its name is written', async () => {
    done('update', 'route', '--domain', DOMAIN, '--auth-policy', 'staff');
    for (const host of [DOMAIN, 'APP.Example.COM', `${DOMAIN}.`, 'App.example.com:8080'])
      expect(await status(host), host).toBe(302);
  });

  it('is not weakened by its policy without a question', async () => {
    const policy = ['update', 'auth-policy', '--name', 'staff'];
    expectAsked('--force', `${DOMAIN}: sign-in no longer requires group staff`, ...policy, '--groups', 'none');
    expectAsked('--force', 'sign-in no longer requires a second factor', ...policy, '--require-mfa=off');
    expect(await status()).toBe(302);
  });

  it('is not taken away by an update, an undo or a rollback without a question', async () => {
    const lost = `${DOMAIN}: sign-in (policy staff) is taken away, so everybody gets in`;
    done('update', 'route', '--domain', DOMAIN, '--auth-policy', 'none', '--force');
    const open = sequence();
    done('update', 'route', '--domain', DOMAIN, '--auth-policy', 'staff');
    const protecting = sequence();
    expectAsked('--force', lost, 'update', 'undo', '--operation', String(protecting));
    expect(await status()).toBe(200);
    done('update', 'route', '--domain', DOMAIN, '--auth-policy', 'staff');
    expectAsked('--force', lost, 'update', 'rollback', '--to-commit', String(open));
    done('update', 'route', '--domain', DOMAIN, '--auth-policy', 'staff');
    expectAsked('--force', lost, 'update', 'route', '--domain', DOMAIN, '--auth-policy', 'none');
  });
});

describe('filters and limits', () => {
  it('stay when other middleware is set, and do not go without a question', async () => {
    const update = ['update', 'route', '--domain', DOMAIN];
    done(...update, '--middleware', 'ip-allow:10.0.0.0/8', '--middleware', 'max-body:1MB');
    done(...update, '--middleware', 'compression');
    expect(await status()).toBe(403);
    expectAsked(
      '--force',
      'ip-allow now lets in 127.0.0.0/8',
      ...update,
      '--middleware',
      'ip-allow:10.0.0.0/8,127.0.0.0/8',
    );
    expect(await status()).toBe(200);
    expectAsked('--force', 'is taken away, so every address gets in', ...update, '--remove-middleware', 'ip-allow');
    const warned = done(...update, '--remove-middleware', 'max-body');
    expect(warned.stderr).toContain('max-body:1MB is taken away, so bodies of any size pass');
  });
});

describe('a wildcard', () => {
  it('protects its hosts unless a person insists', async () => {
    done('create', 'route', '--domain', '*.example.net', '--upstream', address, '--middleware', 'ip-allow:10.0.0.0/8');
    expect(await status('new.example.net')).toBe(403);
    const words = 'new.example.net: ip-allow:10.0.0.0/8 is taken away, so every address gets in';
    expectAsked('--force', words, 'create', 'route', '--domain', 'new.example.net', '--upstream', address);
    expect(await status('new.example.net')).toBe(200);
  });
});

describe('at a terminal', () => {
  /** Runs a command in a terminal, and types an answer when it asks. */
  const typed = async (answer: string, ...args: string[]) => {
    const command = [process.execPath, join(root, 'bin/hecate'), ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, HECATE_HOME: stack.home } });
    let shown = '';
    child.stdout.on('data', (chunk) => {
      const hadAsked = shown.includes('[y/N]');
      shown += String(chunk);
      if (!hadAsked && shown.includes('[y/N]')) child.stdin.write(answer);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { status: code, shown };
  };

  it('a person is asked, and nothing happens without a yes', async () => {
    done('update', 'route', '--domain', DOMAIN, '--middleware', 'ip-deny:10.0.0.1');
    const open = ['update', 'route', '--domain', DOMAIN, '--middleware', 'none'];
    for (const answer of ['\r', 'n\r', '\x04']) {
      const kept = await typed(answer, ...open);
      expect([kept.status, kept.shown]).toEqual([4, expect.stringContaining('Carry it out anyway? [y/N]')]);
    }
    expect((await typed('y\r', ...open)).status).toBe(0);
    expect(done('read', 'route', '--domain', DOMAIN, '-o', 'json').stdout).not.toContain('ip-deny');
  });
});

describe('a dry run', () => {
  it('shows the plan, first of all what is lost, and is refused as the run would be', () => {
    done('update', 'route', '--domain', DOMAIN, '--middleware', 'ip-deny:10.0.0.1');
    const shown = stack.hecate('update', 'route', '--domain', DOMAIN, '--middleware', 'none', '--dry-run');
    expect([shown.status, shown.stdout]).toEqual([4, expect.stringContaining('nothing was changed (dry run)')]);
    expect(shown.stdout).toContain('- ip-deny:10.0.0.1');
    expect(shown.stderr).toMatch(/^warning: [^\n]*ip-deny:10\.0\.0\.1 is taken away[^]*error: .*\nhint: Add --force/);
  });
});

describe('apply', () => {
  const write = (spec: string) =>
    writeFileSync(
      join(folder, 'site', 'route.yaml'),
      `apiVersion: hecate.io/v1\nkind: Route\nmetadata: {name: site}\nspec:\n  domain: site.example.com\n  upstream: ${address}\n${spec}`,
    );
  const apply = ['update', 'apply', '--from-git'];

  it('of manifests without a protection asks for --yes, and names each', async () => {
    const from = join(folder, 'site');
    write('  middleware: [ip-allow:10.0.0.0/8]\n  authPolicy: staff\n  tls: {forceHTTPS: true, autoHTTPS: false}\n');
    done(...apply, from);
    write('  middleware: []\n');
    for (const words of ['sign-in (policy staff)', 'ip-allow:10.0.0.0/8 is taken away', 'redirect from plain HTTP']) {
      const refused = stack.hecate(...apply, from);
      expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining(words)]);
    }
    expectAsked('--yes', 'site.example.com: sign-in (policy staff)', ...apply, from);
    expect(await status('site.example.com')).toBe(200);
  });
});
