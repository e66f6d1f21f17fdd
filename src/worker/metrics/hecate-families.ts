import type { Commit } from '../../domain/log/commit.js';
import type { LogReader } from '../../ports/event-log.js';
import type { FigureReader } from '../../ports/figures.js';
import type { Proxy } from '../../ports/proxy.js';
import type { Family, Sample } from './families.js';

/** What the metrics of Hecate itself are read from. */
export interface Measured {
  readonly version: string;
  readonly log: Pick<LogReader, 'view' | 'entries' | 'entriesBackwards'>;
  readonly proxies: readonly Pick<Proxy, 'name' | 'current'>[];
  readonly figures: Pick<FigureReader, 'size'> | null;
  /** Counts the running workflows by type. */
  readonly running: () => Promise<Readonly<Record<string, number>>>;
  /** Returns the number of firing alerts by rule. */
  readonly firing: () => Promise<Readonly<Record<string, number>>>;
}

/** Newest commits that have a metric each, so that several between two questions of a Prometheus all reach it. */
export const NEWEST_COMMITS = 10;
/** Longest label that says what a commit changed. */
const SUBJECT_LENGTH = 100;

/** Creates a reader of the metrics of the log, proxies, operations, alerts and stored figures. What fails is missing, and counted. */
export function createHecateFamilies(measured: Measured): () => Promise<Family[]> {
  const ended = new Map<string, number>();
  let next: number | null = null;
  const results = async (head: number) => {
    next ??= head + 1;
    for await (const { position, message } of measured.log.entries(next)) {
      if (message.type === 'ended') ended.set(message.result, (ended.get(message.result) ?? 0) + 1);
      next = position.sequence + 1;
    }
    return byLabel('result', Object.fromEntries(ended));
  };
  let newest: { readonly head: number; readonly commits: readonly Commit[] } = { head: -1, commits: [] };
  const commits = async (head: number) => {
    if (newest.head !== head) newest = { head, commits: await newestCommits(measured.log) };
    return newest.commits.map(commitSample);
  };
  return async () => {
    const view = measured.log.view();
    const head = async () => (await view).state.head?.sequence ?? 0;
    const parts: readonly [Omit<Family, 'samples'>, () => Promise<readonly Sample[]>][] = [
      [gauge('hecate_build_info', 'Version of the worker.'), async () => [one(1, { version: measured.version })]],
      [gauge('hecate_log_head', 'Sequence of the newest commit.'), async () => [one(await head())]],
      [
        gauge(
          'hecate_commit_time_seconds',
          'Time of each of the newest commits, with what it changed and who made it.',
        ),
        async () => commits(await head()),
      ],
      [
        gauge(
          'hecate_proxy_generation',
          'Sequence of the commit that a proxy was last written for; below the head: behind.',
        ),
        () => generations(measured.proxies),
      ],
      [
        counter('hecate_operations_ended_total', 'Operations that ended since the start of the worker, by result.'),
        async () => results(await head()),
      ],
      [
        gauge('hecate_workflows_running', 'Running workflows, by type: operations, canaries, rotations and so on.'),
        async () => byLabel('type', await measured.running()),
      ],
      [gauge('hecate_alerts_firing', 'Firing alerts, by rule.'), async () => byLabel('rule', await measured.firing())],
      [
        gauge('hecate_figures_bytes', 'Bytes that the stored traffic figures take, by level.'),
        () => sizes(measured, 'bytes'),
      ],
      [
        gauge('hecate_figures_messages', 'Messages that the stored traffic figures take, by level.'),
        () => sizes(measured, 'messages'),
      ],
    ];
    const failures: Sample[] = [];
    const families = await Promise.all(
      parts.map(async ([about, read]) => {
        const samples = await read().catch(() => null);
        failures.push(one(samples === null ? 1 : 0, { metric: about.name }));
        return { ...about, samples: samples ?? [] };
      }),
    );
    return [
      ...families,
      { ...gauge('hecate_metrics_unreadable', '1: the metric could not be read now.'), samples: failures },
    ];
  };
}

function gauge(name: string, help: string): Omit<Family, 'samples'> {
  return { name, help, type: 'gauge' };
}

function counter(name: string, help: string): Omit<Family, 'samples'> {
  return { name, help, type: 'counter' };
}

function one(value: number, labels: Sample['labels'] = {}): Sample {
  return { labels, value };
}

function byLabel(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => one(value, { [label]: name }));
}

async function newestCommits(log: Measured['log']): Promise<Commit[]> {
  const commits: Commit[] = [];
  for await (const { message } of log.entriesBackwards()) {
    if (message.type === 'committed' && commits.push(message) === NEWEST_COMMITS) break;
  }
  return commits;
}

function commitSample({ id, at, actor, operation, changes }: Commit): Sample {
  const [first] = changes;
  const others = changes.length > 1 ? ` and ${changes.length - 1} more` : '';
  const subject = first === undefined ? '' : `${first.kind} ${first.name.slice(0, SUBJECT_LENGTH)}${others}`;
  return one(Date.parse(at) / 1000, { commit: id, operation, subject, actor });
}

async function generations(proxies: Measured['proxies']): Promise<Sample[]> {
  const all = await Promise.allSettled(
    proxies.map(async (proxy) => one((await proxy.current()).generation?.sequence ?? 0, { proxy: proxy.name })),
  );
  return all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function sizes({ figures }: Measured, field: 'bytes' | 'messages'): Promise<Sample[]> {
  return ((await figures?.size()) ?? []).map((size) => one(size[field], { level: size.level }));
}
