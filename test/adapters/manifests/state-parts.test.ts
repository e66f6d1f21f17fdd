import { describe, expect, it } from 'vitest';
import { stateParts } from '../../../src/adapters/manifests/state-parts.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newSecret } from '../../../src/domain/resources/secret.js';
import { createAuthPolicy } from '../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../src/operations/routes/create-route.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { createHistory } from '../../builders/history.js';

async function someState() {
  const history = createHistory();
  await history.run(createSecret, { name: 'team', fromFile: 'a'.repeat(24) });
  await history.run(createAuthPolicy, { name: 'staff' });
  await history.run(createRoute, { domain: 'app.example.com', upstream: 'one:1', authPolicy: 'staff' });
  const own = newSecret({
    name: 'nats-worker',
    kind: 'nats-credentials',
    version: 1,
    edition: 'e'.repeat(24),
  } as never);
  history.commit('registered', [changeOf('Secret', 'nats-worker', null, own)]);
  return history.state();
}

const pathsOf = (parts: Iterable<{ readonly path: string }>) => [...parts].map(({ path }) => path).sort();

describe('the state in an archive', () => {
  it('is the manifests of an export, and the operators', async () => {
    expect(pathsOf(stateParts(await someState(), 'all'))).toEqual([
      'state/auth-policies/staff.yaml',
      'state/operators.json',
      'state/routes/app.example.com.yaml',
      'state/secrets/team.yaml',
    ]);
  });

  it('has only the components that are asked for', async () => {
    expect(pathsOf(stateParts(await someState(), ['routes', 'auth-policies']))).toEqual([
      'state/auth-policies/staff.yaml',
      'state/routes/app.example.com.yaml',
    ]);
  });
});
