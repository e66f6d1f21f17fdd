import { createGenericIssuer } from '../adapters/consumers/generic-issuer.js';
import { createNameLookup } from '../adapters/machine/name-lookup.js';
import { createSurroundings } from '../adapters/machine/surroundings.js';
import { vaultMounts } from '../adapters/vault/mounts.js';
import { find } from '../domain/log/state.js';
import type { LogReader } from '../ports/event-log.js';
import type { Issuer, Issuers, OwnCredentials } from '../ports/credentials.js';
import type { Secrets } from '../ports/secrets.js';
import type { Connections } from '../stack/connections.js';
import { knownParts } from './own-servers.js';

/** Systems with which credentials are issued. */
export interface IssuingSystems {
  readonly connections: Connections;
  /** Null: no Vault is configured. */
  readonly secrets: Secrets | null;
  readonly log: Pick<LogReader, 'view'>;
}

/** Creates the issuers of all kinds of secrets, and the finders of Hecate's own credentials. Connects to no system. */
export function issuersOf(systems: IssuingSystems): {
  readonly issuers: Issuers;
  readonly ownCredentials: OwnCredentials;
} {
  return {
    issuers: {
      'operator-key': 'not built yet',
      'nats-credentials': 'not built yet',
      'vault-approle': 'not built yet',
      'authentik-token': 'not built yet',
      'caddy-admin-password': 'not built yet',
      'tls-certificate': 'not built yet',
      'basic-auth': 'not built yet',
      generic: genericIssuer(systems, process.env),
    },
    ownCredentials: [],
  };
}

function genericIssuer({ connections, secrets, log }: IssuingSystems, env: NodeJS.ProcessEnv): Issuer | string {
  if (secrets === null) return NO_VAULT;
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

const NO_VAULT = 'no Vault is configured for the worker';
