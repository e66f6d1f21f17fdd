import { z } from 'zod';
import type { Canary, CanaryLimits } from '../../domain/resources/canary.js';
import { domainName } from '../../domain/values/network/domain-name.js';
import { durationText } from '../../domain/values/duration.js';

/** The domain of a canary's route. */
export const canaryDomain = domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' });

/** The canary's revision when Hecate decided the step; only Hecate sets it. At another revision the step changes nothing. */
export const decidedAt = z.number().int().optional().meta({ internal: true });

const step = z.coerce
  .number({ error: 'steps must be percentages, such as 5,25,50,100' })
  .gt(0, 'a step must be more than 0')
  .max(100, 'a step must be at most 100');

const errorRate = z
  .string()
  .overwrite((text) => text.trim())
  .refine((text) => /^\d{1,3}(\.\d+)?%$/.test(text) && Number.parseFloat(text) <= 100, {
    message: 'an error rate must be a percentage, such as 1% or 0.5%',
  });

/** Steps, interval and limits of a canary. */
export const canaryCourse = {
  canarySteps: z
    .array(step)
    .refine(
      (steps) => steps.every((one, i) => i === 0 || one > (steps[i - 1] ?? 0)),
      'steps must ascend, as in 5,25,50,100',
    )
    .optional()
    .describe(
      'Percentages that the canary goes through automatically, separated by commas; after the last it is promoted',
    )
    .meta({ placeholder: 'percent,…', list: true }),
  canaryInterval: durationText
    .optional()
    .describe('Shortest length of each step (default: 5m)')
    .meta({ placeholder: 'duration' }),
  canaryMaxErrorRate: errorRate
    .optional()
    .describe('Roll back when more of the canary’s requests fail than this, and more than on the stable side')
    .meta({ placeholder: 'percent' }),
  canaryMaxLatencyP99: durationText
    .optional()
    .describe(
      'Roll back when more than 1% of the canary’s responses take longer than this, and more than on the stable side',
    )
    .meta({ placeholder: 'duration' }),
  canaryMinRequests: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Requests in a step before it is analysed (default: 100)')
    .meta({ placeholder: 'n' }),
};

type Course = { readonly [K in keyof typeof canaryCourse]?: z.infer<(typeof canaryCourse)[K]> | undefined };

const USUAL_INTERVAL = '5m';
const USUAL_MIN_REQUESTS = 100;

/** Returns the problem of flags that have no effect together, with a hint; null: they are fine. */
export function courseProblem(
  input: Course & { readonly canaryPercentage?: number | undefined },
): { readonly message: string; readonly hint: string } | null {
  const steps = input.canarySteps ?? [];
  const isJudged = input.canaryMaxErrorRate !== undefined || input.canaryMaxLatencyP99 !== undefined;
  if (steps.length === 0 && input.canaryPercentage === undefined) {
    const hint = 'Add it, such as --canary-percentage 10, or give --canary-steps.';
    return { message: '--canary-percentage is missing', hint };
  }
  if (steps.length > 0 || isJudged) return null;
  const idle = input.canaryInterval !== undefined ? '--canary-interval' : '--canary-min-requests';
  if (input.canaryInterval === undefined && input.canaryMinRequests === undefined) return null;
  const hint = 'Add --canary-steps, --canary-max-error-rate or --canary-max-latency-p99.';
  return { message: `${idle} has no effect without steps or limits`, hint };
}

/** Returns the steps, interval and limits that these flags give a canary. */
export function courseFrom(input: Course): Pick<Canary, 'steps' | 'interval' | 'limits'> {
  const steps = input.canarySteps ?? [];
  const limits = limitsFrom(input);
  const interval = steps.length > 0 || limits !== null ? (input.canaryInterval ?? USUAL_INTERVAL) : null;
  return { steps, interval, limits };
}

function limitsFrom({ canaryMaxErrorRate, canaryMaxLatencyP99, canaryMinRequests }: Course): CanaryLimits | null {
  const given = [canaryMaxErrorRate, canaryMaxLatencyP99, canaryMinRequests];
  if (given.every((one) => one === undefined)) return null;
  return {
    maxErrorRate: canaryMaxErrorRate === undefined ? null : Number.parseFloat(canaryMaxErrorRate),
    maxLatencyP99: canaryMaxLatencyP99 ?? null,
    minRequests: canaryMinRequests ?? USUAL_MIN_REQUESTS,
  };
}
