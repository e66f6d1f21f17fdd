import { expect, it } from 'vitest';
import { parseGeneration } from '../../../src/adapters/caddy/generation.js';
import { compile, GENERATION_ID } from '../../../src/domain/caddy/document.js';
import type { Generation } from '../../../src/domain/log/commit.js';

const position = { logId: 'log-1', sequence: 12, hash: 'c0ffee' };

it.each<Generation>([
  position,
  { ...position, compiler: '5 80 443 no outpost' },
  { ...position, compiler: '5', tls: 'abc', missingSecrets: 'tls/0 basic-auth/team' },
])('a generation comes back from the configuration that carries it: %j', (generation) => {
  const { server } = compile([], { httpPort: 80, httpsPort: 443 }, generation);
  const routes = server['routes'] as { '@id'?: string; handle: { body: string }[] }[];
  const body = routes.find((route) => route['@id'] === GENERATION_ID)?.handle[0]?.body ?? '';
  expect(parseGeneration(body)).toEqual(generation);
});

it.each(['', '{}', 'null', '{"logId":1}'])('%j is no generation', (text) => {
  expect(parseGeneration(text)).toBeNull();
});
