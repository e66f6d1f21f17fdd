import { refusalReasons } from '../../domain/traffic/access-entry.js';
import { statusClasses, summaryOf, type PartSummary, type TrafficSummary } from '../../domain/traffic/summary.js';
import type { Point } from './read-figures.js';

const HEAD = [
  ...['time', 'route', 'part', 'requests', 'errors', 'bytes'],
  ...statusClasses,
  ...['denied', ...refusalReasons.map((reason) => `denied ${reason}`)],
  ...['p50_ms', 'p95_ms', 'p99_ms'],
];

/**
 * Iterates figures as CSV (RFC 4180): a row for each route in each slot, then one for each of its upstream servers and sides of
 * a canary, which `part` names.
 */
export async function* csvLines(points: AsyncIterable<Point>, slotMs: number): AsyncIterable<string> {
  yield csv(HEAD);
  for await (const { startMs, routes } of points) {
    const time = new Date(startMs).toISOString();
    for (const [domain, figures] of routes) {
      const summary = summaryOf(figures, slotMs);
      yield csv([time, domain, '', ...routeCells(summary)]);
      for (const part of summary.upstreams) yield csv([time, domain, `upstream ${part.name}`, ...partCells(part)]);
      for (const part of summary.sides) yield csv([time, domain, `canary ${part.name}`, ...partCells(part)]);
    }
  }
}

type Cell = string | number | null;

function routeCells({ requests, errors, bytes, classes, denied, latencyMs }: TrafficSummary): Cell[] {
  const reasons = refusalReasons.map((reason) => denied[reason] ?? 0);
  return [
    ...[requests, errors, bytes],
    ...statusClasses.map((name) => classes[name]),
    ...[reasons.reduce((all, one) => all + one, 0), ...reasons],
    ...latencyCells({ latencyMs }),
  ];
}

function partCells(part: PartSummary): Cell[] {
  const unknown = Array.from({ length: 1 + statusClasses.length + 1 + refusalReasons.length }, () => null);
  return [part.requests, part.errors, ...unknown, ...latencyCells(part)];
}

function latencyCells({ latencyMs: { p50, p95, p99 } }: Pick<PartSummary, 'latencyMs'>): Cell[] {
  return [p50, p95, p99].map((ms) => ms && Number(ms.toFixed(3)));
}

function csv(cells: readonly Cell[]): string {
  return cells.map((cell) => quoted(String(cell ?? ''))).join(',');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
