import type { Generation } from '../../log/commit.js';
import type { Json } from '../../data/json.js';
import { markOwn } from '../log-fields.js';

/** Request header of a probe, which asks for the route that would answer. Its value is the hash of the served generation. */
export const PROBE_HEADER = 'Hecate-Probe';
/** Response header of a probe: the revision of the route that would answer, or {@link NO_ROUTE}. */
export const ROUTE_HEADER = 'Hecate-Route';
/** Value of {@link ROUTE_HEADER} when no route answers, also in the 404 that visitors get then. */
export const NO_ROUTE = 'none';
/** Name of the Caddy route that answers probes; every other route invokes it. */
export const PROBE_ROUTE = 'hecate-probe';
/** Caddy variable that passes the revision to the probe's response. */
export const ROUTE_VARIABLE = 'hecate_route';

/** Returns handlers that answer a probe with `revision` and pass every other request on. */
export function answerProbe(revision: number | string): Json[] {
  return [
    { handler: 'vars', [ROUTE_VARIABLE]: String(revision) },
    { handler: 'invoke', name: PROBE_ROUTE },
  ];
}

/** The route that answers probes. Probes of another generation get no revision; no probe reaches an upstream. */
export function probeRoute({ hash }: Generation): Json {
  const answer = { handler: 'static_response', status_code: 204 };
  const named = { ...answer, headers: { [ROUTE_HEADER]: [`{http.vars.${ROUTE_VARIABLE}}`] } };
  return {
    match: [{ header: { [PROBE_HEADER]: ['*'] } }],
    handle: [
      markOwn,
      {
        handler: 'subroute',
        routes: [{ match: [{ header: { [PROBE_HEADER]: [hash] } }], handle: [named] }, { handle: [answer] }],
      },
    ],
  };
}
