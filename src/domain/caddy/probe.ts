import type { Generation } from '../log/commit.js';
import type { Json } from '../data/json.js';

/** Header by which verify asks which route would answer; its value is the hash of the served generation. */
export const PROBE_HEADER = 'Hecate-Probe';
/** Header of the answer to a probe: the route's revision, or `none`. */
export const ROUTE_HEADER = 'Hecate-Route';
/** Name of the Caddy route that answers probes; every other route invokes it. */
export const PROBE_ROUTE = 'hecate-probe';
/** Caddy variable that carries the revision to the probe's answer. */
export const ROUTE_VARIABLE = 'hecate_route';

/** Handlers that answer a probe with `revision` and pass everything else on. */
export function answerProbe(revision: number | string): Json[] {
  return [
    { handler: 'vars', [ROUTE_VARIABLE]: String(revision) },
    { handler: 'invoke', name: PROBE_ROUTE },
  ];
}

/** A probe for another generation is answered too, without a route: no probe ever reaches an upstream. */
export function probeRoute({ hash }: Generation): Json {
  const answer = { handler: 'static_response', status_code: 204 };
  const named = { ...answer, headers: { [ROUTE_HEADER]: [`{http.vars.${ROUTE_VARIABLE}}`] } };
  return {
    match: [{ header: { [PROBE_HEADER]: ['*'] } }],
    handle: [
      {
        handler: 'subroute',
        routes: [{ match: [{ header: { [PROBE_HEADER]: [hash] } }], handle: [named] }, { handle: [answer] }],
      },
    ],
  };
}
