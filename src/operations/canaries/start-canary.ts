import { z } from 'zod';
import { percentage } from '../../domain/resources/canary.js';
import { poolOf } from '../../domain/serving/pool.js';
import { find, type State } from '../../domain/log/state.js';
import { upstreamRef } from '../../domain/resources/upstream.js';
import { canaryDecision } from './decision.js';
import { canaryRuns } from '../rules/overlays.js';
import { canaryCourse, canaryDomain, courseFrom, courseProblem } from './input.js';
import { force } from '../rules/force.js';
import { defineOperation, type Decision, type Answers } from '../operation.js';
import { missingRoute } from '../rules/route.js';
import { missingUpstream, spokenUpstream } from '../rules/upstream.js';
import { conflict, invalid, refuse, unavailable } from '../refusals.js';

/**
 * Starts a canary, which sends a share of a route's visitors to another upstream. With steps it advances automatically and
 * is promoted after the last; with limits it is rolled back automatically when it exceeds one.
 */
export const startCanary = defineOperation({
  key: 'route.canary.start',
  path: ['update', 'route'],
  selectedBy: ['canaryUpstream'],
  summary: 'Start a canary: send a share of the visitors to another upstream',
  examples: [
    'update route --domain app.example.com --canary-upstream new-backend:3001 --canary-percentage 10',
    'update route --domain app.example.com --canary-upstream new-backend:3001 --canary-steps 5,25,50,100 --canary-interval 5m --canary-max-error-rate 1% --canary-max-latency-p99 500ms --canary-min-requests 100',
  ],
  input: z.strictObject({
    domain: canaryDomain,
    canaryUpstream: upstreamRef
      .describe('Start a canary with this upstream: host:port or an upstream’s name')
      .meta({ placeholder: 'upstream', names: 'Upstream' }),
    canaryPercentage: percentage
      .optional()
      .describe('Share of new visitors that the canary gets, 0–100 (default: the first step)')
      .meta({ placeholder: 'percent' }),
    ...canaryCourse,
    force,
  }),
  subject: (input) => input.domain,
  questions: (_state, input) => [...(courseFrom(input).limits === null ? [] : [{ kind: 'access-logs' } as const])],
  decide(state, input, answers, { now }) {
    const refused = whyNot(state, input, answers);
    if (refused) return refused;
    const course = courseFrom(input);
    const canary = {
      domain: input.domain,
      upstream: input.canaryUpstream,
      percentage: input.canaryPercentage ?? course.steps[0] ?? 0,
      since: now,
      stepSince: now,
      ...course,
      paused: false,
    };
    return canaryDecision(null, canary);
  },
});

type Input = z.infer<(typeof startCanary)['input']>;

function whyNot(state: State, input: Input, answers: Answers): Decision | null {
  const { domain, canaryUpstream } = input;
  const route = find(state, 'Route', domain)?.value;
  if (!route) return missingRoute(state, domain);
  const running = find(state, 'Canary', domain);
  if (running) return canaryRuns(running);
  const failover = find(state, 'Failover', domain);
  if (failover) {
    const message = `${domain} has been in failover since ${failover.value.since}, so a canary cannot be compared with its own upstream`;
    return refuse(
      conflict('in-failover', message, `End it first with: hecate update route --domain ${domain} --failover=off`),
    );
  }
  if (poolOf(state, canaryUpstream) === null) return refuse(missingUpstream(state, canaryUpstream));
  if (route.upstream === null) {
    const message = `${domain} has no upstream, so there is nothing to compare a canary with`;
    return refuse(
      invalid('no-upstream', message, `Give it one with: hecate update route --domain ${domain} --upstream HOST:PORT`),
    );
  }
  if (hasSameServers(state, canaryUpstream, route.upstream)) {
    const message = `${spokenUpstream(canaryUpstream)} has the same servers as the present upstream of ${domain}`;
    return refuse(invalid('canary-is-upstream', message, 'Give another upstream with --canary-upstream.'));
  }
  const problem = courseProblem(input);
  if (problem) return refuse(invalid('canary-flags', problem.message, problem.hint));
  return cannotBeSeen(input, answers);
}

function cannotBeSeen(input: Input, answers: Answers): Decision | null {
  const unreadable = courseFrom(input).limits === null ? [] : answers.unreadableLogs();
  if (unreadable[0] !== undefined) {
    const message = `a canary with limits needs the access log: ${unreadable[0]}`;
    const hint = 'Set HECATE_CADDY_ACCESS_LOG to a readable file, or leave out the limits.';
    return refuse(unavailable('access-log-unreadable', message, hint));
  }
  return null;
}

function hasSameServers(state: State, one: string, other: string): boolean {
  const dials = (ref: string) =>
    poolOf(state, ref)
      ?.servers.map(({ dial }) => dial)
      .sort() ?? [];
  return one === other || JSON.stringify(dials(one)) === JSON.stringify(dials(other));
}
