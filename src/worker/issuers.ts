import type { Issuers, OwnCredentials } from '../ports/credentials.js';
import type { Secrets } from '../ports/secrets.js';
import type { Connections } from '../stack/connections.js';
import { natsIssuer, ownNatsCredentials, type NatsUse } from './nats-of-home.js';

/** Systems with which credentials are issued. */
export interface IssuingSystems {
  readonly connections: Connections;
  /** Null: no Vault is configured. */
  readonly secrets: Secrets | null;
  /** Parts that use the worker's seed of NATS. */
  readonly natsUse: NatsUse;
}

/** Creates the issuers of all kinds of secrets, and the finders of Hecate's own credentials. Connects to no system. */
export function issuersOf({ connections, natsUse }: IssuingSystems): {
  readonly issuers: Issuers;
  readonly ownCredentials: OwnCredentials;
} {
  return {
    issuers: {
      'operator-key': 'not built yet',
      'nats-credentials': natsIssuer(connections, natsUse),
      'vault-approle': 'not built yet',
      'authentik-token': 'not built yet',
      'caddy-admin-password': 'not built yet',
      'tls-certificate': 'not built yet',
      'basic-auth': 'not built yet',
      generic: 'not built yet',
    },
    ownCredentials: [() => ownNatsCredentials(connections)],
  };
}
