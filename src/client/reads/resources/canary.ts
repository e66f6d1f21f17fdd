import { z } from 'zod';
import { find } from '../../../domain/log/state.js';
import { API_VERSION } from '../../../domain/manifests/manifest.js';
import { canarySchema, type Canary } from '../../../domain/resources/canary.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { durationMs, durationText } from '../../../domain/values/duration.js';
import { routeMissing } from '../../../operations/rules/route.js';
import { Failure } from '../../../ports/failure.js';
import { canaryLines } from '../../../workflows/canary-text.js';
import type { CanaryView } from '../../../workflows/contracts/canary.js';
import { canaryExitCodes } from '../../print/exit-codes.js';
import { exitCodes } from '../../../domain/refusal.js';
import { errorData } from '../../print/error-output.js';
import { relativeTime } from '../../print/relative-time.js';
import { fieldLines } from '../../print/output.js';
import { endText, lastEndedCanary, type EndedCanary } from './ended-canary.js';
import { absent, defineRead, type Answer } from '../read.js';
import { statusOf, statusShape } from './resource-reads.js';

/**
 * Shows the canary of a route as a worker measures it; with `--watch` again and again until it has ended. Where no worker
 * answers, the exit code is 6 and the part that is in the log is shown. Where none runs, it is 3 and the end of the last one
 * is shown.
 */
export const readCanary = defineRead({
  path: ['read', 'canary'],
  summary:
    'Show the canary of a route: steps, split, both sides, verdict and what comes next; or how the last one ended',
  examples: ['read canary --domain app.example.com', 'read canary --domain app.example.com --watch --interval 5s'],
  exitCodes: canaryExitCodes,
  input: z.strictObject({
    domain: domainName.describe('domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    watch: z.boolean().optional().describe('show it again and again, until it has ended'),
    interval: durationText.default('2s').describe('time between two looks with --watch; default 2s').meta({ placeholder: 'duration' }),
  }), // prettier-ignore
  shape: canaryShape,
  async answer({ domain, watch, interval }, { look, withLog, withWorker, round, now }) {
    const seen = await look();
    const route = find(seen.state, 'Route', domain);
    if (!route) throw absent(routeMissing(seen.state, domain));
    const stored = find(seen.state, 'Canary', domain);
    if (!stored) {
      const ended = await withLog((log) => lastEndedCanary(log, domain, route.createdAt));
      if (ended === null) throw noCanary(domain);
      return round > 0
        ? { text: () => '', talk: [`the canary of ${domain} has ended: ${endText(ended)}`] }
        : endOf(ended, now);
    }
    const measured = await withWorker((worker) => worker.lookAtCanary(domain)).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      return error;
    });
    const isMeasured = measured !== null && !(measured instanceof Failure);
    const view = isMeasured ? measured : fromLog(stored.value, route.value.upstream ?? 'none');
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

/** Returns the answer about a canary that has ended. */
function endOf(ended: EndedCanary, now: string): Answer {
  const { domain, since, stepSince, ...spec } = ended.canary;
  const { canary: _, ...end } = ended;
  const { message, details } = noCanary(domain);
  const error = errorData({ kind: 'missing', message, ...(details.hint ? { hint: details.hint } : {}) });
  return {
    data: {
      ...{ apiVersion: API_VERSION, kind: 'Canary', metadata: { name: domain }, spec },
      ...{ status: { state: 'ended', since, stepSince, ended: end }, ...error },
    },
    text: () =>
      fieldLines([
        ['last canary', `${domain}: → ${spec.upstream}, since ${since}`],
        ['ended', `${relativeTime(end.at, now)} (${end.at}, commit ${end.sequence})`],
        ['how', endText(ended)],
      ]),
    talk: [message, `hint: ${details.hint}`],
    exitCode: exitCodes.missing.code,
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
  const spec = canarySchema.omit({ domain: true, since: true, stepSince: true });
  const canary = z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal('Canary'),
    metadata: z.strictObject({ name: z.string() }),
    spec,
  });
  const end = z.strictObject({
    result: z.enum(['promoted', 'rolled-back', 'ended']),
    at: z.iso.datetime(),
    by: z.string(),
    reason: z.string().nullable(),
    operation: z.string(),
    sequence: z.int(),
  });
  const ended = canary.extend({
    status: z.strictObject({
      state: z.literal('ended'),
      since: z.iso.datetime(),
      stepSince: z.iso.datetime(),
      ended: end,
    }),
    error: z.strictObject({ kind: z.literal('missing'), message: z.string(), hint: z.string() }),
  });
  const running = canary.extend({
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
  return z.union([running, ended]);
}
