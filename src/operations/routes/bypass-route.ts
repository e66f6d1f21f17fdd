import { z } from 'zod';
import { requiresSignIn } from '../../domain/identity/access.js';
import type { Bypass } from '../../domain/resources/bypass.js';
import { changeOf } from '../../domain/log/commit.js';
import { domainName } from '../../domain/values/network/domain-name.js';
import { durationMs, secondsText } from '../../domain/values/duration.js';
import { find } from '../../domain/log/state.js';
import { defineOperation, type Context, type Decision } from '../operation.js';
import { missingRoute } from '../rules/route.js';
import { invalid, refuse, unavailable } from '../refusals.js';

const LARGEST_SKEW_MS = 2_000;

/** Turns off sign-in on a route for a limited time, extends such a bypass, or ends it early. The proxy ends it on time, even when every other component is down. */
export const bypassRoute = defineOperation({
  key: 'route.bypass',
  path: ['update', 'route'],
  selectedBy: ['authBypass'],
  summary: 'Bypass sign-in on a route for a limited time',
  examples: [
    'update route --domain app.example.com --auth-bypass --duration 1h --reason "authentik is being repaired"',
    'update route --domain app.example.com --auth-bypass=off',
  ],
  input: z.strictObject({
    domain: domainName.describe('Domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    authBypass: z
      .enum(['on', 'off'])
      .describe('Emergency: turn off sign-in for --duration; off: end the bypass now')
      .meta({ placeholder: 'on|off', bare: 'on' }),
    duration: secondsText
      .optional()
      .describe('Length of the bypass from now (at most 24h unless the worker allows more)')
      .meta({ placeholder: 'duration' }),
    /** End time of the bypass to end. A bypass that was extended meanwhile has another end time and continues. */
    endingAt: z.iso.datetime().optional().meta({ internal: true }),
  }),
  asksReason: (input) => input.authBypass === 'on',
  subject: (input) => input.domain,
  questions: (_state, input) => (input.authBypass === 'on' ? [{ kind: 'clock' }] : []),
  decide(state, input, answers, context) {
    const route = find(state, 'Route', input.domain);
    const held = find(state, 'Bypass', input.domain)?.value ?? null;
    if (input.authBypass === 'off') {
      const meant = held !== null && (input.endingAt === undefined || input.endingAt === held.until);
      return decided(input.domain, held, meant ? null : held, []);
    }
    if (!route) return missingRoute(state, input.domain);
    if (!requiresSignIn(route.value)) {
      return refuse(
        invalid(
          'nothing-to-bypass',
          `${input.domain} does not require sign-in`,
          `See its settings with: hecate read route --domain ${input.domain}`,
        ),
      );
    }
    const problem = durationProblem(input, context) ?? reasonProblem(held, context);
    if (problem) return problem;
    const skew = answers.clockSkewMs();
    if (skew === null || skew > LARGEST_SKEW_MS) return clockRefused(skew);
    const since = held?.until && held.until > context.now ? held.since : context.now;
    const bypass = { domain: input.domain, since, until: endOf(input.duration ?? '', context), reason: context.reason };
    return decided(
      input.domain,
      held,
      bypass,
      context.reason === null ? ['the bypass has no reason; give one with --reason'] : [],
    );
  },
});

function decided(domain: string, before: Bypass | null, after: Bypass | null, warnings: string[]): Decision {
  const changes = before === after ? [] : [changeOf('Bypass', domain, before, after)];
  return { kind: 'change', changes, expect: { hosts: changes.length === 0 ? [] : [domain] }, warnings };
}

function endOf(duration: string, { now }: Context): string {
  return new Date(Date.parse(now) + durationMs(duration)).toISOString();
}

function durationProblem(
  { domain, duration }: { readonly domain: string; readonly duration?: string | undefined },
  { longestBypassMs }: Context,
): Decision | null {
  if (duration === undefined) {
    return refuse(
      invalid(
        'no-duration',
        '--duration is missing: a bypass must have an end',
        `Give one, for example: hecate update route --domain ${domain} --auth-bypass --duration 1h`,
      ),
    );
  }
  if (durationMs(duration) <= longestBypassMs) return null;
  const longest = `${longestBypassMs / 3_600_000}h`;
  return refuse(
    invalid(
      'bypass-too-long',
      `--duration ${duration} is too long: a bypass lasts at most ${longest}`,
      'Give a shorter one; a bypass can be extended later.',
    ),
  );
}

/** Returns the refusal to extend a bypass without a new reason, since an extension is a new decision; null: it has one. */
function reasonProblem(held: Bypass | null, { now, reason }: Context): Decision | null {
  if (held === null || held.until <= now || (reason !== null && reason !== held.reason)) return null;
  return refuse(
    invalid(
      'no-new-reason',
      `sign-in on ${held.domain} is already bypassed until ${held.until}; an extension needs a new reason`,
      `Give it with: hecate update route --domain ${held.domain} --auth-bypass --duration 1h --reason "…"`,
    ),
  );
}

function clockRefused(skew: number | null): Decision {
  const message =
    skew === null
      ? 'the clock of the proxy cannot be read; a bypass ends by that clock'
      : `the clocks of the proxy and the worker differ by ${(skew / 1000).toFixed(1)} s; a bypass ends by the proxy's clock`;
  return refuse(
    unavailable('clock-skew', message, 'Set both clocks to the right time (at most 2 s apart), then try again.'),
  );
}
