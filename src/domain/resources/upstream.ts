import { z } from 'zod';
import { durationText } from '../values/duration.js';
import { healthPath } from '../values/health-path.js';
import { sourceName } from './source.js';
import { parseUpstream, upstreamAddress } from '../values/upstream-address.js';

const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const HEAVIEST = 100;

/** Name of an upstream. It has no colon, so it is never taken for an address. */
export const upstreamName = z
  .string()
  .refine(isName, 'an upstream name is 1–63 of a–z, 0–9 and inner hyphens, not “none”');

/** Where a route's requests go: an address, or the name of an upstream. */
export const upstreamRef = z
  .string()
  .overwrite((text) => (isUpstreamName(text.trim()) ? text.trim() : (upstreamAddress.safeParse(text).data ?? text)))
  .superRefine((text, context) => {
    if (isUpstreamName(text)) return;
    const parsed = upstreamAddress.safeParse(text);
    if (!parsed.success) {
      const message = `${parsed.error.issues[0]?.message ?? 'not an address'}, or the name of an upstream`;
      context.addIssue({ code: 'custom', message });
    }
  });

/** Whether a text that passed {@link upstreamRef} names an upstream rather than being an address. */
export function isUpstreamName(ref: string): boolean {
  return isName(ref);
}

function isName(text: string): boolean {
  return NAME.test(text) && text !== 'none';
}

/** One server of an upstream. */
export const serverSchema = z.strictObject({
  address: upstreamAddress,
  /** Its share of requests under `weighted`; relative to the others. */
  weight: z.number().int().min(1).max(HEAVIEST),
});

/** How requests are spread; the names are the ones that people know from Caddy and nginx. */
export const loadBalancer = z.enum(['round_robin', 'least_conn', 'random', 'first', 'ip_hash', 'cookie', 'weighted']);

/** Active health check of an upstream's servers. */
export const serverHealthCheckSchema = z.strictObject({
  path: healthPath,
  interval: durationText,
  timeout: durationText,
  /** Status that a healthy server answers, or its class: `200`, `2xx`; null: below 400. */
  status: z
    .string()
    .regex(/^([1-5]\d\d|[1-5]xx)$/, 'a status is like 200, or a class like 2xx')
    .nullable(),
});

/** A named pool of servers that routes share. */
export const upstreamSchema = z.strictObject({
  name: upstreamName,
  /** In the order given; `first` takes it for the order of preference. All speak TLS or none does. */
  servers: z.array(serverSchema).min(1, 'an upstream has at least one server'),
  loadBalancer,
  healthCheck: serverHealthCheckSchema.nullable(),
  /** How long a server may take to answer with headers. */
  timeout: durationText,
  /** Source of manifests that it came from; null: a person made it. */
  source: sourceName.nullable(),
});

export type Upstream = z.infer<typeof upstreamSchema>;
export type UpstreamServer = z.infer<typeof serverSchema>;

/** Until a server must answer, unless an upstream says otherwise: the predecessor's route timeout. */
export const USUAL_TIMEOUT = '30s';

/** What an upstream is unless something else is said. */
export function plainUpstream(name: string, servers: readonly UpstreamServer[]): Upstream {
  return {
    name,
    servers: [...servers],
    loadBalancer: 'round_robin',
    healthCheck: null,
    timeout: USUAL_TIMEOUT,
    source: null,
  };
}

/** The dial addresses of an upstream's servers. */
export function dialsOf({ servers }: Pick<Upstream, 'servers'>): string[] {
  return servers.map(({ address }) => parseUpstream(address).dial);
}

/** Why these servers cannot stand in one upstream; null: they can. */
export function serversProblem(servers: readonly UpstreamServer[]): string | null {
  const parsed = servers.map(({ address }) => ({ address, ...parseUpstream(address) }));
  const twice = parsed.find(({ dial }, index) => parsed.findIndex((other) => other.dial === dial) !== index);
  if (twice) return `${twice.address} is given twice`;
  const [secure, plain] = [parsed.find(({ tls }) => tls), parsed.find(({ tls }) => !tls)];
  if (!secure || !plain) return null;
  return `${secure.address} speaks TLS and ${plain.address} does not; the servers of an upstream all do or none does`;
}

/** Whether two texts name the same server. */
export function isSameServer(a: string, b: string): boolean {
  return parseUpstream(a).dial === parseUpstream(b).dial;
}
