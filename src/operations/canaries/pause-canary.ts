import { z } from 'zod';
import { canaryDecision, ofRunning } from './decision.js';
import { canaryDomain } from './input.js';
import { defineOperation, type Decision } from '../operation.js';
import type { State } from '../../domain/log/state.js';
import { conflict, refuse } from '../refusals.js';

/** Keeps a canary at its present step until it is resumed. It is still rolled back when it exceeds a limit. */
export const pauseCanary = defineOperation({
  key: 'route.canary.pause',
  path: ['update', 'route'],
  selectedBy: ['canaryPause'],
  summary: 'Pause a canary at its present step',
  examples: ['update route --domain app.example.com --canary-pause'],
  input: z.strictObject({
    domain: canaryDomain,
    canaryPause: z
      .literal(true)
      .describe('Pause the canary at its present step; it is still rolled back when it exceeds a limit'),
  }),
  subject: (input) => input.domain,
  decide: (state, { domain }) => paused(state, domain, true),
});

/** Resumes a paused canary, so that it continues its steps. */
export const resumeCanary = defineOperation({
  key: 'route.canary.resume',
  path: ['update', 'route'],
  selectedBy: ['canaryResume'],
  summary: 'Resume a paused canary',
  examples: ['update route --domain app.example.com --canary-resume'],
  input: z.strictObject({
    domain: canaryDomain,
    canaryResume: z.literal(true).describe('Resume the paused canary, so that it continues its steps'),
  }),
  subject: (input) => input.domain,
  decide: (state, { domain }) => paused(state, domain, false),
});

function paused(state: State, domain: string, paused: boolean): Decision {
  return ofRunning(state, { domain }, ({ canary }) => {
    if (canary.steps.length > 0) return canaryDecision(canary, { ...canary, paused });
    const message = `the canary of ${domain} has no steps, so it cannot be paused or resumed`;
    return refuse(
      conflict(
        'canary-without-steps',
        message,
        `Change its share with: hecate update route --domain ${domain} --canary-percentage PERCENT`,
      ),
    );
  });
}
