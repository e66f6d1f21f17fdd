import { afterEach, expect, it, vi } from 'vitest';
import { printPlan } from '../../../src/client/print/plan-output.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import type { Plan } from '../../../src/workflows/contracts/plan.js';

afterEach(() => vi.restoreAllMocks());

it('counts what manifests describe, and not where they came from', async () => {
  const source = { name: 'site', repository: 'site', ref: null, sha: null, head: null, digest: 'a' };
  const plan: Plan = {
    id: 'a',
    changes: [
      changeOf('Route', 'a.example.com', null, plainRoute('a.example.com', 'b:1')),
      changeOf('Source', 'site', null, source as never),
    ],
    reads: [],
    expect: { hosts: [] },
    warnings: [],
    hash: 'b',
  };
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await printPlan({ planned: { kind: 'planned', plan }, impact: null }, { output: 'table', tells: false });
  expect(String(out.mock.calls[0]?.[0])).toContain('to add: 1, to change: 0, to delete: 0');
});

it('shows what a refused change would do, then why it is refused', async () => {
  const written: string[] = [];
  const keep = (text: unknown) => {
    written.push(String(text));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  const [before, after] = ['b:1', 'c:1'].map((upstream) => plainRoute('a.example.com', upstream));
  const changes = [changeOf('Route', 'a.example.com', before ?? null, after ?? null)];
  const message = 'a.example.com: basic-auth:team is taken away';
  const plan: Plan = { id: 'a', changes, reads: [], expect: { hosts: [] }, warnings: [message], hash: 'b' };
  const refusal = { kind: 'conflict' as const, code: 'protection-lost', message, hint: 'Add --force.' };
  const planned = { kind: 'refused' as const, refusal, plan };
  expect(await printPlan({ planned, impact: null }, { output: 'table', tells: true })).toBe(4);
  expect(written.join('')).toMatch(
    /^warning: .*taken away[^]*b:1[^]*plan b[^]*error: .*taken away\nhint: Add --force\.\n$/,
  );
  written.length = 0;
  await printPlan({ planned, impact: null }, { output: 'json', tells: true });
  expect(JSON.parse(written.find((text) => text.startsWith('{')) ?? '')).toMatchObject({
    ...{ hash: 'b', error: { kind: 'conflict', message } },
  });
});

it('does not promise an undo of secrets, whose values are in Vault', async () => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const team = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: 'a'.repeat(24) });
  const changes = [changeOf('Secret', 'team', team, { ...team, version: 2 })];
  const plan: Plan = { id: 'a', changes, reads: [], expect: { hosts: [] }, warnings: [], hash: 'b' };
  await printPlan({ planned: { kind: 'planned', plan }, impact: null }, { output: 'table', tells: false });
  expect(String(out.mock.calls[0]?.[0])).toContain('one commit in the log; an undo leaves secrets as they are');
});
