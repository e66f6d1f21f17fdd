import { all, find, type Held, type State } from '../../domain/state.js';
import { missingPolicy } from '../../operations/route-access.js';
import { print, table, type OutputFormat } from '../output.js';
import { absent, properties, provenance, readState } from './reading.js';

/** Prints all auth policies. */
export async function listAuthPolicies(format: OutputFormat): Promise<void> {
  const state = await readState();
  const policies = all(state, 'AuthPolicy').map((held) => shownPolicy(state, held));
  await print(format, policies, () =>
    policies.length === 0
      ? 'no auth policies'
      : table(
          ['NAME', 'GROUPS', 'METADATA', 'MFA', 'ROUTES', 'UPDATED', 'BY'],
          policies.map((policy) => [
            policy.name,
            policy.groups.join(', ') || '–',
            Object.entries(policy.metadata)
              .map(([name, value]) => `${name}=${value}`)
              .join(', ') || '–',
            policy.requiresMfa ? 'yes' : 'no',
            String(policy.routes.length),
            policy.updatedAt,
            policy.updatedBy,
          ]),
        ),
  );
}

/** Prints one auth policy; throws `missing`. */
export async function readAuthPolicy(name: string, format: OutputFormat): Promise<void> {
  const state = await readState();
  const held = find(state, 'AuthPolicy', name);
  if (!held) throw absent(missingPolicy(state, name));
  const policy = shownPolicy(state, held);
  await print(format, policy, () => properties(policy));
}

function shownPolicy(state: State, held: Held<'AuthPolicy'>) {
  const routes = all(state, 'Route').filter((route) => route.value.authPolicy === held.name);
  return { ...held.value, routes: routes.map((route) => route.name), ...provenance(state, held) };
}
