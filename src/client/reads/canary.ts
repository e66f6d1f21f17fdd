import { z } from 'zod';
import { find } from '../../domain/log/state.js';
import { API_VERSION } from '../../domain/manifests/manifest.js';
import { canarySchema, type Canary } from '../../domain/resources/canary.js';
import { domainName } from '../../domain/values/domain-name.js';
import { durationMs, durationText } from '../../domain/values/duration.js';
import { routeMissing } from '../../operations/rules/route.js';
import { Failure } from '../../ports/failure.js';
import { canaryLines } from '../../workflows/canary-text.js';
import type { CanaryView } from '../../workflows/contracts/canary.js';
import { stackExitCodes } from '../print/exit-codes.js';
import { fieldLines } from '../print/output.js';
import { absent, defineRead } from './read.js';
import { statusOf, statusShape } from './resource-reads.js';

/**
 * Shows the canary of a route as a worker measures it; with `--watch` again and again until it has ended. Where no worker
 * answers, the exit code is 6 and the part that is in the log is shown.
 */
export const readCanary = defineRead({
  path: ['read', 'canary'],
  summary: 'Show the canary of a route: steps, split, both sides, verdict and what comes next',
  examples: ['read canary --domain app.example.com', 'read canary --domain app.example.com --watch --interval 5s'],
  exitCodes: stackExitCodes,
  input: z.strictObject({
    domain: domainName.describe('domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    watch: z.boolean().optional().describe('show it again and again, until it has ended'),
    interval: durationText.default('2s').describe('time between two looks with --watch; default 2s').meta({ placeholder: 'duration' }),
  }), // prettier-ignore
  shape: canaryShape,
  async answer({ domain, watch, interval }, { look, withWorker, round, now }) {
    const seen = await look();
    const route = find(seen.state, 'Route', domain);
    if (!route) throw absent(routeMissing(seen.state, domain));
    const stored = find(seen.state, 'Canary', domain);
    if (!stored && round > 0) {
      return { text: () => '', talk: [`the canary of ${domain} has ended; see: hecate history --domain ${domain}`] };
    }
    if (!stored) throw noCanary(domain);
    const measured = await withWorker((worker) => worker.lookAtCanary(domain)).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      return error;
    });
    const isMeasured = measured !== null && !(measured instanceof Failure);
    const view = isMeasured ? measured : fromLog(stored.value, route.value.upstream);
    return {
      data: dataOf(view, statusOf(seen, stored)),
      text: () => fieldLines(canaryLines(view, Date.parse(now))),
      ...(measured instanceof Failure
        ? { talk: [`error: ${measured.message}; showing what the log has`, `hint: ${measured.details.hint}`], exitCode: 6 }
        : {}),
      ...(watch ? { askAgainAfterMs: durationMs(interval) } : {}),
    }; // prettier-ignore
  },
});

function dataOf({ canary, ...measured }: CanaryView, status: ReturnType<typeof statusOf>) {
  const { domain, since, stepSince, ...spec } = canary;
  return {
    ...{ apiVersion: API_VERSION, kind: 'Canary', metadata: { name: domain }, spec },
    status: { ...status, since, stepSince, ...measured },
  };
}

/** Returns what is known of a canary that no worker measures. */
function fromLog(canary: Canary, stableUpstream: string): CanaryView {
  const sentence = canary.steps.length === 0 ? 'a person sets the percentage' : 'it continues when a worker runs';
  return { canary, stableUpstream, figures: null, verdict: null, next: { sentence, at: null } };
}

function noCanary(domain: string): Failure {
  return new Failure('missing', `no canary runs on ${domain}`, {
    hint: `Start one: hecate update route --domain ${domain} --canary-upstream … --canary-percentage …`,
  });
}

function canaryShape(): z.ZodType {
  const side = z.strictObject({
    requests: z.int(),
    errors: z.int(),
    slow: z.int(),
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
  });
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Canary'),
    metadata: z.strictObject({ name: z.string() }),
    spec: canarySchema.omit({ domain: true, since: true, stepSince: true }),
    status: statusShape.extend({
      since: z.iso.datetime(),
      stepSince: z.iso.datetime(),
      stableUpstream: z.string(),
      figures: z.strictObject({ since: z.iso.datetime(), stable: side, canary: side }).nullable(),
      verdict: z
        .strictObject({ kind: z.enum(['good', 'not-analysed', 'hold', 'breach']), sentence: z.string() })
        .nullable(),
      next: z.strictObject({ sentence: z.string(), at: z.iso.datetime().nullable() }),
    }),
  });
}
