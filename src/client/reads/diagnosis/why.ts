import { z } from 'zod';
import { actorText } from '../../../domain/log/commit.js';
import { find } from '../../../domain/log/state.js';
import { refusalReasons } from '../../../domain/traffic/access-entry.js';
import { levelFor, levelTimes, slotStart, type FigureLevel } from '../../../domain/traffic/figures.js';
import { domainName } from '../../../domain/values/network/domain-name.js';
import { intervalMs, lookBackText } from '../../../domain/values/interval.js';
import { eventsFor, LOOK_BACK_MS, type Cause, type Event, type PlacedCommit } from '../../../domain/why/causes.js';
import { changesOn, dependenceOf } from '../../../domain/why/concerns.js';
import { countPeriods, type PeriodCounting } from '../../../domain/why/periods.js';
import {
  FEWEST_REQUESTS,
  SHORTEST_SLOTS,
  symptoms,
  trafficChanges,
  type Analysis,
  type TrafficChange,
} from '../../../domain/why/symptoms.js';
import { lastUndoneByProbation, type Undone } from '../../../domain/why/failed-probation.js';
import { takenBackBy } from '../../../domain/why/taken-back.js';
import { verdictOf, type Explained, type Verdict } from '../../../domain/why/verdict.js';
import type { LogReader } from '../../../ports/event-log.js';
import { Failure } from '../../../ports/failure.js';
import { headline } from '../../print/drawn-change.js';
import { timeSpan } from '../../print/relative-time.js';
import { oneLine } from '../../print/visible.js';
import { defineRead, type ReadContext } from '../read.js';

/** Least time before the asked one that is compared with it, ms. */
const LEAST_BEFORE_MS = 3_600_000;
/** The last hours are looked at by 10 s, however far back the question goes, ms. */
const EXACT_MS = 3 * 3_600_000;
/** The newest figures may not be published yet. */
const FRESH_MS = 5_000;

/** Joins the history with the figures: when a route's traffic changed, and what came just before. */
export const why = defineRead({
  path: ['why'],
  summary: 'Say when a route’s errors, latency or traffic changed, and which change of ours came just before',
  examples: ['why --domain app.example.com', 'why --domain app.example.com --since 24h'],
  input: z.strictObject({
    domain: domainName.describe('domain of the route').meta({ placeholder: 'domain', names: 'Route' }),
    since: lookBackText.default('1h').describe('how far back').meta({ placeholder: 'duration' }),
  }),
  shape: whyShape,
  async answer({ domain, since }, context) {
    const nowMs = Date.parse(context.now);
    const toMs = slotStart('10s', nowMs - FRESH_MS);
    const sinceMs = toMs - intervalMs(since);
    const fromMs = sinceMs - Math.max(intervalMs(since), LEAST_BEFORE_MS);
    const level = levelFor(fromMs, toMs, nowMs);
    const exactMs = level === '10s' ? sinceMs : toMs - EXACT_MS;
    const [past, counting, recent, observations] = await Promise.all([
      context.withLog((log) => pastOf(log, sinceMs - LOOK_BACK_MS)),
      figuresOf(context, { domain, level, fromMs, toMs }),
      level === '10s' ? null : figuresOf(context, { domain, level: '10s', fromMs: exactMs - EXACT_MS, toMs }),
      context.withObservations((reader) => reader.between(sinceMs - LOOK_BACK_MS, nowMs)).catch(noneKept),
    ]);
    const { state, commits } = past;
    const dependence = dependenceOf(
      state,
      domain,
      commits.map(({ commit }) => commit),
    );
    const route = find(state, 'Route', domain)?.value;
    if (route === undefined && !commits.some(({ commit }) => changesOn(dependence, commit.changes).length > 0))
      throw new Failure('missing', `there is no route for ${domain}`, { hint: 'List the routes: hecate list routes' });
    const surroundings = {
      ...{ dependence, servers: counting.servers(), proxies: new Set([...counting.proxies(), 'caddy']) },
      requiresSignIn: (route?.authPolicy ?? null) !== null || route?.requireMFA === true,
    };
    const periods = counting.periods();
    const whole = trafficChanges(periods, sinceMs);
    const exact = recent === null ? null : trafficChanges(recent.periods(), exactMs);
    const changes = exact === null ? whole.changes : joined(whole, exact, exactMs);
    const analysis = { requests: counting.requests(), changes };
    const events = eventsFor(commits, observations, surroundings);
    const verdict = verdictOf(analysis, events);
    const concerned = events.flatMap((event) => (event.kind === 'commit' ? [event.placed] : []));
    const short = verdict.outcome === 'unchanged' ? lastUndoneByProbation(concerned, commits) : null;
    const answer = { domain, since, sinceMs, exactMs, toMs, level, requests: analysis.requests, verdict, commits };
    const { sentence, command } =
      short === null ? conclusion({ ...answer, hasFigures: periods.length > 0 }) : undoneText(short);
    return {
      data: {
        ...{ domain, since: iso(sinceMs), to: iso(toMs), precision: level, requests: analysis.requests },
        ...{ outcome: short === null ? verdict.outcome : 'cause', sentence, command },
        changes: verdict.explained.map(changeData),
      },
      text: () => [...drawnChanges(answer), sentence, ...(command === null ? [] : [`  ${command}`])].join('\n'),
    };
  },
});

/** Homes of older versions have no stream of observations before a new worker ran. */
function noneKept(error: unknown): readonly never[] {
  if (error instanceof Failure && error.kind === 'missing') return [];
  throw error;
}

/** Returns the changes of a coarse analysis, and those of an exact one from `exactMs` on. */
function joined(whole: Analysis, exact: Analysis, exactMs: number): readonly TrafficChange[] {
  const changes = [...whole.changes.filter(({ fromMs }) => fromMs < exactMs), ...exact.changes];
  return changes.sort((a, b) => a.fromMs - b.fromMs);
}

interface Wanted {
  readonly domain: string;
  readonly level: FigureLevel;
  readonly fromMs: number;
  readonly toMs: number;
}

function figuresOf({ withFigures }: ReadContext, { domain, level, fromMs, toMs }: Wanted): Promise<PeriodCounting> {
  return withFigures(async (figures) => {
    const counting = countPeriods(domain, level, toMs);
    for await (const slot of figures.slots(level, fromMs, toMs)) counting.add(slot);
    return counting;
  });
}

/** Reads the state, and the commits since a time, oldest first. */
async function pastOf(log: LogReader, sinceMs: number) {
  const { state } = await log.view();
  const commits: PlacedCommit[] = [];
  for await (const { position, message } of log.entriesBackwards()) {
    if (message.type !== 'committed') continue;
    if (Date.parse(message.at) < sinceMs) break;
    commits.push({ sequence: position.sequence, commit: message });
  }
  return { state, commits: commits.reverse() };
}

interface WhyAnswer {
  readonly domain: string;
  readonly since: string;
  readonly sinceMs: number;
  /** Since then, the figures are those of 10 s. */
  readonly exactMs: number;
  readonly toMs: number;
  readonly level: FigureLevel;
  readonly requests: number;
  readonly verdict: Verdict;
  /** Since the beginning of that time, oldest first. */
  readonly commits: readonly PlacedCommit[];
}

function conclusion({
  domain,
  since,
  requests,
  verdict,
  commits,
  hasFigures,
  ...limits
}: WhyAnswer & { readonly hasFigures: boolean }): {
  readonly sentence: string;
  readonly command: string | null;
} {
  const { outcome, likeliest } = verdict;
  if (!hasFigures)
    return {
      sentence:
        'There are no figures of that time. They come from the access log of a Caddy on the worker’s machine. Look at:',
      command: 'hecate status',
    };
  if (outcome === 'too-few')
    return {
      sentence: `Too few requests to tell: ${requests} to ${domain}; it takes ${FEWEST_REQUESTS}. Ask the route itself:`,
      command: `hecate read route health --domain ${domain}`,
    };
  if (outcome === 'unchanged') return { sentence: unchangedText(domain, since, limits), command: null };
  const over = verdict.isOver ? ' It is over since.' : '';
  if (likeliest === null)
    return {
      sentence: `Nothing of ours that explains it changed just before.${over} Look at the route’s servers:`,
      command: `hecate read route health --domain ${domain}`,
    };
  const { event } = likeliest;
  if (event.kind === 'observation')
    return {
      sentence: `Likeliest cause: ${eventText(event)}.${asLikelyText(verdict)}${over} Look at:`,
      command: `hecate read route health --domain ${domain}`,
    };
  const { sequence, commit } = event.placed;
  const history = `hecate history --from ${sequence} --to ${sequence}`;
  const cause = `Likeliest cause: commit ${sequence} (${commit.operation} by ${oneLine(actorText(commit))}, ${plain(commit.at)}).`;
  const end = takenBackBy(event.placed, event.changes, commits);
  if (end !== null) {
    const taken = `It was taken back at ${plain(end.commit.at)} (commit ${end.sequence}, ${end.commit.operation}).`;
    return { sentence: `${cause} ${taken}${over} See it with:`, command: history };
  }
  if (commit.undoes !== undefined)
    return { sentence: `${cause} It is the undo of ${commit.undoes}.${over} See it with:`, command: history };
  return {
    sentence: `${cause}${asLikelyText(verdict)}${over} Undo it with:`,
    command: `hecate update undo --operation ${sequence}`,
  };
}

/** Names the commits that explain it as well; empty: there are none. */
function asLikelyText({ asLikely }: Verdict): string {
  const numbers = asLikely.flatMap((event) => (event.kind === 'commit' ? `commit ${event.placed.sequence}` : []));
  return numbers.length === 0 ? '' : ` As likely: ${numbers.join(', ')}, of the same moment.`;
}

/** A fault that a probation undid before the figures show it. */
function undoneText({ placed, end }: Undone): { readonly sentence: string; readonly command: string } {
  const { sequence, commit } = placed;
  const made = `commit ${sequence} (${commit.operation} by ${oneLine(actorText(commit))}, ${plain(commit.at)})`;
  const reason = oneLine(end.commit.reason ?? '');
  return {
    sentence: `Likeliest cause: ${made}. It was undone at ${plain(end.commit.at)}, too soon to be a change in the figures: ${reason}. It is over since. See it with:`,
    command: `hecate history --from ${sequence} --to ${end.sequence}`,
  };
}

function unchangedText(
  domain: string,
  since: string,
  { level, exactMs }: Pick<WhyAnswer, 'level' | 'exactMs'>,
): string {
  const found = `No change for the worse was found for visitors of ${domain} in the last ${since}`;
  if (level === '10s') return `${found}; one of errors would have to last 30 s, others a minute.`;
  const shortest = timeSpan(SHORTEST_SLOTS * levelTimes[level].slotMs);
  return `${found}; before ${plain(iso(exactMs))}, one shorter than ${shortest} is not found.`;
}

function drawnChanges(answer: WhyAnswer): string[] {
  const { domain, sinceMs, toMs, level, requests, verdict } = answer;
  const precision = level === '10s' ? '' : `, to ${timeSpan(levelTimes[level].slotMs)}`;
  const count = `${requests.toLocaleString('en')} request${requests === 1 ? '' : 's'} in it and the time before`;
  return [
    `${domain} since ${plain(iso(sinceMs))} (${timeSpan(toMs - sinceMs)}${precision}): ${count}`,
    ...(verdict.explained.length === 0 ? [] : ['']),
    ...verdict.explained.flatMap(({ change, causes }) => [
      `${plain(iso(change.fromMs))} to ${plain(iso(change.toMs)).slice(11)}  ${changeText(change)}`,
      ...causes.slice(0, MOST_CAUSES).map((cause) => `    ${causeText(cause, change)}`),
      ...(causes.length > MOST_CAUSES ? [`    and ${causes.length - MOST_CAUSES} less likely ones`] : []),
    ]),
    '',
  ];
}

const MOST_CAUSES = 5;

function changeText({ symptom, before, after, confidence, servers, refused, isWorse }: TrafficChange): string {
  const from = servers.length === 0 ? '' : `, from ${oneLine(servers.join(', '))}`;
  const by = refused.length === 0 ? '' : `, refused by the proxy: ${refused.join(', ')}`;
  const level = (value: number) => levelText(symptom, value);
  return `${symptom} ${level(before)} → ${level(after)}${from}${by} (${isWorse ? 'worse' : 'no loss'}, ${share(Math.min(confidence, 0.999))} sure)`;
}

function levelText(symptom: TrafficChange['symptom'], value: number): string {
  switch (symptom) {
    case 'errors':
    case 'denied':
    case 'redirects':
      return share(value);
    case 'latency':
    case 'tail-latency':
      return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
    case 'traffic':
      return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}/min`;
  }
}

function share(value: number): string {
  const percent = Math.min(value * 100, value < 1 ? 99.9 : 100);
  return `${percent >= 10 ? percent.toFixed(percent > 99 && percent < 100 ? 1 : 0) : Number(percent.toFixed(2))}%`;
}

function causeText({ event, weight }: Cause, { fromMs, toMs }: TrafficChange): string {
  const atMs = Date.parse(event.at);
  const when = atMs < fromMs ? `${timeSpan(fromMs - atMs)} before` : `within it${atMs > toMs ? ', at the end' : ''}`;
  return `${share(weight).padStart(5)}  ${plain(event.at).slice(11)} (${when})  ${eventText(event)}`;
}

function eventText(event: Event): string {
  if (event.kind === 'observation') {
    const { kind, subject, detail } = event.observation;
    return oneLine(`${observationText[kind](subject)}${detail === null ? '' : ` (${detail})`}`);
  }
  const { sequence, commit } = event.placed;
  const [first] = event.changes;
  const more = event.changes.length > 1 ? ` and ${event.changes.length - 1} more` : '';
  return `commit ${sequence}  ${commit.operation} by ${oneLine(actorText(commit))}: ${first === undefined ? '' : headline(first)}${more}`;
}

const observationText: Readonly<Record<Extract<Event, { kind: 'observation' }>['observation']['kind'], (subject: string) => string>> = {
  repaired: (subject) => `${subject} was written again, since it was not as the log says`,
  started: (subject) => `${subject} started`,
  'server-down': (subject) => `the server ${subject} stopped answering`,
  'server-up': (subject) => `the server ${subject} began to answer`,
}; // prettier-ignore

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** ISO 8601 UTC without milliseconds. */
function plain(at: string): string {
  return at.replace(/\.\d+Z$/, 'Z');
}

function changeData({ change, causes }: Explained) {
  const { symptom, isWorse, fromMs, toMs, confidence, before, after, servers, refused } = change;
  return {
    ...{ symptom, worse: isWorse, from: iso(fromMs), to: iso(toMs), confidence, before, after, servers, refused },
    causes: causes.map(({ event, weight }) => ({ ...eventData(event), weight })),
  };
}

function eventData(event: Event) {
  const { kind, at } = event;
  if (event.kind === 'observation') {
    const { subject, detail } = event.observation;
    return { kind: event.observation.kind, at, subject, detail };
  }
  const { sequence, commit } = event.placed;
  const { id, operation, reason } = commit;
  return { kind, at, sequence, id, operation, actor: actorText(commit), reason };
}

function whyShape(): z.ZodType {
  const cause = z.looseObject({ kind: z.string(), at: z.iso.datetime(), weight: z.number() });
  return z.strictObject({
    ...{ domain: z.string(), since: z.iso.datetime(), to: z.iso.datetime(), precision: z.string(), requests: z.int() },
    outcome: z.enum(['cause', 'not-ours', 'unchanged', 'too-few']),
    ...{ sentence: z.string(), command: z.string().nullable() },
    changes: z.array(
      z.strictObject({
        ...{ symptom: z.enum(symptoms), worse: z.boolean(), from: z.iso.datetime(), to: z.iso.datetime() },
        ...{ confidence: z.number(), before: z.number(), after: z.number(), servers: z.array(z.string()) },
        refused: z.array(z.enum(refusalReasons)),
        causes: z.array(cause),
      }),
    ),
  });
}
