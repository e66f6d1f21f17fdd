import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compile } from '../../src/domain/caddy/document.js';
import { servedSketch } from '../builders/served.js';

/** `compile.yaml` holds cases of `name`, `given` (routes, settings, keys by fingerprint, values by secret), and what Caddy is told: `server` and `tls`. */
const cases = parse(readFileSync(new URL('./compile.yaml', import.meta.url), 'utf8')) as {
  name: string;
  given: {
    routes: Parameters<typeof servedSketch>[0][];
    settings: Parameters<typeof compile>[1];
    keys?: Record<string, string>;
    values?: Record<string, Record<string, string>[]>;
  };
  generation: Parameters<typeof compile>[2];
  server: unknown;
  tls?: unknown;
}[];

it.each(cases)('compiles $name', ({ given, generation, server, tls }) => {
  const routes = given.routes.map(servedSketch);
  const { keys = {}, values = {} } = given;
  const secrets = { keys: new Map(Object.entries(keys)), values: new Map(Object.entries(values)) };
  for (const order of [routes, [...routes].reverse()]) {
    const document = compile(order, given.settings, generation, { secrets });
    expect(document.server).toEqual(server);
    expect(document.tls).toEqual(tls ?? { loaded: [], automated: [], issuing: null });
  }
});
