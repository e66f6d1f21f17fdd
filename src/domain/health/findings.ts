import { lifeLeft } from '../serving/certificate-life.js';
import type { FactKind, Facts, Known } from './facts.js';

/** How something is: `fail` means that visitors or Hecate itself are affected, `warn` that a person should know. */
export type FindingLevel = 'fail' | 'warn' | 'ok';

/** Levels of findings, the gravest first. */
export const findingLevels = ['fail', 'warn', 'ok'] as const satisfies readonly FindingLevel[];

/** Areas of findings, in the order in which they are shown. */
export const findingAreas = [
  ...['component', 'disk', 'certificate', 'drift', 'rotation', 'backup', 'source', 'operation', 'bypass'],
  ...['sink', 'witness', 'alert', 'unknown'],
] as const;

/** Area of a finding. */
export type FindingArea = (typeof findingAreas)[number];

/** One finding about the health of the environment. */
export interface Finding {
  readonly area: FindingArea;
  readonly name: string;
  readonly level: FindingLevel;
  /** A sentence without a full stop. */
  readonly detail: string;
}

const FREE_WARN = 0.1;
const FREE_FAIL = 0.02;
/** An operation that has not ended for longer is stuck. */
const STUCK_MS = 15 * 60_000;
const LONGEST = 500;

/** Returns the findings that follow from facts, in the order of their areas. What could not be looked at is a finding too. */
export function findingsIn(facts: Facts): Finding[] {
  const found = (Object.keys(views) as (keyof typeof views)[]).flatMap((kind) => viewOf(kind, facts));
  const place = ({ area }: Finding) => findingAreas.indexOf(area);
  return found
    .map((one) => ({ ...one, detail: cut(one.detail) }))
    .sort((a, b) => place(a) - place(b) || findingLevels.indexOf(a.level) - findingLevels.indexOf(b.level));
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

type View<K extends FactKind> = (fact: Facts[K] extends Known<infer T> ? T : never, at: string) => Finding | null;

/** What each kind of facts means. A kind without a line does not compile; null: it is shown elsewhere. */
const views: { readonly [K in FactKind]: View<K> | null } = {
  components: ({ name, problem }) => ({
    ...{ area: 'component', name },
    ...(problem === null ? { level: 'ok', detail: 'works' } : { level: 'fail', detail: problem }),
  }),
  disks({ name, free, size }) {
    const share = free / Math.max(1, size);
    const level = share < FREE_FAIL ? 'fail' : share < FREE_WARN ? 'warn' : 'ok';
    return { area: 'disk', name, level, detail: `${(share * 100).toFixed(0)}% is free (${gibibytes(free)})` };
  },
  certificates(one, at) {
    const { level, problem } = lifeLeft(one, at);
    if (problem === null) return null;
    const detail = `the certificate that ${one.proxy} presents, by ${one.issuer} until ${one.notAfter}: ${problem}`;
    return { area: 'certificate', name: one.host, level, detail };
  },
  proxyDrift: (one) => ({ area: 'drift', level: 'warn', ...one }),
  identityDrift: (one) => ({ area: 'drift', level: 'warn', ...one }),
  rotations: (one) => ({ area: 'rotation', level: 'warn', ...one }),
  backups: (one) => ({ area: 'backup', level: 'warn', ...one }),
  held: (one) => ({ area: 'source', level: 'warn', ...one }),
  open({ id, operation, since }, at) {
    const isStuck = Date.parse(at) - Date.parse(since) >= STUCK_MS;
    const detail = isStuck ? `has not ended since ${since}. See: hecate follow ${id}` : `runs since ${since}`;
    return { area: 'operation', name: `${operation} ${id}`, level: isStuck ? 'warn' : 'ok', detail };
  },
  failed: ({ id, operation, subject, result, at, detail }) => ({
    ...{ area: 'operation', name: `${operation} ${id}`, level: result === 'stuck' ? 'warn' : 'ok' },
    detail: `${result} at ${at}, on ${subject}${detail === null ? '' : `: ${detail}`}`,
  }),
  bypasses: ({ route, until, by, reason }) => ({
    ...{ area: 'bypass', name: route, level: 'warn' },
    detail: `sign-in is bypassed until ${until} by ${by}${reason === null ? '' : `: ${reason}`}`,
  }),
  sinks: (one) => ({ area: 'sink', level: 'warn', ...one }),
  witnesses: (one) => ({ area: 'witness', level: 'warn', ...one }),
  // A route's own health and the figures tell of these.
  servers: null,
  traffic: null,
  signIns: null,
};

function viewOf<K extends FactKind>(kind: K, facts: Facts): Finding[] {
  const known: Known<unknown> = facts[kind];
  if ('unknown' in known) {
    return [{ area: 'unknown', name: names[kind], level: 'warn', detail: `not known now: ${known.unknown}` }];
  }
  const view = views[kind] as ((fact: unknown, at: string) => Finding | null) | null;
  return view === null ? [] : known.known.flatMap((one) => view(one, facts.at) ?? []);
}

/** Facts of a kind, for people. */
const names: { readonly [K in FactKind]: string } = {
  components: 'components',
  servers: 'servers of upstreams',
  traffic: 'traffic figures',
  signIns: 'failed sign-ins',
  certificates: 'certificates',
  rotations: 'rotations',
  backups: 'backups',
  proxyDrift: 'drift of proxies',
  identityDrift: 'drift of the identity provider',
  failed: 'failed operations',
  open: 'running operations',
  held: 'sources of manifests',
  bypasses: 'bypasses',
  disks: 'disk space',
  sinks: 'alert sinks',
  witnesses: 'witnesses of the notary',
};

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
