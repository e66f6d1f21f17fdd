import { z } from 'zod';
import type { Canary, CanaryLimits } from '../../domain/resources/canary.js';
import { domainName } from '../../domain/values/domain-name.js';
import { durationText } from '../../domain/values/duration.js';

/** The route of a canary, by its domain. */
export const canaryDomain = domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' });

/** Only Hecate itself says it: the canary's revision when the step was decided. Another one makes the step void. */
export const decidedAt = z.number().int().optional().meta({ internal: true });

const step = z.coerce
  .number({ error: 'steps are percentages such as 5,25,50,100' })
  .gt(0, 'a step is more than 0')
  .max(100, 'a step is at most 100');

const errorRate = z
  .string()
  .overwrite((text) => text.trim())
  .refine((text) => /^\d{1,3}(\.\d+)?%$/.test(text) && Number.parseFloat(text) <= 100, {
    message: 'an error rate is a percentage such as 1% or 0.5%',
  });

/** How a canary goes on by itself, and what it may not exceed. */
export const canaryCourse = {
  canarySteps: z
    .array(step)
    .refine((steps) => steps.every((one, i) => i === 0 || one > (steps[i - 1] ?? 0)), 'steps ascend, as in 5,25,50,100')
    .optional()
    .describe('Percentages that it goes through by itself, with commas; after the last it is promoted')
    .meta({ placeholder: 'percent,…', list: true }),
  canaryInterval: durationText
    .optional()
    .describe('How long each step lasts at least (5m unless said)')
    .meta({ placeholder: 'duration' }),
  canaryMaxErrorRate: errorRate
    .optional()
    .describe('Roll back when more of its requests fail than this, and than on the stable side')
    .meta({ placeholder: 'percent' }),
  canaryMaxLatencyP99: durationText
    .optional()
    .describe('Roll back when more than 1% of its answers take longer than this, and more than on the stable side')
    .meta({ placeholder: 'duration' }),
  canaryMinRequests: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Requests in a step before it is judged (100 unless said)')
    .meta({ placeholder: 'n' }),
};

type Course = { readonly [K in keyof typeof canaryCourse]?: z.infer<(typeof canaryCourse)[K]> | undefined };

const USUAL_INTERVAL = '5m';
const USUAL_MIN_REQUESTS = 100;

/** Why these flags say nothing together, and what would be right; null: they do. */
export function courseProblem(
  input: Course & { readonly canaryPercentage?: number | undefined },
): { readonly message: string; readonly hint: string } | null {
  const steps = input.canarySteps ?? [];
  const isJudged = input.canaryMaxErrorRate !== undefined || input.canaryMaxLatencyP99 !== undefined;
  if (steps.length === 0 && input.canaryPercentage === undefined) {
    const hint = 'Add --canary-percentage, or --canary-steps.';
    return { message: 'it is not said which share of the visitors the canary gets', hint };
  }
  if (steps.length > 0 || isJudged) return null;
  const idle = input.canaryInterval !== undefined ? '--canary-interval' : '--canary-min-requests';
  if (input.canaryInterval === undefined && input.canaryMinRequests === undefined) return null;
  const hint = 'Add --canary-steps, --canary-max-error-rate or --canary-max-latency-p99.';
  return { message: `${idle} has no effect without steps and limits`, hint };
}

/** The part of a canary that these flags say. */
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
