import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { compile } from '../../src/domain/compile.js';
import { servedSketch } from '../builders/served.js';

/** `compile.yaml` holds cases of `name`, `given` (routes, settings, generation) and `server`, what Caddy is told. */
const cases = parse(readFileSync(new URL('./compile.yaml', import.meta.url), 'utf8')) as {
  name: string;
  given: { routes: Parameters<typeof servedSketch>[0][]; settings: Parameters<typeof compile>[1] };
  generation: Parameters<typeof compile>[2];
  server: unknown;
}[];

it.each(cases)('compiles $name', ({ given, generation, server }) => {
  const routes = given.routes.map(servedSketch);
  expect(compile(routes, given.settings, generation).server).toEqual(server);
  expect(compile([...routes].reverse(), given.settings, generation).server).toEqual(server);
});
