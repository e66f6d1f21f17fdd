import { Registry, type Metric, type MetricType } from 'prom-client';

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Name of a part of a histogram; absent: the name of its metric. */
  readonly metricName?: string;
}

/** A metric with its values; a counter's name ends with `_total`. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/** The two text formats of Prometheus, by their content types. */
export const textFormats = {
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
} as const;

/** Name of a text format. */
export type TextFormat = keyof typeof textFormats;

/** Returns metrics and those of this process as text, in OpenMetrics without its end, `# EOF`. */
export async function metricsText(families: readonly Family[], own: Registry, format: TextFormat): Promise<string> {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE | typeof Registry.PROMETHEUS_CONTENT_TYPE>();
  registry.setContentType(textFormats[format]);
  for (const metric of own.getMetricsAsArray()) {
    // Only counters end with _total; prom-client names some gauges so too.
    if (!isMisnamed(metric)) registry.registerMetric(metric as unknown as Metric);
  }
  for (const family of families) registry.registerMetric(metricOf(family));
  return (await registry.metrics()).replace('# EOF', '').trimEnd() + '\n';
}

function isMisnamed(metric: { readonly name: string; readonly type: MetricType | string }): boolean {
  return metric.name.endsWith('_total') && metric.type !== 'counter';
}

/** A metric as a registry reads it; the values are known already. */
function metricOf({ name, help, type, samples }: Family): Metric {
  const values = samples.map(({ labels, value, metricName }) => ({ labels, value, metricName }));
  return {
    name,
    help,
    type,
    aggregator: 'sum',
    get: async () => ({ name, help, type, values, aggregator: 'sum' }),
  } as never;
}
