import { expect, it } from 'vitest';
import { createOwnSteps } from '../../../src/activities/trust/own-steps.js';

it('steps are remembered by operation and kind, until they are removed', () => {
  const steps = createOwnSteps();
  steps.add('op1', 'appending');
  expect(steps.has('op1', 'appending')).toBe(true);
  expect(steps.has('op1', 'committed')).toBe(false);
  expect(steps.has('op2', 'appending')).toBe(false);
  steps.remove('op1', 'appending');
  expect(steps.has('op1', 'appending')).toBe(false);
});

it('the oldest steps are forgotten first, so that memory is bounded', () => {
  const steps = createOwnSteps();
  for (let count = 0; count <= 50_000; count++) steps.add(`op${count}`, 'planned');
  expect(steps.has('op0', 'planned')).toBe(false);
  expect(steps.has('op50000', 'planned')).toBe(true);
});
