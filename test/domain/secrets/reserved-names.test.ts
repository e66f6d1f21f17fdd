import { expect, it } from 'vitest';
import { reservedName } from '../../../src/domain/secrets/reserved-names.js';

it.each([
  ...['authentik-api-token', 'caddy-admin-password', 'nats-worker', 'nats-cli', 'vault-worker', 'vault-cli'],
  ...['operator-ada', 'operator-', 'all'],
])('reserves the name %s', (name) => expect(reservedName(name)).toContain('reserved'));

it.each(['team', 'operators', 'my-nats-cli', 'rotate-all'])('leaves the name %s to people', (name) =>
  expect(reservedName(name)).toBeNull(),
);
