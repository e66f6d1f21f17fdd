import { z } from 'zod';
import { durationText, secondsText } from '../../domain/values/duration.js';
import { healthPath } from '../../domain/values/health-path.js';
import {
  loadBalancer,
  serverSchema,
  upstreamSchema,
  type Upstream,
  USUAL_CHECK_TIMEOUT,
} from '../../domain/resources/upstream.js';

const WEIGHTED = /^(.*)=(\d{1,3})$/;

/** A server as text: an address, or `address=weight`. Written in the shortest form. */
export const serverText = z
  .string()
  .overwrite((text) => spell(serverOf(text)) ?? text)
  .superRefine((text, context) => {
    const parsed = serverSchema.safeParse(serverOf(text));
    const message = parsed.error?.issues[0]?.message;
    if (message !== undefined) context.addIssue({ code: 'custom', message: `${JSON.stringify(text)}: ${message}` });
  });

/** Returns the server that a text describes; weight 1 when none is given. */
export function serverOf(text: string): Upstream['servers'][number] {
  const weighted = WEIGHTED.exec(text.trim());
  return { address: weighted?.[1] ?? text.trim(), weight: Number(weighted?.[2] ?? 1) };
}

function spell(server: Upstream['servers'][number]): string | null {
  const parsed = serverSchema.safeParse(server).data;
  if (!parsed) return null;
  return parsed.weight === 1 ? parsed.address : `${parsed.address}=${parsed.weight}`;
}

/** Settings of an upstream besides its name and servers, for create and update. Settings that are not given keep their values. */
export const upstreamSettings = {
  loadBalancer: loadBalancer
    .optional()
    .describe(`Load-balancing policy: ${loadBalancer.options.join(', ')}`)
    .meta({ placeholder: 'policy' }),
  healthCheckPath: z
    .union([z.literal('none'), healthPath])
    .optional()
    .describe('Path to request for health checks; none: no health checks')
    .meta({ placeholder: 'path' }),
  healthCheckInterval: secondsText
    .optional()
    .describe('Time between two health checks (default: 30s)')
    .meta({ placeholder: 'duration' }),
  healthCheckTimeout: durationText
    .optional()
    .describe('Longest time that a health check waits for a response (default: 5s)')
    .meta({ placeholder: 'duration' }),
  healthCheckStatus: z
    .string()
    .regex(/^([1-5]\d\d|[1-5]xx)$/, 'a status is a code such as 200, or a class such as 2xx')
    .optional()
    .describe('Status of a healthy response, such as 200 or 2xx (default: any below 400)')
    .meta({ placeholder: 'status' }),
  timeout: z
    .union([z.literal('none'), durationText])
    .optional()
    .describe('Longest time that a server may take to begin its response; none: no limit (default)')
    .meta({ placeholder: 'duration' }),
};

type Settings = { readonly [K in keyof typeof upstreamSettings]?: z.infer<(typeof upstreamSettings)[K]> | undefined };

/** Returns the upstream with the given settings changed, or the problem with them as a sentence. */
export function withUpstreamSettings(before: Upstream, input: Settings): Upstream | { readonly problem: string } {
  const { healthCheck: check } = before;
  const path = input.healthCheckPath === 'none' ? null : (input.healthCheckPath ?? check?.path ?? null);
  const about = ['healthCheckInterval', 'healthCheckTimeout', 'healthCheckStatus'] as const;
  if (path === null && about.some((field) => input[field] !== undefined)) {
    return { problem: 'health check settings have no effect without --health-check-path' };
  }
  const healthCheck =
    path === null
      ? null
      : {
          path,
          interval: input.healthCheckInterval ?? check?.interval ?? '30s',
          timeout: input.healthCheckTimeout ?? check?.timeout ?? USUAL_CHECK_TIMEOUT,
          status: input.healthCheckStatus ?? check?.status ?? null,
        };
  const after = {
    ...before,
    loadBalancer: input.loadBalancer ?? before.loadBalancer,
    healthCheck,
    timeout: input.timeout === 'none' ? null : (input.timeout ?? before.timeout),
  };
  const issue = upstreamSchema.safeParse(after).error?.issues[0]?.message;
  return issue === undefined ? after : { problem: issue };
}
