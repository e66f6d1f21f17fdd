import { summaryOf, type PartSummary, type TrafficSummary } from '../../domain/traffic/summary.js';
import type { Point } from './read-figures.js';

interface Family {
  readonly name: string;
  readonly help: string;
  /** Default: `gauge`. */
  readonly type?: 'summary';
  readonly samples: (summary: TrafficSummary) => Sample[];
}

/** Labels beside `route`, and a value; null: there is none. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null];

const QUANTILES = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
] as const;

/** Each value is that of one slot, so numbers are gauges. */
const families: readonly Family[] = [
  {
    name: 'hecate_route_requests',
    help: 'Requests in the slot that ends at the timestamp, by class of the status.',
    samples: ({ classes }) => Object.entries(classes).map(([name, requests]) => [{ class: name }, requests || null]),
  },
  {
    name: 'hecate_route_denied_requests',
    help: 'Requests in the slot that the proxy itself refused, by reason.',
    samples: ({ denied }) => Object.entries(denied).map(([reason, requests]) => [{ reason }, requests]),
  },
  {
    name: 'hecate_route_response_bytes',
    help: 'Bytes of the answers in the slot.',
    samples: ({ bytes }) => [[{}, bytes]],
  },
  {
    name: 'hecate_route_latency_seconds',
    help: 'Time until visitors had the answer, in the slot.',
    type: 'summary',
    samples: quantiles,
  },
  ...ofParts('hecate_upstream', 'to the upstream server', 'upstream', ({ upstreams }) => upstreams),
  ...ofParts('hecate_canary', 'on the side of the canary', 'side', ({ sides }) => sides),
];

function ofParts(
  prefix: string,
  which: string,
  label: string,
  partsOf: (summary: TrafficSummary) => readonly PartSummary[],
): Family[] {
  const each = (samples: (part: PartSummary) => Sample[]) => (summary: TrafficSummary) =>
    partsOf(summary).flatMap((part) =>
      samples(part).map(([labels, value]): Sample => [{ [label]: part.name, ...labels }, value]),
    );
  return [
    {
      name: `${prefix}_requests`,
      help: `Requests ${which}, in the slot.`,
      samples: each(({ requests }) => [[{}, requests]]),
    },
    {
      name: `${prefix}_errors`,
      help: `Answers with a status of 500 or above ${which}, in the slot.`,
      samples: each(({ errors }) => [[{}, errors]]),
    },
    {
      name: `${prefix}_latency_seconds`,
      help: `Time until the headers of the answer ${which}, in the slot.`,
      type: 'summary',
      samples: each(quantiles),
    },
  ];
}

function quantiles({ latencyMs }: Pick<TrafficSummary, 'latencyMs'>): Sample[] {
  return QUANTILES.map(([quantile, name]) => {
    const ms = latencyMs[name];
    return [{ quantile }, ms === null ? null : Number((ms / 1000).toPrecision(6))];
  });
}

/**
 * Iterates figures in the text format of OpenMetrics, with timestamps: `promtool tsdb create-blocks-from openmetrics` and other
 * parsers read it. The values of a series stand together, in the order of time, so all slots are read first.
 */
export async function* openMetricsLines(points: AsyncIterable<Point>, slotMs: number): AsyncIterable<string> {
  const read = new Map(families.map(({ name }) => [name, new Map<string, string[]>()]));
  for await (const { startMs, routes } of points) {
    const at = (startMs + slotMs) / 1000;
    for (const [route, figures] of routes) {
      const summary = summaryOf(figures, slotMs);
      for (const { name, samples } of families) {
        for (const [labels, value] of samples(summary)) {
          if (value === null) continue;
          // The quantiles of one summary stand together too.
          const { quantile: _, ...series } = labels;
          addTo(
            read.get(name),
            labelText({ route, ...series }),
            `${name}${labelText({ route, ...labels })} ${value} ${at}`,
          );
        }
      }
    }
  }
  for (const { name, help, type = 'gauge' } of families) {
    yield `# HELP ${name} ${help}`;
    yield `# TYPE ${name} ${type}`;
    for (const lines of read.get(name)?.values() ?? []) yield* lines;
  }
  yield '# EOF';
}

function addTo(series: Map<string, string[]> | undefined, key: string, line: string): void {
  const lines = series?.get(key);
  if (lines === undefined) series?.set(key, [line]);
  else lines.push(line);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
