import type { Canary } from '../../domain/resources/canary.js';
import { changeOf, type Change } from '../../domain/log/commit.js';
import type { Route } from '../../domain/resources/route.js';
import { find, type State } from '../../domain/log/state.js';
import type { Decision } from '../operation.js';
import { missingRoute } from '../rules/route.js';
import { conflict, refuse } from '../refusals.js';

/** A running canary and its route. */
export interface Running {
  readonly route: Route;
  readonly canary: Canary;
}

/** Input of a decision about a running canary. `decidedAt`: the canary's revision at which Hecate decided it. */
export interface CanaryInput {
  readonly domain: string;
  readonly decidedAt?: number | undefined;
}

/**
 * Returns the decision about the canary that runs on a route; refuses when none runs. When the canary's revision is not
 * `decidedAt`, the decision has no changes: it was made about an older state, and the caller decides again.
 */
export function ofRunning(state: State, input: CanaryInput, decide: (running: Running) => Decision): Decision {
  const held = find(state, 'Canary', input.domain);
  if (input.decidedAt !== undefined && held?.revision !== input.decidedAt) return nothingToChange;
  const route = find(state, 'Route', input.domain)?.value;
  if (!route) return missingRoute(state, input.domain);
  if (held) return decide({ route, canary: held.value });
  const hint = `Start one with: hecate update route --domain ${input.domain} --canary-upstream … --canary-percentage …`;
  return refuse(conflict('no-canary', `no canary runs on ${input.domain}`, hint));
}

/** Returns the decision to replace a route's canary; without changes when both are equal. */
export function canaryDecision(before: Canary | null, after: Canary | null, along: readonly Change[] = []): Decision {
  const domain = (after ?? before)?.domain ?? '';
  if (JSON.stringify(before) === JSON.stringify(after)) return nothingToChange;
  const changes = [changeOf('Canary', domain, before, after), ...along];
  return { kind: 'change', changes, expect: { hosts: [domain] }, warnings: [] };
}

const nothingToChange: Decision = { kind: 'change', changes: [], expect: { hosts: [] }, warnings: [] };
