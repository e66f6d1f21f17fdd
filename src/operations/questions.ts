import type { CertificateFacts } from '../domain/values/certificate.js';
import type { Desired } from '../domain/manifests/desired.js';
import type { Json } from '../domain/data/json.js';
import type { ProxyModule } from '../domain/middleware/kind.js';
import { z } from 'zod';
import type { Commit, Position } from '../domain/log/commit.js';
import type { Moment } from '../domain/values/moment.js';
import type { Refusal } from '../domain/refusal.js';
import type { SecretKindName } from '../domain/secrets/kinds.js';
import type { State } from '../domain/log/state.js';

/** A question about the world that the plan activity answers before `decide` runs. */
export type Question =
  | { readonly kind: 'dials'; readonly dial: string }
  | { readonly kind: 'recent-requests'; readonly host: string; readonly seconds: number }
  /** Answered by the identity provider; the operation is refused when it does not answer. */
  | { readonly kind: 'groups'; readonly names: readonly string[] }
  | { readonly kind: 'flow'; readonly slug: string }
  | { readonly kind: 'certificate'; readonly chain: string }
  /** Whether what was handed over is the key of this certificate; asked of Vault, without which it is refused. */
  | { readonly kind: 'key'; readonly chain: string; readonly staged: string }
  /** Checks a staged value of a secret; asked of Vault, without which the operation is refused. */
  | {
      readonly kind: 'secret-value';
      readonly secretKind: SecretKindName;
      readonly staged: string;
      /** The value's own path in Vault, where an earlier attempt may have put it. */
      readonly vaultPath: string;
    }
  | { readonly kind: 'clock' }
  /** The configuration that a proxy runs. */
  | { readonly kind: 'configured' }
  | { readonly kind: 'module'; readonly module: ProxyModule }
  | { readonly kind: 'access-logs' };

/** Answers that are available before the first question about the world. */
export interface ReadFirst extends LogAnswers {
  /** Returns the manifests that were read; null when the operation needs none. */
  desired(): Desired | null;
}

/** What a look at certificates and at what was handed over tells; asked at the command line and again by the worker. */
export interface Handover {
  /** What a chain in PEM says; null: it cannot be read. */
  certificate(chain: string): CertificateFacts | null;
  /** How the key that was handed over goes with a certificate. */
  key(chain: string, staged: string): KeyFinding;
  /** Why what was handed over cannot be a secret's value; null: it can. Kind null: not known yet, so any kind will do. */
  secretValueProblem(staged: string, kind: SecretKindName | null): string | null;
}

/** `missing`: it was never handed over, or too long ago. */
export type KeyFinding = 'matches' | 'differs' | 'unreadable' | 'encrypted' | 'missing';

/** Answers by question; `null` when the answer is not known. */
export interface Answers extends ReadFirst, Handover {
  dials(dial: string): boolean | null;
  recentRequests(host: string): number | null;
  /** Returns those of the groups that the identity provider does not have. */
  missingGroups(names: readonly string[]): readonly string[];
  hasFlow(slug: string): boolean;
  /** The largest difference between a proxy's clock and the worker's. */
  clockSkewMs(): number | null;
  /** Names of the reachable proxies that lack a module. */
  proxiesWithout(module: ProxyModule): readonly string[];
  /** Why access logs cannot be read, a sentence for each proxy where that is so. */
  unreadableLogs(): readonly string[];
  /** Host of the identity provider itself; null when none is configured. Needs no question. */
  identityHost(): string | null;
  /** Hecate's own server in the first proxy that answers; null: it has none. */
  configured(): Json | null;
}

/** A reference to a commit: its sequence, the id of its operation, or the id of its workflow. */
export const commitRef = z
  .string()
  .overwrite((text) => text.trim().slice(text.trim().lastIndexOf('/') + 1))
  .refine(
    (text) => /^(\d{1,15}|[\w:-]*[a-z:-][\w:-]*)$/i.test(text),
    'a commit is named by its sequence, or by the id of its operation or workflow, as in: hecate history',
  );

/** A question about the past, which the log answers before anything is asked of the world. */
export type LogQuestion =
  /** What was in force then, without what was undone. */
  | { readonly kind: 'state-at'; readonly moment: Moment }
  /** What was in force after a commit, named as below. */
  | { readonly kind: 'state-after'; readonly ref: string }
  /** A commit by its sequence, or by the id of its operation. */
  | { readonly kind: 'commit'; readonly ref: string };

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
  /** Commits after it in the log that touch one of the same resources, oldest first, without what was undone. */
  readonly later: readonly { readonly position: Position; readonly commit: Commit }[];
}

/** Answers of the log; null where it was not asked, or has no such commit. */
export interface LogAnswers {
  stateAt(): PastState | null;
  commit(): PastCommit | null;
}

/** Returns the refusal for a commit that is not in the log. */
export function commitMissing(ref: string): Refusal {
  return {
    kind: 'missing',
    code: 'commit-missing',
    message: `the log has no commit ${ref}: it changed nothing, or never was`,
    hint: 'List them: hecate history',
  };
}

/** Returns the refusal for a moment outside the log. */
export function outsideLog(past: Exclude<PastState, { readonly kind: 'known' }>): Refusal {
  const hint = 'See what there is: hecate history';
  if (past.kind === 'after-last') {
    return { kind: 'missing', code: 'after-last-entry', message: `the log ends at ${past.last}`, hint };
  }
  const { begins } = past;
  const message =
    begins === null ? 'the log has no commit yet' : `nothing was committed by then: the log begins at ${begins}`;
  return { kind: 'missing', code: 'before-first-commit', message, hint };
}
