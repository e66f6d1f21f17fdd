import { expect, it } from 'vitest';
import { readTestAuth } from '../../../../src/client/reads/diagnosis/test-auth.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';
import type { IdentityCheck } from '../../../../src/ports/identity.js';

async function answered(...checks: IdentityCheck[]) {
  const worker = { inspectIdentity: () => Promise.resolve({ address: 'https://auth.example.com', checks }) };
  const context = { withWorker: (ask: (asked: unknown) => unknown) => ask(worker) } as unknown as ReadContext;
  return readTestAuth.answer({ provider: 'authentik' }, context);
}

const reachable = { name: 'reachable', passed: true, detail: 'it answers 200' };

it.each([
  ['0 when all is well', [reachable], 0],
  [
    '5 when authentik refuses the token',
    [reachable, { name: 'token', passed: false, detail: 'x', problem: 'denied' }],
    5,
  ],
  ['6 when authentik does not answer', [{ ...reachable, passed: false, problem: 'unavailable' }], 6],
  ['6 when a right is missing', [reachable, { name: 'rights', passed: false, detail: 'missing: a' }], 6],
] as const)('ends %s', async (_title, checks, code) => {
  const answer = await answered(...checks);
  expect(answer.exitCode).toBe(code);
  expect(JSON.stringify(answer.data)).not.toContain('problem');
});
