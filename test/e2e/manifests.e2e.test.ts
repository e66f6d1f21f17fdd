import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

let stack: TestStack;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hecate-e2e-manifests-'));
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

const done = (...words: string[]) => {
  const finished = stack.hecate(...words);
  expect(finished.status, finished.stdout + finished.stderr).toBe(0);
  return finished;
};

const listed = () =>
  ['secrets', 'routes', 'auth-policies', 'upstreams'].map((kind) =>
    // The age of a value grows by itself.
    done('list', kind, '-o', 'yaml').stdout.replaceAll(/^ *ageSeconds: .*\n/gm, ''),
  );

/** Takes over where the resources come from, and changes nothing else; from then on nothing at all. */
function appliesToNoChange(source: string): void {
  const before = listed();
  expect(done('update', 'apply', '--from-git', source).stdout).not.toMatch(/create (?!Source)|delete/);
  expect(listed()).toEqual(before);
  expect(done('update', 'apply', '--from-git', source).stdout).toBe('unchanged\n');
}

it('exports what validates and applies back to no change', () => {
  const site = join(folder, 'site');
  done(
    'create',
    'upstream',
    '--name',
    'pool',
    '--servers',
    'localhost:3000=3,localhost:3001',
    '--load-balancer',
    'weighted',
  );
  done('create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups', '--metadata', 'a=b: c');
  done('create', 'route', '--domain', 'app.example.com', '--upstream', 'pool', '--auth-policy', 'staff');
  done('create', 'route', '--domain', '*.example.org', '--upstream', 'localhost:1', '--headers', 'X-A=# {no}');
  expect(done('export', '--to', site).stdout).toContain('4 written, 0 unchanged');
  expect(done('export', '--to', site).stdout).toContain('0 written, 4 unchanged');
  expect(done('update', 'validate', '--from-git', site).stderr).toContain('0 errors');
  appliesToNoChange(site);
});

it('lists manifests that apply back to no change', () => {
  const folderOfOne = mkdtempSync(join(folder, 'listed-'));
  writeFileSync(join(folderOfOne, 'all.yaml'), listed().join('---\n'));
  appliesToNoChange(folderOfOne);
});

it('looks references up in the log, or in the folder alone', () => {
  const route =
    'apiVersion: hecate.io/v1\nkind: Route\nmetadata: {name: b}\nspec: {domain: b.example.com, upstream: pool}\n';
  const alone = mkdtempSync(join(folder, 'alone-'));
  writeFileSync(join(alone, 'b.yaml'), route);
  done('update', 'validate', '--from-git', alone);
  const offline = stack.hecate('update', 'validate', '--from-git', alone, '--offline');
  expect([offline.status, offline.stdout]).toEqual([2, expect.stringContaining('HEC011: there is no upstream pool')]);
});

const accounts = (text: string) => {
  const file = join(mkdtempSync(join(folder, 'accounts-')), 'accounts.txt');
  writeFileSync(file, text);
  return file;
};
const secretManifest = (name: string, more = '') =>
  `apiVersion: hecate.io/v1\nkind: Secret\nmetadata:\n  name: ${name}\nspec:\n  kind: basic-auth\n${more}`;

it('exports secrets without their values, which apply to no change, also after another value came', () => {
  done('create', 'secret', '--name', 'team', '--kind', 'basic-auth', '--from-file', accounts('ada:hunter2\n'));
  done('create', 'route', '--domain', 'in.example.com', '--upstream', 'localhost:1', '--middleware', 'basic-auth:team');
  const site = join(folder, 'with-secret');
  done('export', '--to', site);
  expect(readFileSync(join(site, 'secrets', 'team.yaml'), 'utf8')).toMatch(
    new RegExp(`^# Written by .*\n${secretManifest('team')}$`),
  );
  expect(done('update', 'validate', '--from-git', site).stderr).toContain('0 errors');
  appliesToNoChange(site);
  done('update', 'secret', '--name', 'team', '--from-file', accounts('ada:hunter3\n'));
  expect(done('export', '--to', site).stdout).toContain('0 written');
  expect(done('update', 'apply', '--from-git', site, '--prune').stdout).toBe('unchanged\n');
  rmSync(join(site, 'secrets'), { recursive: true });
  expect(done('update', 'apply', '--from-git', site, '--prune', '--yes').stdout).not.toContain('Secret');
  const secrets = JSON.parse(done('list', 'secrets', '-o', 'json').stdout) as { metadata: { name: string } }[];
  expect(secrets.filter(({ metadata }) => metadata.name === 'team')).toMatchObject([
    { kind: 'Secret', status: { version: 2 } },
  ]);
});

it('refuses a secret that is not there with its place and the way out, and makes none', () => {
  const site = mkdtempSync(join(folder, 'lacking-'));
  writeFileSync(join(site, 'crew.yaml'), secretManifest('crew'));
  const before = listed();
  for (const [command, ...more] of [['validate'], ['apply'], ['apply', '--dry-run']]) {
    const refused = stack.hecate('update', command ?? '', '--from-git', site, ...more);
    expect(refused.status).toBe(2);
    expect(refused.stdout + refused.stderr).toMatch(/crew\.yaml:4:9: (error )?HEC014.* there is no secret crew/);
    expect(refused.stdout + refused.stderr).toContain('hecate create secret --name crew --kind basic-auth');
  }
  expect(stack.hecate('update', 'validate', '--offline', '--from-git', site).status).toBe(0);
  expect(listed()).toEqual(before);
  done('create', 'secret', '--name', 'crew', '--kind', 'basic-auth', '--from-file', accounts('bob:hunter2\n'));
  expect(done('update', 'apply', '--from-git', site).stdout).toBe('unchanged\n');
});

it('refuses the value of a secret in a manifest, and shows it nowhere', () => {
  const site = mkdtempSync(join(folder, 'value-'));
  writeFileSync(join(site, 'team.yaml'), secretManifest('team', '  password: hunter2\n'));
  const before = listed();
  for (const words of [['validate', '-o', 'sarif'], ['validate'], ['apply']]) {
    const refused = stack.hecate('update', ...words, '--from-git', site);
    expect(refused.status).toBe(2);
    expect(refused.stdout + refused.stderr).toContain('HEC013');
    expect(refused.stdout + refused.stderr).not.toContain('hunter2');
  }
  expect(listed()).toEqual(before);
});
