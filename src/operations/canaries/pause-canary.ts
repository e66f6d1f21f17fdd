import { z } from 'zod';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain } from './input.js';
import { defineOperation, type Decision } from '../operation.js';
import type { State } from '../../domain/log/state.js';
import { conflict, refuse } from '../refusals.js';

/** Keeps a canary at its step until it is resumed. A breach still rolls it back. */
export const pauseCanary = defineOperation({
  key: 'route.canary.pause',
  path: ['update', 'route'],
  selectedBy: ['canaryPause'],
  summary: 'Keep a canary at its present step',
  examples: ['update route --domain app.example.com --canary-pause'],
  input: z.strictObject({
    domain: canaryDomain,
    canaryPause: z.literal(true).describe('Keep the canary at its present step; a breach still rolls it back'),
  }),
  subject: (input) => input.domain,
  decide: (state, { domain }) => paused(state, domain, true),
});

/** Lets a paused canary go on through its steps. */
export const resumeCanary = defineOperation({
  key: 'route.canary.resume',
  path: ['update', 'route'],
  selectedBy: ['canaryResume'],
  summary: 'Let a paused canary go on',
  examples: ['update route --domain app.example.com --canary-resume'],
  input: z.strictObject({
    domain: canaryDomain,
    canaryResume: z.literal(true).describe('Let a paused canary go on through its steps'),
  }),
  subject: (input) => input.domain,
  decide: (state, { domain }) => paused(state, domain, false),
});

function paused(state: State, domain: string, paused: boolean): Decision {
  return ofRunning(state, { domain }, ({ canary }) => {
    if (canary.steps.length > 0) return canaryDecision(canary, { ...canary, paused });
    const message = `the canary of ${domain} has no steps, so it stays as it is`;
    return refuse(conflict('canary-without-steps', message, 'Change it with --canary-percentage.'));
  });
}
