import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  expect(finished.status, finished.stderr).toBe(0);
  return finished;
};

const listed = () => ['routes', 'auth-policies', 'upstreams'].map((kind) => done('list', kind, '-o', 'yaml').stdout);

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
  expect(stack.hecate('update', 'validate', '--from-git', alone).status).toBe(0);
  const offline = stack.hecate('update', 'validate', '--from-git', alone, '--offline');
  expect([offline.status, offline.stdout]).toEqual([2, expect.stringContaining('HEC011: there is no upstream pool')]);
});
