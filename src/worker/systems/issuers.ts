import { createAuthentikTokens } from '../../adapters/authentik/credentials/authentik-tokens.js';
import type { TokenSource } from '../../adapters/authentik/credentials/token-source.js';
import type { Issuers, OwnCredentials } from '../../ports/credentials.js';
import {
  createOperatorKeyIssuer,
  ownOperatorKey,
  type OperatorKeyOfHome,
} from '../../adapters/keys/operator-key-issuer.js';
import { genericIssuer, type ConsumerSystems } from './consumers.js';
import { natsIssuer, ownNatsCredentials, type NatsUse } from './nats-of-home.js';
import { ownProxyCredentials, proxyIssuers, type ProxyCredentialSystems } from './proxy-credentials.js';
import { ownVaultCredentials, vaultIssuer, type VaultUse } from './vault-of-worker.js';

/** Systems with which credentials are issued. */
export interface IssuingSystems extends ConsumerSystems, ProxyCredentialSystems {
  /** Null with `secrets`. */
  readonly vault: VaultUse | null;
  /** Parts that use the worker's seed of NATS. */
  readonly natsUse: NatsUse;
  readonly operatorKey: OperatorKeyOfHome;
  /** Source of the API token that calls to authentik use; null: no authentik is configured. */
  readonly authentikTokens: TokenSource | null;
}

/** Creates the issuers of all kinds of secrets, and the finders of Hecate's own credentials. Connects to no system. */
export function issuersOf(systems: IssuingSystems): {
  readonly issuers: Issuers;
  readonly ownCredentials: OwnCredentials;
} {
  const { connections, vault, natsUse, operatorKey } = systems;
  const authentik = authentikOf(systems);
  return {
    issuers: {
      'operator-key': createOperatorKeyIssuer(operatorKey),
      'nats-credentials': natsIssuer(connections, natsUse),
      'vault-approle': vaultIssuer(connections, vault),
      'authentik-token': authentik?.issuer ?? NO_AUTHENTIK,
      ...proxyIssuers(systems),
      generic: genericIssuer(systems, process.env),
    },
    ownCredentials: [
      () => ownNatsCredentials(connections),
      () => ownOperatorKey(operatorKey.log, operatorKey.keyFile),
      () => ownProxyCredentials(systems),
      ownVaultCredentials(connections, vault),
      ...(authentik === null ? [] : [authentik.own]),
    ],
  };
}

const NO_AUTHENTIK = 'no authentik is configured for the worker (HECATE_AUTHENTIK_URL, HECATE_AUTHENTIK_TOKEN_FILE)';

function authentikOf({ connections: { authentik, environment }, authentikTokens: tokens }: IssuingSystems) {
  if (authentik === null || tokens === null) return null;
  return createAuthentikTokens({ url: authentik.url, tokens, environment });
}
