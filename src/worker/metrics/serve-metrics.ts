// What the worker tells a Prometheus: `/metrics` and `/healthz`. May import what the worker may.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { metricsText, textFormats, type Family, type TextFormat } from './families.js';

/** What the endpoint serves. */
export interface MetricsSource {
  readonly families: () => Promise<readonly Family[]>;
  /** Metrics of Temporal's SDK in the text format of Prometheus; empty: none. */
  readonly sdk: () => Promise<string>;
  /** Returns why the worker does not do its work; null: it does. */
  readonly problem: () => string | null;
}

/**
 * Serves `/metrics`, in OpenMetrics to those that accept it, and `/healthz`, 503 with the reason while the worker does not do
 * its work. `address` is `host:port`. A port that is taken is logged; the worker works without. `stop` ends it.
 */
export function serveMetrics(address: string, source: MetricsSource, logger: Logger): { stop(): void } {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const { hostname, port } = new URL(`http://${address}`);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      logger.warn({ err: error }, 'cannot answer a request for metrics');
      end(response, 500, 'the metrics cannot be read');
    });
  });
  server.on('error', (error) => logger.warn(`no metrics are served at ${address}: ${error.message}`));
  server.listen(Number(port), hostname.replace(/^\[|\]$/g, ''));

  async function answer({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.split('?')[0];
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405, 'only GET');
    if (path === '/healthz') {
      const problem = source.problem();
      return end(response, problem === null ? 200 : 503, problem ?? 'ok');
    }
    if (path !== '/metrics') return end(response, 404, 'here are /metrics and /healthz');
    const format = formatFor(headers.accept);
    const [families, sdk] = await Promise.all([source.families(), source.sdk()]);
    const text = (await metricsText(families, own, format)) + sdkText(sdk, format);
    end(response, 200, format === 'openMetrics' ? `${text}# EOF` : text.trimEnd(), textFormats[format]);
  }

  return {
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Returns OpenMetrics for those that name it, as Prometheus does. */
export function formatFor(accept: string | undefined): TextFormat {
  return accept?.includes('application/openmetrics-text') === true ? 'openMetrics' : 'prometheus';
}

/** In OpenMetrics, the name of a counter is without `_total`, which its values have. */
function sdkText(text: string, format: TextFormat): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && line !== '# EOF');
  if (format === 'prometheus') return lines.map((line) => `${line}\n`).join('');
  const counters = new Set(lines.flatMap((line) => /^# TYPE (\S+)_total counter$/.exec(line)?.[1] ?? []));
  return lines
    .map((line) => {
      const [, word, name, rest] = /^# (HELP|TYPE) (\S+)_total (.*)$/.exec(line) ?? [];
      return name !== undefined && counters.has(name) ? `# ${word} ${name} ${rest}\n` : `${line}\n`;
    })
    .join('');
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}
