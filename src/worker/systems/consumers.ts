import { createGenericIssuer } from '../../adapters/consumers/generic-issuer.js';
import { createNameLookup } from '../../adapters/machine/name-lookup.js';
import { createSurroundings } from '../../adapters/machine/surroundings.js';
import { vaultMounts } from '../../adapters/vault/mounts.js';
import { find } from '../../domain/log/state.js';
import type { Issuer } from '../../ports/credentials.js';
import type { LogReader } from '../../ports/event-log.js';
import type { Secrets } from '../../ports/secrets.js';
import type { Connections } from '../../stack/connections.js';
import { knownParts } from './own-servers.js';

/** Systems with which consumers of generic secrets are told about their values. */
export interface ConsumerSystems {
  readonly connections: Connections;
  /** Null: no Vault is configured. */
  readonly secrets: Secrets | null;
  readonly log: Pick<LogReader, 'view'>;
}

/** Creates the issuer of generic secrets; a text: why this worker has none. */
export function genericIssuer({ connections, secrets, log }: ConsumerSystems, env: NodeJS.ProcessEnv): Issuer | string {
  if (secrets === null) return 'no Vault is configured for the worker';
  return createGenericIssuer({
    secrets,
    secretNamed: async (name) => find((await log.view()).state, 'Secret', name)?.value ?? null,
    mount: vaultMounts(connections.vault.environment).own,
    commandsFolder: env['HECATE_SECRET_COMMANDS_DIR'] || null,
    searchPath: env['PATH'] ?? '/usr/bin:/bin',
    now: () => new Date().toISOString(),
    resolve: createNameLookup(),
    surroundings: createSurroundings({ ...knownParts(connections), seenFrom: 'here' }),
  });
}
