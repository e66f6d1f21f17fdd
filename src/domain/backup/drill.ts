import { z } from 'zod';

/** The answer of a proxy for one host, as far as a drill compares it. */
export const hostAnswer = z.union([
  z.strictObject({
    status: z.number().int(),
    /** Target of a redirect, without its query; null: it is none. */
    location: z.string().max(2_000).nullable(),
    /** It asks for a sign-in at the identity provider, or for a password. */
    asksSignIn: z.boolean(),
    /** Media type without parameters; null: none. */
    contentType: z.string().max(200).nullable(),
    /** Subject of the certificate, its names, and its issuer; null: plain HTTP, or the handshake was refused. */
    certificate: z
      .strictObject({ subject: z.string().max(300), names: z.string().max(8_000), issuer: z.string().max(300) })
      .nullable(),
    /** SHA-256 (hex) of the first bytes of the body. It informs only. */
    body: z.string().max(64),
  }),
  z.strictObject({ problem: z.string().max(500) }),
]);

/** The answer of a proxy for one host, as far as a drill compares it. */
export type HostAnswer = z.infer<typeof hostAnswer>;

/** The answers of the restored proxy and of the live one for one host. */
export const hostComparison = z.strictObject({
  host: z.string().max(300),
  scheme: z.enum(['http', 'https']),
  /**
   * `changed`: the route, or something that it uses, was changed since the backup, so its answers may differ. `differs`: they
   * differ although nothing was changed.
   */
  verdict: z.enum(['same', 'differs', 'changed']),
  /** Sentences: `status 502, live 200`. */
  differences: z.array(z.string().max(2_000)).max(20),
  /** Bodies that differ although nothing else does, such as of pages with a time in them. */
  hasOtherBody: z.boolean(),
});

/** The answers of the restored proxy and of the live one for one host. */
export type HostComparison = z.infer<typeof hostComparison>;

/** Most comparisons that a report lists; those that differ come first. */
export const MOST_COMPARISONS = 200;

/** Result of a restore drill. */
export const drillReport = z.strictObject({
  /** Name of the backup, and the destination or folder that it was read from. */
  name: z.string().max(200),
  place: z.string().max(2_000),
  /** Hash of its file. */
  sha256: z.string().max(64),
  /** Time at which the drill began, ISO 8601 UTC. */
  at: z.string().max(40),
  passed: z.boolean(),
  /** The reason for which nothing could be compared, in one sentence; null: all was. */
  problem: z.string().max(2_000).nullable(),
  /** The result in one sentence. */
  summary: z.string().max(2_500),
  /** Numbers of hosts: names that a route serves. */
  hosts: z.number().int().min(0),
  differed: z.number().int().min(0),
  changed: z.number().int().min(0),
  comparisons: z.array(hostComparison).max(MOST_COMPARISONS),
  /** Resources that were changed since the backup, as `Kind/name`; cut after 100. */
  changedSince: z.array(z.string().max(400)).max(100),
  /** Newest commit in the backup, and in the live log; null: there is none. */
  commit: z.number().int().nullable(),
  liveCommit: z.number().int().nullable(),
  /** Milliseconds until the restored proxy served: the time to recovery without a download of programs. */
  restoreMs: z.number().min(0),
  totalMs: z.number().min(0),
  /** Sentences for a person. */
  notes: z.array(z.string().max(2_000)).max(50),
});

/** Result of a restore drill. */
export type DrillReport = z.infer<typeof drillReport>;

/** Returns how two answers differ, as sentences; empty: they are alike. The body is not compared. */
export function differencesOf(restored: HostAnswer, live: HostAnswer): readonly string[] {
  if ('problem' in restored || 'problem' in live) {
    const [here, there] = [textOf(restored), textOf(live)];
    return here === there ? [] : [`restored: ${here}; live: ${there}`];
  }
  const fields = [
    ['status', restored.status, live.status],
    ['redirect', restored.location, live.location],
    ['asks to sign in', restored.asksSignIn, live.asksSignIn],
    ['content type', restored.contentType, live.contentType],
    ['certificate', certificateText(restored), certificateText(live)],
  ] as const;
  return fields.flatMap(([what, here, there]) =>
    here === there ? [] : [`${what}: restored ${shown(here)}, live ${shown(there)}`],
  );
}

/** Returns true when both answers have a body, and these differ. */
export function haveOtherBodies(restored: HostAnswer, live: HostAnswer): boolean {
  return 'body' in restored && 'body' in live && restored.body !== live.body;
}

/** Returns the sentence that sums up a drill: `12 hosts answer as the live ones do, 1 was changed since`. */
export function drillText({
  problem,
  hosts,
  differed,
  changed,
}: Pick<DrillReport, 'problem' | 'hosts' | 'differed' | 'changed'>): string {
  if (problem !== null) return problem;
  if (differed > 0) return `${differed} of ${hosts} hosts answer otherwise than the live ones`;
  if (hosts === 0) return 'it can be restored; it has no routes to compare';
  const since = changed === 0 ? '' : `; ${changed} changed since the backup`;
  return `${hosts - changed} of ${hosts} hosts answer as the live ones do${since}`;
}

function textOf(answer: HostAnswer): string {
  return 'problem' in answer ? answer.problem : `status ${answer.status}`;
}

function certificateText({ certificate }: Extract<HostAnswer, { readonly status: number }>): string | null {
  if (certificate === null) return null;
  const { subject, names, issuer } = certificate;
  return `${subject === '' ? names : subject} (${names}) by ${issuer}`;
}

function shown(value: string | number | boolean | null): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
