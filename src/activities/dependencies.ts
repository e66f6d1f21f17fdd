import type { CanaryWatch, IdentityQueue, RunningOperations } from '../ports/workflows.js';
import type { EventLog } from '../ports/event-log.js';
import type { Blobs } from '../ports/blobs.js';
import type { Manifests } from '../ports/manifests.js';
import type { Certificates } from '../ports/certificates.js';
import type { Identity } from '../ports/identity.js';
import type { Proxy } from '../ports/proxy.js';
import type { Secrets } from '../ports/secrets.js';
import type { Converger } from './proxies/converger.js';
import type { SecretResolver } from './secrets/resolved-secrets.js';
import type { InFlight } from './proxies/in-flight.js';

/** What the activities work with; the worker makes it. */
export interface Dependencies {
  readonly log: EventLog;
  readonly proxies: readonly Proxy[];
  readonly converger: Converger;
  readonly traffic: InFlight;
  readonly running: RunningOperations;
  /** Null: none is configured, and nothing can require sign-in. */
  readonly identity: Identity | null;
  /** The way to the one writer of the identity provider. */
  readonly identityQueue: IdentityQueue;
  /** The way to manifests. */
  readonly desired: Manifests;
  /** Changes that are too large for a history; kept for ever, or for an hour. */
  readonly blobs: Blobs;
  readonly blobStaging: Blobs;
  /** The way to the workflows that tend canaries. */
  readonly canaryWatch: CanaryWatch;
  /** Null: no Vault is configured, and nothing can be handed over. */
  readonly secrets: Secrets | null;
  readonly certificates: Certificates;
  readonly materials: SecretResolver;
  /** bcrypt hash of a password, with a salt of its own each time. */
  readonly hashPassword: (password: string) => Promise<string>;
  readonly longestBypassMs: number;
  /** `probeProxies`, shared by operations that plan within a moment. */
  readonly probe: () => Promise<string | null>;
  /** Current time, ISO 8601 UTC with milliseconds. */
  readonly now: () => string;
  /** SHA-256 (hex) of a text. */
  readonly sha256: (text: string) => string;
}
