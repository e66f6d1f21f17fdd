import { canaryMark, type Canary } from '../resources/canary.js';
import type { Json } from '../data/json.js';
import { SIDE_FIELD } from './log-fields.js';

/** Cookie that keeps a visitor on one side of the canary. */
const SIDE_COOKIE = 'hecate-side';

const COOKIE = `{http.request.cookie.${SIDE_COOKIE}}`;
const COOKIE_LIFE_SECONDS = 30 * 24 * 3600;

/**
 * The handler that sends a share of the visitors to the canary. The random id of a visitor's first request decides the side,
 * independently of reloads and other routes; a cookie keeps the visitor there. The access log records each request's side.
 */
export function canaryHandler(
  canary: Canary,
  sides: { readonly stable: readonly Json[]; readonly canary: readonly Json[] },
): Json {
  const mark = canaryMark(canary);
  const toCanary = { handle: side(mark, 'canary', sides.canary), terminal: true };
  const toStable = { handle: side(mark, 'stable', sides.stable), terminal: true };
  const { percentage } = canary;
  const drawn = { match: [{ expression: isDrawn(mark, percentage) }], ...toCanary };
  const routes = percentage === 0 ? [toStable] : percentage === 100 ? [toCanary] : [drawn, toStable];
  return { handler: 'subroute', routes };
}

function isDrawn(mark: string, percentage: number): string {
  const below = Math.floor((percentage / 100) * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const fresh = `${COOKIE} != "${mark}.stable" && {http.request.uuid} < "${below}"`;
  return `${COOKIE} == "${mark}.canary" || (${fresh})`;
}

function side(mark: string, name: 'stable' | 'canary', proxy: readonly Json[]): Json[] {
  const cookie = `${SIDE_COOKIE}=${mark}.${name}; Path=/; Max-Age=${COOKIE_LIFE_SECONDS}; HttpOnly; SameSite=Lax`;
  const give = { handler: 'headers', response: { add: { 'Set-Cookie': [cookie] } } };
  return [
    { handler: 'log_append', key: SIDE_FIELD, value: `${mark}/${name}`, early: true },
    {
      handler: 'subroute',
      routes: [{ match: [{ not: [{ vars: { [COOKIE]: [`${mark}.${name}`] } }] }], handle: [give] }],
    },
    ...proxy,
  ];
}
