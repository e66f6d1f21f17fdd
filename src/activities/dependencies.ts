import type { BackupSystems } from './backup/systems.js';
import type { Issuers } from '../ports/credentials.js';
import type {
  CanaryWatch,
  ProbationWatch,
  ContinuousWatch,
  IdentityQueue,
  RotationWatch,
  RunningOperations,
} from '../ports/workflows.js';
import type { EventLog } from '../ports/event-log.js';
import type { Blobs } from '../ports/blobs.js';
import type { Manifests } from '../ports/manifests.js';
import type { Certificates } from '../ports/certificates.js';
import type { Identity } from '../ports/identity.js';
import type { ProbationTerms } from '../domain/resources/probation.js';
import type { Facts } from '../domain/health/facts.js';
import type { Proxy } from '../ports/proxy.js';
import type { FigureReader } from '../ports/figures.js';
import type { Observations } from '../ports/observations.js';
import type { ScheduledRuns, Scheduler } from '../ports/schedules.js';
import type { Secrets } from '../ports/secrets.js';
import type { EncryptFor, Seals, TakenRequests, VerifySignature } from '../ports/trust.js';
import type { AlertSender } from '../ports/alerts/sender.js';
import type { Drills } from '../ports/backup/drills.js';
import type { NameServers } from '../ports/name-servers.js';
import type { Surroundings } from '../ports/surroundings.js';
import type { ShippingSight } from './backup/shipping-sight.js';
import type { Converger } from './proxies/converger.js';
import type { SecretResolver } from './secrets/resolved-secrets.js';
import type { InFlight } from './proxies/in-flight.js';

/** Ports and functions that the activities use; the worker creates them. */
export interface Dependencies {
  readonly log: EventLog;
  readonly proxies: readonly Proxy[];
  readonly surroundings: Surroundings;
  /** Name servers, as the worker reaches them. */
  readonly names: NameServers;
  /** Addresses under which visitors reach the proxies; null: not known. */
  readonly publicAddresses: readonly string[] | null;
  /** Host under which the proxies serve their admin API; null: none. No route may have it. */
  readonly adminHost: string | null;
  readonly converger: Converger;
  readonly traffic: InFlight;
  readonly running: RunningOperations;
  /** Null: no identity provider is configured, so no route can require sign-in. */
  readonly identity: Identity | null;
  /** Access to the only writer of the identity provider. */
  readonly identityQueue: IdentityQueue;
  /** Id of that writer's workflow. */
  readonly identityWriterId: string;
  /** Reader of manifests. */
  readonly desired: Manifests;
  /** Changes too large for a workflow's history, kept for ever. */
  readonly blobs: Blobs;
  /** The same for dry runs and manifests that a client handed over, kept for an hour. */
  readonly blobStaging: Blobs;
  /** Access to the workflows of canaries. */
  readonly canaryWatch: CanaryWatch;
  /** Access to the workflows of changes on probation. */
  readonly probationWatch: ProbationWatch;
  /** Terms of probation of changes that name none; null: they have no probation. */
  readonly usualProbation: ProbationTerms | null;
  /** Access to the workflows of rotations. */
  readonly rotationWatch: RotationWatch;
  /** Access to the workflow that ships commits to continuous backups. */
  readonly continuousWatch: ContinuousWatch;
  /** State of continuous backups in this process. */
  readonly shipping: ShippingSight;
  /** The systems that issue and revoke the credentials of each kind of secret. */
  readonly issuers: Issuers;
  /** Null: no Vault is configured, so no secret can be handed over. */
  readonly secrets: Secrets | null;
  /** Systems that only backups use. */
  readonly backups: BackupSystems;
  /** Temporal's schedules. */
  readonly scheduler: Scheduler;
  readonly scheduledRuns: ScheduledRuns;
  readonly observations: Observations;
  /** Figures of the traffic. */
  readonly figures: FigureReader;
  readonly drills: Drills;
  readonly alertSender: AlertSender;
  readonly certificates: Certificates;
  readonly secretResolver: SecretResolver;
  /** Returns the bcrypt hash of a password, with a new salt each time. */
  readonly hashPassword: (password: string) => Promise<string>;
  readonly longestBypassMs: number;
  readonly verifySignature: VerifySignature;
  readonly encryptFor: EncryptFor;
  readonly seals: Seals;
  readonly takenRequests: TakenRequests;
  readonly findFacts: (options?: { readonly anew?: boolean }) => Promise<Facts>;
  /** Returns a new id for an operation that the worker starts itself. */
  readonly newId: () => string;
  /** `probeProxies`, shared by operations that plan within 50 ms. */
  readonly probe: () => Promise<string | null>;
  /** Current time, ISO 8601 UTC with milliseconds. */
  readonly now: () => string;
  /** SHA-256 (hex) of a text. */
  readonly sha256: (text: string) => string;
}
