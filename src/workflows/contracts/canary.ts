import type { OperationKey } from '../../operations/catalogue.js';
import type { Canary } from '../../domain/resources/canary.js';
import type { CanaryMemory } from '../../domain/canary/memory.js';
import type { Verdict } from '../../domain/canary/verdict.js';

/** One side of a canary as people see it. Milliseconds; null: it had no requests. */
export interface SideFigures {
  readonly requests: number;
  readonly errors: number;
  readonly slow: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** What was measured of both sides. */
export interface Figures {
  /** ISO 8601 UTC. */
  readonly since: string;
  readonly stable: SideFigures;
  readonly canary: SideFigures;
}

/** A canary as a person sees it. */
export interface CanaryView {
  readonly canary: Canary;
  /** The route's own upstream. */
  readonly stableUpstream: string;
  /** Null: they cannot be read. */
  readonly figures: Figures | null;
  /** Null: nothing has judged it yet. */
  readonly verdict: Verdict | null;
  readonly next: {
    /** What comes next: `25%`, `promoted`, or why nothing comes by itself. */
    readonly sentence: string;
    /** When a good canary goes on, ISO 8601 UTC; null: not by itself. */
    readonly at: string | null;
  };
}

/** What is to be done after a look: wait, or carry out an operation that a fresh plan decides. */
export type CanaryTurn =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'operate'; readonly operation: OperationKey; readonly input: unknown; readonly reason: string };

/** One look at a canary. */
export interface CanaryLook {
  readonly view: CanaryView;
  readonly turn: CanaryTurn;
  /** For the next look. */
  readonly memory: CanaryMemory;
}

/** What the workflow of a canary needs. */
export interface CanaryActivities {
  /** Reads the canary of this domain, measures it and judges it at `now` (ISO 8601 UTC); null when none runs. Writes nothing. */
  lookAtCanary(domain: string, now: string, memory: CanaryMemory | null): Promise<CanaryLook | null>;
}

/** What operations need of canaries; a part of what every operation's worker serves. */
export interface CanarySteps {
  /** Makes sure that somebody tends the canary of this domain and looks at it now. */
  tendCanary(domain: string): Promise<void>;
}

export const CANARY_WORKFLOW = 'canary';
/** Update that asks for a look which begins now; answers what it showed, null when no canary runs. */
export const LOOK_UPDATE = 'look';
/** The workflow that tends a route's canary. */
export function canaryWorkflowId(domain: string): string {
  return `canary/${domain}`;
}
