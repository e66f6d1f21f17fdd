import { all, find, type StoredResource } from '../../domain/log/state.js';
import { missingPolicy } from '../../operations/rules/sign-in.js';
import { print, table } from '../print/output.js';
import { printManifests } from './described.js';
import { absent, look, properties, provenance, type Look, type Looking } from './reading.js';

/** Prints all auth policies. */
export async function listAuthPolicies(looking: Looking): Promise<void> {
  const seen = await look(looking);
  if (looking.output === 'yaml') return printManifests(seen.state, 'AuthPolicy');
  const policies = all(seen.state, 'AuthPolicy').map((held) => shownPolicy(seen, held));
  await print(looking.output, policies, () =>
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
            policy.requireMFA ? 'yes' : 'no',
            String(policy.routes.length),
            policy.updatedAt,
            policy.updatedBy,
          ]),
        ),
  );
}

/** Prints one auth policy; throws `missing`. */
export async function readAuthPolicy(name: string, looking: Looking): Promise<void> {
  const seen = await look(looking);
  const held = find(seen.state, 'AuthPolicy', name);
  if (!held) throw absent(missingPolicy(seen.state, name));
  const policy = shownPolicy(seen, held);
  await print(looking.output, policy, () => properties(policy));
}

function shownPolicy(seen: Look, held: StoredResource<'AuthPolicy'>) {
  const routes = all(seen.state, 'Route').filter((route) => route.value.authPolicy === held.name);
  return { ...held.value, routes: routes.map((route) => route.name), ...provenance(seen, held) };
}
