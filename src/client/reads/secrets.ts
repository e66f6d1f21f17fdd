import { all } from '../../domain/state.js';
import { routesWithSecret } from '../../operations/route-secrets.js';
import { print, table, type OutputFormat } from '../output.js';
import { provenance, withLog } from './reading.js';

/** Prints all secrets: what they are for and which version is in force, never a value. */
export async function listSecrets(format: OutputFormat): Promise<void> {
  const { state } = await withLog((log) => log.view());
  const secrets = all(state, 'Secret').map((held) => {
    const { name, kind, version } = held.value;
    return { name, kind, version, routes: routesWithSecret(state, name), ...provenance(state, held) };
  });
  await print(format, secrets, () =>
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
