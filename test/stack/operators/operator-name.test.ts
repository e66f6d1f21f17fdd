import { expect, it } from 'vitest';
import { firstOperatorName } from '../../../src/stack/operators/operator-name.js';
import { operatorName } from '../../../src/domain/resources/operator.js';

it.each([
  ['anna', 'anna'],
  ['Anna Müller', 'anna-muller'],
  ['DOMAIN\\svc_deploy$', 'domain-svc-deploy'],
  ['x'.repeat(100), 'x'.repeat(63)],
  ['日本', 'admin'],
  ['none', 'admin'],
  ['hecate', 'admin'],
])('the first operator of %j is %j', (given, name) => {
  expect(firstOperatorName({ HECATE_ACTOR: given })).toBe(name);
});

it('without HECATE_ACTOR is the login name, as a valid name', () => {
  expect(operatorName.safeParse(firstOperatorName({})).success).toBe(true);
});
