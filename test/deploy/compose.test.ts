import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { buildArguments } from '../../src/stack/servers/caddy-build.js';

interface Service {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly target: string };
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly healthcheck?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: object;
};
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

describe('docker-compose.yml', () => {
  it('fits the schema of the Compose specification', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
    const { $schema: _draft07, ...schema } = JSON.parse(
      readFileSync(join(folder, 'schemas/compose.schema.json'), 'utf8'),
    ) as Record<string, unknown>;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('pins every image', () => {
    for (const [name, { image }] of Object.entries(compose.services))
      expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?/);
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+\.\d+/);
  });

  it('builds Caddy with rate limiting, as the embedded stack does', () => {
    expect(compose.services['caddy']?.build).toEqual({ context: '.', target: 'caddy' });
    const command = buildArguments('/caddy').map((word) => (word.includes(' ') ? `'${word}'` : word));
    expect(dockerfile).toContain(`go ${command.join(' ')}`);
    const goMod = readFileSync(join(root, 'src/stack/servers/caddy-build/go.mod'), 'utf8');
    const needed = /^go (\d+\.\d+)/m.exec(goMod)?.[1] ?? 'no version';
    expect(dockerfile).toContain(`FROM golang:${needed}.`);
    expect(dockerfile.lastIndexOf('\nFROM node:')).toBeGreaterThan(dockerfile.lastIndexOf('AS caddy\n'));
  });

  it('publishes Caddy to the world and the rest to this machine only', () => {
    for (const [name, { ports = [] }] of Object.entries(compose.services)) {
      if (name === 'caddy') expect(ports).toEqual(['80:80', '443:443', '443:443/udp']);
      else for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
    const published = Object.keys(compose.services).filter((name) => compose.services[name]?.ports);
    expect(published.sort()).toEqual(['caddy', 'grafana', 'nats', 'temporal', 'temporal-ui']);
  });

  it('checks the health of everything that stays', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      const checked =
        service.healthcheck ?? (service.build && service.restart !== 'no' && dockerfile.includes('HEALTHCHECK'));
      if (service.restart !== 'no') expect(checked, name).toBeTruthy();
    }
  });

  it('shows only metrics that the worker has', () => {
    const sources = ['hecate-families', 'traffic-counters']
      .map((name) => readFileSync(join(root, `src/worker/metrics/${name}.ts`), 'utf8'))
      .join('');
    for (const name of ['traffic', 'operations']) {
      const dashboard = readFileSync(join(root, `deploy/grafana/dashboards/${name}.json`), 'utf8');
      const used = [...dashboard.matchAll(/hecate_[a-z_]+/g)].map(([metric]) => metric.replace(/_bucket$/, ''));
      for (const metric of used) expect(sources, metric).toContain(`'${metric}'`);
      const { annotations } = JSON.parse(dashboard) as { annotations: { list: Record<string, unknown>[] } };
      const formats = { titleFormat: '{{subject}}', textFormat: '{{operation}} by {{actor}}, commit {{commit}}' };
      expect(annotations.list).toContainEqual(expect.objectContaining({ name: 'What changed', ...formats }));
    }
    expect(readFileSync(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')).toContain("'worker:9464'");
    expect(compose.services['worker']?.environment?.['HECATE_METRICS_ADDRESS']).toBe('0.0.0.0:9464');
  });

  it('holds no password', () => {
    for (const { environment = {} } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD/.test(name)) expect(value).toMatch(/^\$\{\w+:\?/);
      }
    }
  });
});
