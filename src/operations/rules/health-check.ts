import { z } from 'zod';
import { healthCheckSchema, usualHealthCheck, type HealthCheck } from '../../domain/resources/health-check.js';
import { durationText, secondsText } from '../../domain/values/duration.js';
import { healthPath } from '../../domain/values/network/health-path.js';

const { status, host, failureThreshold, successThreshold } = healthCheckSchema.shape;
const orNone = <T extends z.ZodType>(schema: T) => z.union([z.literal('none'), schema]).optional();
const usual = usualHealthCheck;

/** Health check settings of a route or an upstream, for create and update. Settings that are not given keep their values. */
export const healthCheckSettings = {
  healthCheckPath: orNone(healthPath)
    .describe('Path to request for health checks; none: no health checks')
    .meta({ placeholder: 'path' }),
  healthCheckInterval: secondsText
    .optional()
    .describe(`Time between two health checks (default: ${usual.interval})`)
    .meta({ placeholder: 'duration' }),
  healthCheckTimeout: durationText
    .optional()
    .describe(`Longest time that a health check waits for a response (default: ${usual.timeout})`)
    .meta({ placeholder: 'duration' }),
  healthCheckStatus: orNone(status.unwrap())
    .describe('Status of a healthy response, such as 200 or 3xx; none: any 2xx, the default')
    .meta({ placeholder: 'status' }),
  healthCheckHost: orNone(host.unwrap())
    .describe('Host header of health checks; none: the one of visitors, the default')
    .meta({ placeholder: 'host' }),
  healthCheckFailureThreshold: failureThreshold
    .optional()
    .describe(
      `Failed health checks in a row after which a server gets no requests (default: ${usual.failureThreshold})`,
    )
    .meta({ placeholder: 'number' }),
  healthCheckSuccessThreshold: successThreshold
    .optional()
    .describe(`Passed health checks in a row after which it gets requests again (default: ${usual.successThreshold})`)
    .meta({ placeholder: 'number' }),
};

type Settings = {
  readonly [K in keyof typeof healthCheckSettings]?: z.infer<(typeof healthCheckSettings)[K]> | undefined;
};

/** Returns the health check with the given settings changed; null: there is none. */
export function withHealthCheckSettings(before: HealthCheck | null, input: Settings): HealthCheck | null {
  const path = orKept(input.healthCheckPath, before?.path ?? null);
  if (path === null) return null;
  const kept = before ?? usual;
  return {
    path,
    interval: input.healthCheckInterval ?? kept.interval,
    timeout: input.healthCheckTimeout ?? kept.timeout,
    status: orKept(input.healthCheckStatus, kept.status),
    host: orKept(input.healthCheckHost, kept.host),
    failureThreshold: input.healthCheckFailureThreshold ?? kept.failureThreshold,
    successThreshold: input.healthCheckSuccessThreshold ?? kept.successThreshold,
  };
}

/** Returns the problem with health check flags that have no effect without a path; null: there is none. */
export function healthCheckFlagsProblem(before: HealthCheck | null, input: Settings): string | null {
  if (withHealthCheckSettings(before, input) !== null) return null;
  const idle = Object.entries(flags).find(([field]) => input[field as keyof typeof flags] !== undefined);
  return idle ? `${idle[1]} has no effect without a health check path` : null;
}

const flags: Readonly<Record<Exclude<keyof Settings, 'healthCheckPath'>, string>> = {
  healthCheckInterval: '--health-check-interval',
  healthCheckTimeout: '--health-check-timeout',
  healthCheckStatus: '--health-check-status',
  healthCheckHost: '--health-check-host',
  healthCheckFailureThreshold: '--health-check-failure-threshold',
  healthCheckSuccessThreshold: '--health-check-success-threshold',
};

function orKept(given: string | undefined, kept: string | null): string | null {
  return given === 'none' ? null : (given ?? kept);
}
