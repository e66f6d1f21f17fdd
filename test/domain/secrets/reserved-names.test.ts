import { expect, it } from 'vitest';
import { secretKinds } from '../../../src/domain/secrets/kinds.js';
import { reservedName } from '../../../src/domain/secrets/reserved-names.js';

it.each([
  ...['authentik-api-token', 'caddy-admin-password', 'nats-worker', 'nats-cli', 'vault-worker', 'vault-cli'],
  ...['operator-ada', 'operator-', 'all'],
])('reserves the name %s', (name) => expect(reservedName(name)).toContain('reserved'));

it.each(['team', 'operators', 'my-nats-cli', 'rotate-all'])('leaves the name %s to people', (name) =>
  expect(reservedName(name)).toBeNull(),
);

it('has a text about the end of the old value for each kind that does not prove its refusal', () => {
  for (const { rotation } of secretKinds) expect(rotation.endOfFormer === undefined).toBe(rotation.provesRefusal);
});
