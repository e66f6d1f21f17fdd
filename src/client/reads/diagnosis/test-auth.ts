import { exitCodes } from '../../../domain/refusal.js';
import { z } from 'zod';
import { Failure } from '../../../ports/failure.js';
import { stackExitCodes } from '../../print/exit-codes.js';
import { oneLine } from '../../print/visible.js';
import type { IdentityCheck } from '../../../ports/identity.js';
import { defineRead } from '../read.js';

/** Width of the names of most checks. */
const USUAL_NAME = 12;

/** Returns true when authentik refused the token itself. */
function isRefused(checks: readonly IdentityCheck[]): boolean {
  return checks.some(({ name, problem }) => name === 'token' && problem === 'denied');
}

/** Checks sign-in as the worker sees it. */
export const readTestAuth = defineRead({
  path: ['read', 'test', 'auth'],
  summary: 'Check sign-in: the identity provider, its drift, and through Caddy every host that requires sign-in',
  examples: ['read test auth --provider authentik'],
  exitCodes: stackExitCodes,
  asksWorker: true,
  input: z.strictObject({ provider: z.enum(['authentik']).default('authentik').describe('identity provider') }),
  shape: () =>
    z.strictObject({
      address: z.string(),
      passed: z.boolean(),
      checks: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), detail: z.string() })),
    }),
  async answer(_input, { withWorker }) {
    const { address, checks } = await withWorker((worker) => worker.inspectIdentity());
    if (address === null) {
      throw new Failure('unavailable', 'no identity provider is configured for the worker', {
        hint: 'Set HECATE_AUTHENTIK_URL and HECATE_AUTHENTIK_TOKEN_FILE.',
      });
    }
    const passed = checks.every((check) => check.passed);
    return {
      data: { address, passed, checks: checks.map(({ name, passed: is, detail }) => ({ name, passed: is, detail })) },
      text: () => {
        const width = Math.max(USUAL_NAME, ...checks.map(({ name }) => name.length));
        return checks
          .map(
            (check) =>
              `${check.passed ? 'ok  ' : 'FAIL'} ${oneLine(check.name).padEnd(width)} ${oneLine(check.detail)}`,
          )
          .join('\n');
      },
      exitCode: passed ? 0 : exitCodes[isRefused(checks) ? 'denied' : 'unavailable'].code,
    };
  },
});
