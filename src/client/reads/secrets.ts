import { all } from '../../domain/log/state.js';
import { routesWithSecret } from '../../operations/rules/route.js';
import { print, table } from '../print/output.js';
import { printManifests } from './described.js';
import { look, provenance, type Looking } from './reading.js';

/** Prints all secrets: what they are for and which version is in force, never a value. */
export async function listSecrets(looking: Looking): Promise<void> {
  const seen = await look(looking);
  const { state } = seen;
  if (looking.output === 'yaml') return printManifests(state, 'Secret');
  const secrets = all(state, 'Secret').map((held) => {
    const { name, kind, version } = held.value;
    return { name, kind, version, routes: routesWithSecret(state, name), ...provenance(seen, held) };
  });
  await print(looking.output, secrets, () =>
    secrets.length === 0
      ? 'no secrets'
      : table(
          ['NAME', 'KIND', 'VERSION', 'ROUTES', 'UPDATED', 'BY'],
          secrets.map((secret) => [
            secret.name,
            secret.kind,
            String(secret.version),
            String(secret.routes.length),
            secret.updatedAt,
            secret.updatedBy,
          ]),
        ),
  );
}
