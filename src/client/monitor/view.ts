import { healthLevels, type HealthLevel } from '../../domain/serving/route-health.js';
import type { PartSummary } from '../../domain/traffic/summary.js';
import { cutPainted, painted, type Paint } from '../print/painted.js';
import { relativeTime, timeSpan } from '../print/relative-time.js';
import { countText, deniedText, latencyText, rateText, shareText } from '../print/traffic-text.js';
import { oneLine } from '../print/visible.js';
import { cutTo, displayWidth, padTo } from '../print/width.js';
import type { InForce, MonitoredRoute, MonitorFacts } from './facts.js';

/** The orders of the routes, in the order in which a key goes through them. */
export const sortKeys = ['requests', 'errors', 'denied', 'p99', 'health', 'name'] as const;

/** What the person at the terminal has chosen. */
export interface Choices {
  readonly sort: (typeof sortKeys)[number];
  readonly isReversed: boolean;
  /** Only routes that contain this text are shown. */
  readonly filter: string;
  /** The person is typing the filter. */
  readonly isTyping: boolean;
  readonly showsHelp: boolean;
  /** Index of the selected route among those that are shown. */
  readonly selected: number;
  /** Domains of the routes whose details are shown; `all`: of every route. */
  readonly opened: ReadonlySet<string> | 'all';
}

/** The choices at the start. */
export const usualChoices: Choices = {
  sort: 'requests',
  isReversed: false,
  filter: '',
  isTyping: false,
  showsHelp: false,
  selected: 0,
  opened: new Set(),
};

/** Size of a terminal in columns and lines. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws the monitor: exactly as many lines as the terminal has, none wider than it. `now` (ISO 8601) drives the countdowns.
 * Text from outside has its control characters escaped.
 */
export function drawMonitor(facts: MonitorFacts, choices: Choices, { width, height }: Size, now: string): string[] {
  const shown = shownRoutes(facts, choices);
  const selected = Math.max(0, Math.min(choices.selected, shown.length - 1));
  const head = headLines(facts, shown.length, now).map((line) => cutPainted(line, width));
  const foot = cutPainted(footLine(choices), width);
  const columns = columnsFor(shown, width - MARGIN, now);
  const room = Math.max(0, height - head.length - 2);
  // Rows that are far from the selected one are not seen, and drawing thousands of them takes seconds.
  const from = Math.max(0, selected - room);
  const near = shown.slice(from, selected + room + 1);
  const body = choices.showsHelp
    ? HELP.map((line) => cutPainted(line, width))
    : bodyLines(near, { ...choices, selected: selected - from }, { columns, width, now });
  const start = choices.showsHelp ? 0 : scrolled(body, room);
  const window = body.slice(start, start + room).map((line) => (typeof line === 'string' ? line : line.text));
  const lines = [...head, painted('bold', cutPainted(' '.repeat(MARGIN) + headOf(columns), width)), ...window];
  while (lines.length < height - 1) lines.push('');
  return [...lines.slice(0, Math.max(0, height - 1)), foot].slice(0, height);
}

/** Draws the monitor as plain lines, every route with its details, for a file or a pipe. */
export function plainMonitor(facts: MonitorFacts, width: number, now: string): string[] {
  const routes = shownRoutes(facts, usualChoices);
  const columns = columnsFor(routes, width, now);
  const body = routes.flatMap((route) => [
    cutPainted(rowOf(route, columns), width),
    ...detailsOf(route, now).map((line) => cutPainted(`    ${line}`, width)),
  ]);
  return [
    ...headLines(facts, routes.length, now).map((line) => cutPainted(line, width)),
    cutPainted(headOf(columns), width),
    ...body,
  ];
}

/** Returns the routes that the filter lets through, in the chosen order. */
export function shownRoutes({ routes }: MonitorFacts, { sort, isReversed, filter }: Choices): MonitoredRoute[] {
  const wanted = filter.toLowerCase();
  const order = (a: MonitoredRoute, b: MonitoredRoute) =>
    (sort === 'name' ? 0 : rank(b, sort) - rank(a, sort)) || (a.domain < b.domain ? -1 : 1);
  const sorted = routes.filter(({ domain }) => nameOf(domain).toLowerCase().includes(wanted)).sort(order);
  return isReversed ? sorted.reverse() : sorted;
}

function rank({ figures, health }: MonitoredRoute, sort: Exclude<Choices['sort'], 'name'>): number {
  switch (sort) {
    case 'requests':
      return figures.requests;
    case 'errors':
      return figures.errors;
    case 'denied':
      return sum(figures.denied);
    case 'p99':
      return figures.latencyMs.p99 ?? -1;
    case 'health':
      return health === null ? -1 : healthLevels.length - healthLevels.indexOf(health.level);
  }
}

/** Columns left of the table, for the mark of the selected route. */
const MARGIN = 2;

function headLines(facts: MonitorFacts, shown: number, now: string): string[] {
  const { routes, spanMs, at, running, problems } = facts;
  const requests = routes.reduce((all, { figures }) => all + figures.requests, 0);
  const errors = routes.reduce((all, { figures }) => all + figures.errors, 0);
  const known = routes.filter(({ domain }) => domain !== '').length;
  const levels = healthLevels.flatMap((level) => {
    const number = routes.filter(({ health }) => health?.level === level).length;
    return number === 0 ? [] : [painted(PAINTS[level] ?? 'dim', `${number} ${WORDS[level]}`)];
  });
  return [
    [
      `${known} ${known === 1 ? 'route' : 'routes'}${shown < routes.length ? `, ${shown} shown` : ''}`,
      `${rateText((requests * 1000) / spanMs)} req/s, ${shareText(errors, requests)} errors in the last ${timeSpan(spanMs)}`,
      ...(levels.length === 0 ? [] : [levels.join(' ')]),
      `up to ${at.slice(11, 19)} UTC`,
    ].join(' · '),
    ...running.map(({ operation, subject, actor, startedAt, detail }) =>
      painted(
        'yellow',
        oneLine(
          `running: ${[operation, subject].filter(Boolean).join(' ')}${actor === null ? '' : ` by ${actor}`}, since ${relativeTime(startedAt, now)}${detail === null ? '' : `: ${detail}`}`,
        ),
      ),
    ),
    ...problems.map((problem) => painted('red', oneLine(problem))),
  ];
}

function footLine({ isTyping, filter, sort, isReversed }: Choices): string {
  if (isTyping) return `filter: ${oneLine(filter)}█  (Enter keeps it, Esc clears it)`;
  const filtered = filter === '' ? '' : ` · filter: ${oneLine(filter)}`;
  return painted(
    'dim',
    `sort: ${sort}${isReversed ? ' (reversed)' : ''}${filtered} · s sort  / filter  ? help  q quit`,
  );
}

const HELP = [
  'q, Ctrl-C         quit',
  's, S              next, previous order of the routes; r reverses it',
  '/                 filter the routes; Enter keeps the filter, Esc clears it',
  '↑ ↓ k j           select a route; PgUp, PgDn, Home, End',
  'Enter, space      show or hide the details of the selected route; a: of all routes',
  'u                 look again now',
  '?                 show or hide this help',
];

interface Row {
  readonly text: string;
  readonly isSelected: boolean;
}

interface Drawing {
  readonly columns: readonly Column[];
  readonly width: number;
  readonly now: string;
}

function bodyLines(
  shown: readonly MonitoredRoute[],
  { selected, opened, filter }: Choices,
  { columns, width, now }: Drawing,
): Row[] {
  if (shown.length === 0)
    return [{ text: filter === '' ? 'no routes' : 'no route matches the filter', isSelected: true }];
  return shown.flatMap((route, index) => {
    const isSelected = index === selected;
    const row = cutPainted((isSelected ? '▸ ' : '  ') + rowOf(route, columns), width);
    const isOpen = opened === 'all' || opened.has(route.domain);
    const details = isOpen ? detailsOf(route, now).map((line) => cutPainted(`    ${line}`, width)) : [];
    return [{ text: row, isSelected }, ...details.map((text) => ({ text, isSelected }))];
  });
}

/** Returns the first line to show so that the selected route and its details are seen. */
function scrolled(body: readonly (Row | string)[], room: number): number {
  const isSelected = (row: Row | string) => typeof row !== 'string' && row.isSelected;
  const first = body.findIndex(isSelected);
  const last = body.findLastIndex(isSelected);
  if (last < room) return 0;
  return Math.min(first, last - room + 1);
}

interface Column {
  readonly head: string;
  readonly width: number;
  readonly isNumber: boolean;
  readonly cell: (route: MonitoredRoute) => string;
  readonly paint?: (route: MonitoredRoute) => Paint | null;
}

/** Columns of a narrow terminal last: those at the end of this list are left out first. */
const PRECEDENCE = ['HEALTH', 'REQ/S', '5XX', 'P99', 'TREND', '4XX', 'DENIED', 'P50', '2XX', 'P95', '3XX'];
const NARROWEST_NAME = 16;
const WIDEST_NAME = 40;
const GAP = 2;

function columnsFor(routes: readonly MonitoredRoute[], width: number, now: string): Column[] {
  const widest = Math.max(NARROWEST_NAME, ...routes.map(({ domain }) => displayWidth(oneLine(nameOf(domain)))));
  const name = Math.min(widest, width === Infinity ? widest : WIDEST_NAME);
  const middle = middleColumns(Math.max(0, ...routes.map(({ trend }) => trend.length)));
  let left = width - Math.min(name, NARROWEST_NAME);
  const fitting = new Set<string>();
  for (const head of PRECEDENCE) {
    const column = middle.find((one) => one.head === head);
    if (column === undefined || column.width + GAP > left) break;
    left -= column.width + GAP;
    fitting.add(head);
  }
  const grown = Math.max(1, Math.min(name, Math.min(name, NARROWEST_NAME) + left, width));
  left -= grown - Math.min(name, NARROWEST_NAME);
  const domain: Column = {
    head: 'ROUTE',
    width: grown,
    isNumber: false,
    cell: ({ domain: of }) => oneLine(nameOf(of)),
    paint: ({ domain: of }) => (of === '' ? 'dim' : null),
  };
  const notes: Column = {
    head: 'NOTES',
    width: left - GAP,
    isNumber: false,
    cell: (route) => oneLine(notesOf(route, now)),
    paint: () => 'yellow',
  };
  const shown = middle.filter(({ head }) => fitting.has(head));
  return [domain, ...shown, ...(notes.width >= 8 ? [notes] : [])];
}

function middleColumns(points: number): Column[] {
  const number = (head: string, width: number, cell: Column['cell'], paint: Column['paint'] = () => null): Column => ({
    ...{ head, width, isNumber: true, cell, paint },
  });
  return [
    {
      head: 'HEALTH',
      width: 11,
      isNumber: false,
      cell: ({ domain, health }) => (health === null ? (domain === '' ? '' : '?') : WORDS[health.level]),
      paint: ({ health }) => (health === null ? 'dim' : PAINTS[health.level]),
    },
    number('REQ/S', 7, ({ figures }) => rateText(figures.rate)),
    { head: 'TREND', width: Math.max(points, 5), isNumber: false, cell: ({ trend }) => sparkline(trend) },
    number('2XX', 7, ({ figures }) => countText(figures.classes['2xx'])),
    number('3XX', 7, ({ figures }) => countText(figures.classes['3xx'])),
    number('4XX', 7, ({ figures }) => countText(figures.classes['4xx'])),
    number(
      '5XX',
      7,
      ({ figures }) => countText(figures.classes['5xx']),
      ({ figures }) => (figures.errors > 0 ? 'red' : null),
    ),
    number('DENIED', 7, ({ figures }) => countText(sum(figures.denied))),
    number('P50', 8, ({ figures }) => latencyText(figures.latencyMs.p50)),
    number('P95', 8, ({ figures }) => latencyText(figures.latencyMs.p95)),
    number('P99', 8, ({ figures }) => latencyText(figures.latencyMs.p99)),
  ];
}

function headOf(columns: readonly Column[]): string {
  return columns
    .map(({ head, width, isNumber }) => (isNumber ? head.padStart(width) : head.padEnd(finite(width))))
    .join(' '.repeat(GAP))
    .trimEnd();
}

function rowOf(route: MonitoredRoute, columns: readonly Column[]): string {
  return columns
    .map(({ width, isNumber, cell, paint }) => {
      const text = cutTo(cell(route), width);
      const padded = isNumber ? ' '.repeat(Math.max(0, width - displayWidth(text))) + text : padTo(text, finite(width));
      const colour = paint?.(route) ?? null;
      return colour === null ? padded : painted(colour, padded);
    })
    .join(' '.repeat(GAP))
    .trimEnd();
}

/** A column without a limit needs no spaces at its end. */
function finite(width: number): number {
  return Number.isFinite(width) ? width : 0;
}

const WORDS: Readonly<Record<HealthLevel, string>> = {
  ok: 'ok',
  warn: 'WARN',
  maintenance: 'MAINTENANCE',
  fail: 'FAIL',
};
const PAINTS: Readonly<Record<HealthLevel, Paint | null>> = {
  ...{ ok: 'green', warn: 'yellow', maintenance: 'yellow', fail: 'red' },
};

/** Name of a route; requests that no route serves have a row of their own. */
function nameOf(domain: string): string {
  return domain === '' ? '(no route)' : domain;
}

function notesOf({ inForce, health }: MonitoredRoute, now: string): string {
  const trouble = health === null || health.level === 'ok' ? [] : health.details.slice(0, 1);
  return [
    ...inForce.map((one) => `${one.name}${one.until === null ? '' : ` ${countdown(one.until, now)}`}`),
    ...trouble,
  ].join(', ');
}

function detailsOf({ figures, inForce, health, certificate }: MonitoredRoute, now: string): string[] {
  const denied = deniedText(figures.denied);
  const label = (name: string, text: string) => `${oneLine(name).padEnd(12)} ${oneLine(text)}`;
  return [
    ...figures.upstreams.map((one) => label('upstream', partText(one))),
    ...figures.sides.map((one) => label('canary side', partText({ ...one, name: one.name.split('/').at(-1) ?? '' }))),
    ...(denied === '' ? [] : [label('denied', denied)]),
    ...inForce.map((one) => label(one.kind, inForceText(one, now))),
    ...(certificate === null
      ? []
      : [
          label(
            'certificate',
            `${certificate.issuer ?? 'unknown issuer'}, ends ${relativeTime(certificate.notAfter, now)}`,
          ),
        ]),
    ...(health === null || health.level === 'ok' ? [] : health.details.map((detail) => label('health', detail))),
  ];
}

function partText({ name, requests, errors, latencyMs }: PartSummary): string {
  const { p50, p95, p99 } = latencyMs;
  return `${name}: ${countText(requests)} requests, ${shareText(errors, requests)} errors, p50 ${latencyText(p50)}, p95 ${latencyText(p95)}, p99 ${latencyText(p99)}`;
}

function inForceText({ text, until, by }: InForce, now: string): string {
  return `${text}${by === null ? '' : `, by ${by}`}${until === null ? '' : `, ${countdown(until, now)} left`}`;
}

/** Returns the time that is left: minutes and seconds below an hour, `0:00` when it is over. */
function countdown(until: string, now: string): string {
  const ms = Math.max(0, Date.parse(until) - Date.parse(now));
  if (ms >= 3_600_000) return timeSpan(ms);
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** Draws numbers as bars that share one scale; a zero is a space. */
export function sparkline(points: readonly number[]): string {
  const most = Math.max(...points, 0);
  return points.map((one) => (one <= 0 ? ' ' : (BARS[Math.ceil((one / most) * BARS.length) - 1] ?? ''))).join('');
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}
