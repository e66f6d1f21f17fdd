import type { CertificateFacts } from '../domain/values/certificate.js';
import type { RestoreTarget } from '../domain/backup/target.js';
import type { Desired } from '../domain/manifests/desired.js';
import type { PastApplies } from '../domain/manifests/past-applies.js';
import type { Json } from '../domain/data/json.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import { z } from 'zod';
import type { Commit, Position } from '../domain/log/commit.js';
import type { OwnPart } from '../domain/serving/own-part.js';
import type { UpstreamAnswer, UpstreamCheck } from '../domain/serving/upstream-check.js';
import type { ResourceKey } from '../domain/resources/kinds.js';
import type { Moment } from '../domain/values/moment.js';
import type { SecretKindName } from '../domain/secrets/kinds.js';
import type { State } from '../domain/log/state.js';

/** A question about the outside world that the plan activity answers before `decide` runs. */
export type Question =
  | { readonly kind: 'upstream'; readonly check: UpstreamCheck }
  | { readonly kind: 'recent-requests'; readonly hosts: readonly string[]; readonly seconds: number }
  /** Asks the identity provider which groups it lacks; the operation is refused when it does not answer. */
  | { readonly kind: 'groups'; readonly names: readonly string[] }
  | { readonly kind: 'flow'; readonly slug: string }
  | { readonly kind: 'certificate'; readonly chain: string }
  /** The certificate of a secret of the kind `tls-certificate`; the operation is refused when Vault does not answer. */
  | { readonly kind: 'secret-certificate'; readonly name: string }
  /** Compares a staged key in Vault with a certificate; the operation is refused when Vault does not answer. */
  | { readonly kind: 'key'; readonly chain: string; readonly staged: string }
  /** Checks a staged value of a secret in Vault; the operation is refused when Vault does not answer. */
  | {
      readonly kind: 'secret-value';
      readonly secretKind: SecretKindName;
      readonly staged: string;
      /** The value's own path in Vault, where an earlier attempt may have put it. */
      readonly vaultPath: string;
      /** Host patterns for which a certificate must be valid; absent: none. */
      readonly hosts?: readonly string[];
    }
  /** Asks whether Vault still has the value of a path; the operation is refused when Vault does not answer. */
  | { readonly kind: 'kept-value'; readonly vaultPath: string }
  | { readonly kind: 'clock' }
  /** The configuration that a proxy runs. */
  | { readonly kind: 'configured' }
  | { readonly kind: 'module'; readonly module: ProxyModule }
  /** Asks which parts of Hecate dial addresses lead to. */
  | { readonly kind: 'own-parts'; readonly dials: readonly string[] }
  | { readonly kind: 'access-logs' };

/** Answers that are available before the questions about the outside world are asked. */
export interface ReadFirst extends LogAnswers {
  /** Returns the manifests that were read; null when the operation needs none. */
  desired(): Desired | null;
  /** Returns the desired state of a restore; null: the operation is none. */
  restored(): RestoreTarget | null;
}

/** Checks of certificates and staged files. The command line runs them first, and the worker runs them again. */
export interface Handover {
  /** Returns the facts of a certificate chain in PEM; null: it cannot be read. */
  certificate(chain: string): CertificateFacts | null;
  /** Returns the result of comparing a staged key with a certificate. */
  key(chain: string, staged: string): KeyFinding;
  /** Returns the facts of the certificate of a secret; null: it was not asked, or Vault has none. */
  secretCertificate(name: string): CertificateFacts | null;
  /** Returns the reason why a staged file cannot be a secret's value; null: it can. Kind null: not known yet, so any kind is accepted. */
  secretValueProblem(staged: string, kind: SecretKindName | null): string | null;
  /** Returns false for a path in Vault that was asked about and has no value. */
  isKept(vaultPath: string): boolean;
}

/** Result of comparing a staged key with a certificate. `missing`: it was never staged, or has expired. */
export type KeyFinding = 'matches' | 'differs' | 'unreadable' | 'encrypted' | 'missing';

/** Answers to all questions. */
export interface Answers extends ReadFirst, Handover {
  /** Returns a server's answer to a check; null: it was not asked, or not in time. */
  readonly upstream: (check: UpstreamCheck) => UpstreamAnswer | null;
  /** Returns the number of recent requests to a host; null: not known. */
  recentRequests(host: string): number | null;
  /** Returns the groups among these that the identity provider lacks. */
  missingGroups(names: readonly string[]): readonly string[];
  /** Returns true when the identity provider has an authentication flow with this slug. */
  hasFlow(slug: string): boolean;
  /** Returns the largest difference between a proxy's clock and the worker's, in milliseconds; null: not known. */
  clockSkewMs(): number | null;
  /** Returns the names of the reachable proxies that lack a module. */
  proxiesWithout(module: ProxyModule): readonly string[];
  /**
   * Returns the part of Hecate that a dial address leads to; null: it leads elsewhere, or was not asked about. `unknown`: its
   * name could not be looked up.
   */
  ownPart(dial: string): OwnPart | 'unknown' | null;
  /** Returns one sentence for each proxy whose access log cannot be read, with the reason. */
  unreadableLogs(): readonly string[];
  /** Returns the host of the identity provider; null: none is configured. Needs no question. */
  identityHost(): string | null;
  /** Returns the host of the proxies' admin API; null: none is set. Needs no question. */
  adminHost(): string | null;
  /** Returns the configuration of Hecate's server in the first proxy that answers; null: that proxy has none. */
  configured(): Json | null;
}

/** Ids of operations that Hecate makes have 12 to 40 characters. */
const LONGEST_ID = 200;

/** A reference to a commit: its sequence, the id of its operation, or the id of its workflow. */
export const commitRef = z
  .string()
  .overwrite((text) => text.trim().slice(text.trim().lastIndexOf('/') + 1))
  .refine(
    (text) =>
      text.length <= LONGEST_ID &&
      (/^0*[1-9]\d{0,14}$/.test(text) || (/^[\w:-]+$/.test(text) && /[a-z:-]/i.test(text))),
    'give the sequence number of a commit, or the id of its operation or workflow; list them with: hecate history',
  );

/** A question about the past. The log answers it before the questions about the outside world are asked. */
export type LogQuestion =
  /** The state at a moment, without undone commits. */
  | { readonly kind: 'state-at'; readonly moment: Moment }
  /** The state after a commit. `ref` has the same forms as below. */
  | { readonly kind: 'state-after'; readonly ref: string }
  /** A commit by its sequence number, or by the id of its operation. */
  | { readonly kind: 'commit'; readonly ref: string }
  /** The last applies of these sources, and the commits since the oldest of them. */
  | {
      readonly kind: 'applies';
      readonly sources: readonly string[];
      /** Resources whose own history is read, since no source described them. */
      readonly resources: readonly { readonly key: ResourceKey; readonly revision: number }[];
      /** Sequence of the last commit that counts. */
      readonly upTo: number;
    };

/** The state of the log at a past moment. */
export type PastState =
  | { readonly kind: 'known'; readonly state: State; readonly sequence: number; readonly at: string }
  /** Nothing had been committed yet; `begins` is the time of the first commit, null while there is none. */
  | { readonly kind: 'before-first'; readonly begins: string | null }
  /** The moment is after the end of the log. */
  | { readonly kind: 'after-last'; readonly last: number };

/** A past commit and its outcome. */
export interface PastCommit {
  readonly position: Position;
  readonly commit: Commit;
  /** The commit was undone automatically, so nothing of it is in force. */
  readonly isUndone: boolean;
  /** Later commits that change one of the same resources, oldest first, without undone ones. */
  readonly later: readonly { readonly position: Position; readonly commit: Commit }[];
}

/** Answers of the log; null: the question was not asked, or the log has no such commit. */
export interface LogAnswers {
  stateAt(): PastState | null;
  commit(): PastCommit | null;
  applies(): PastApplies | null;
}
