import { z } from 'zod';
import { durationText } from '../../domain/values/duration.js';
import { loadBalancer, serverSchema, upstreamSchema, type Upstream } from '../../domain/resources/upstream.js';
import { healthCheckFlagsProblem, healthCheckSettings, withHealthCheckSettings } from '../rules/health-check.js';

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
  ...healthCheckSettings,
  timeout: z
    .union([z.literal('none'), durationText])
    .optional()
    .describe('Longest time that a server may take to begin its response; none: no limit (default)')
    .meta({ placeholder: 'duration' }),
};

type Settings = { readonly [K in keyof typeof upstreamSettings]?: z.infer<(typeof upstreamSettings)[K]> | undefined };

/** Returns the upstream with the given settings changed, or the problem with them as a sentence. */
export function withUpstreamSettings(before: Upstream, input: Settings): Upstream | { readonly problem: string } {
  const problem = healthCheckFlagsProblem(before.healthCheck, input);
  if (problem !== null) return { problem };
  const after = {
    ...before,
    loadBalancer: input.loadBalancer ?? before.loadBalancer,
    healthCheck: withHealthCheckSettings(before.healthCheck, input),
    timeout: input.timeout === 'none' ? null : (input.timeout ?? before.timeout),
  };
  const issue = upstreamSchema.safeParse(after).error?.issues[0]?.message;
  return issue === undefined ? after : { problem: issue };
}
