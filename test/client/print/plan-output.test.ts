import { afterEach, expect, it, vi } from 'vitest';
import { printPlan } from '../../../src/client/print/plan-output.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
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
