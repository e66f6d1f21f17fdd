import type { OperationKey } from '../../operations/catalogue.js';
import type { Initiator } from '../../ports/workflows.js';
import type { Canary } from '../../domain/resources/canary.js';
import type { OperationRequest } from './plan.js';
import type { CanaryMemory } from '../../domain/canary/memory.js';
import type { Verdict } from '../../domain/canary/verdict.js';
import { withPrefix } from '../../domain/values/environment-name.js';

/** Figures of one side of a canary. Latencies in milliseconds; null: there were no requests. */
export interface SideFigures {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Figures of both sides since one time. */
export interface Figures {
  /** ISO 8601 UTC. */
  readonly since: string;
  readonly stable: SideFigures;
  readonly canary: SideFigures;
}

/** A canary with its figures and verdict, as `read canary` shows it. */
export interface CanaryView {
  readonly canary: Canary;
  /** Actor who started it; absent in histories of workers before 0.4. */
  readonly by?: string;
  /** The route's own upstream. */
  readonly stableUpstream: string;
  /** Null: the access log cannot be read. */
  readonly figures: Figures | null;
  /** Null: not analysed yet. */
  readonly verdict: Verdict | null;
  readonly next: {
    /** The next step, such as `25%` or `promoted`, or why nothing happens by itself. */
    readonly sentence: string;
    /** Time of the next step while the verdict is good, ISO 8601 UTC; null: no step happens by itself. */
    readonly at: string | null;
  };
}

/** The next action after a look: wait, or carry out an operation. */
export type CanaryTurn =
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'operate';
      readonly operation: OperationKey;
      readonly input: unknown;
      readonly reason: string;
      /** The request of that operation, sealed by the worker that decided it. Absent in histories of workers before 0.6. */
      readonly request?: OperationRequest;
    };

/** The memory that a workflow carries from one look to the next. */
export interface KeptMemory extends CanaryMemory {
  /** Seal of the worker that looked. A memory without it counts as none. */
  readonly seal?: string;
}

/** Result of one look at a canary. */
export interface CanaryLook {
  readonly view: CanaryView;
  readonly turn: CanaryTurn;
  /** Input of the next look. */
  readonly memory: KeptMemory;
}

/** Activities of the workflow that runs a canary. */
export interface CanaryActivities {
  /**
   * Measures and analyses the canary of this domain; null when none runs. Writes nothing. Workers before 0.6 used `now` (ISO
   * 8601 UTC) of the workflow; now the worker's own clock decides.
   */
  lookAtCanary(domain: string, now: string, memory: KeptMemory | null): Promise<CanaryLook | null>;
}

/** Activities about canaries that operations use. */
export interface CanarySteps {
  /** Starts the workflow of this domain's canary, or makes the running one look at once. `initiator`: who began it, and why. Idempotent. */
  tendCanary(domain: string, initiator?: Initiator): Promise<void>;
}

/** Type name of the workflow that runs a canary. */
export const CANARY_WORKFLOW = 'canary';
/** Update that looks at the canary now and returns its {@link CanaryView}; null when none runs. */
export const LOOK_UPDATE = 'look';
/** Returns the id of the workflow that runs a route's canary; an environment has one for each domain. */
export function canaryWorkflowId(prefix: string, domain: string): string {
  return withPrefix(prefix, `canary/${domain}`);
}
