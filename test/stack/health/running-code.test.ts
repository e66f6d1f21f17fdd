import { expect, it } from 'vitest';
import { runningCode } from '../../../src/stack/health/stack-status.js';

it.each([
  ['all is well', 0, [], 0],
  ['the notary does not sign', 0, ['the notary does not sign'], 6],
  ['the log is older, so the notary does not sign', 7, ['the notary does not sign'], 7],
  ['Caddy has no configuration', 6, [], 6],
])('%s: exits with the code that the help names', (_case, serving, problems, code) => {
  expect(runningCode(serving, problems)).toBe(code);
});
