import { changeOf, type Change } from '../domain/commit.js';
import type { Route } from '../domain/route.js';
import { all, type Held, type State } from '../domain/state.js';
import { nearest } from '../domain/nearest.js';
import { parseUpstream } from '../domain/upstream-address.js';
import type { Answers, Decision } from './operation.js';

/** The decision to replace one route; nothing to change when both are equal. */
export function change(
  before: Route | null,
  after: Route | null,
  more: {
    readonly upstreams: readonly string[];
    readonly warnings: readonly string[];
    /** What changes with the route in the same commit. */
    readonly along?: readonly Change[];
  },
): Decision {
  const domain = (after ?? before)?.domain ?? '';
  const same = JSON.stringify(before) === JSON.stringify(after);
  const changes: Change[] = same ? [] : [changeOf('Route', domain, before, after), ...(more.along ?? [])];
  return {
    kind: 'change',
    changes,
    expect: { hosts: same ? [] : [domain], upstreams: more.upstreams },
    warnings: more.warnings,
  };
}

/** Refuses to create what exists, naming who made it and when. */
export function routeExists(held: Held<'Route'>): Decision {
  return {
    kind: 'refuse',
    refusal: {
      kind: 'conflict',
      code: 'route-exists',
      message: `route ${held.name} exists already: created by ${held.createdBy} at ${held.createdAt}`,
      hint: `Change it with: hecate update route --domain ${held.name}`,
    },
  };
}

/** Refuses to touch what is not there, with the nearest domain that is. */
export function missingRoute(state: State, domain: string): Decision {
  const names = all(state, 'Route').map((held) => held.name);
  const close = nearest(domain, names);
  return {
    kind: 'refuse',
    refusal: {
      kind: 'missing',
      code: 'route-missing',
      message: `there is no route for ${domain}`,
      hint: close ? `Did you mean ${close}?` : 'List them with: hecate list routes',
    },
  };
}

const SECRET_HEADERS = /^(authorization|proxy-authorization|.*(api-?key|token|secret|password).*)$/i;

/** What a person should know although it is no reason to refuse. */
export function warnings(route: Route, answers: Answers): string[] {
  const dead = answers.dials(parseUpstream(route.upstream).dial) === false;
  const secret = Object.keys(route.headers).filter((name) => SECRET_HEADERS.test(name));
  return [
    ...(dead ? [`upstream ${route.upstream} does not answer now; requests get 502 until it does`] : []),
    ...secret.map((name) => `header ${name} looks like a secret: its value stands readable in the log`),
  ];
}
