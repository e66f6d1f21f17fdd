import { describe, expect, it } from 'vitest';
import { growth } from '../builders/growth.js';

/** Length of the shortest text, or number of its parts. */
const ONE = 1_000;
/** Most growth of the steps at twice and at four times the length; quadratic work grows 4 and 16 times. */
const AT_TWICE = 2.5;
const AT_FOUR_TIMES = 5.5;

type Files = (files: readonly { path: string; text: string }[]) => unknown;
interface Manifests {
  readonly readFiles: Files;
}
interface Catalogue {
  readonly operationOf: (key: string) => { readonly input: { safeParse(input: unknown): unknown } };
}
interface Import {
  readonly importCaddy: (config: unknown) => unknown;
}

const document = (spec: string) =>
  `apiVersion: hecate.io/v1\nkind: Route\nmetadata: {name: a}\nspec:\n  domain: a.example.com\n${spec}`;

const manifests: [string, (count: number) => string][] = Object.entries({
  'an unknown key of many letters': (count: number) => document(`  ${'a'.repeat(count)}: 1\n`),
  'a long value': (count: number) => document(`  upstream: "${'a:'.repeat(count)}"\n`),
  'a long name': (count: number) => document('').replace('name: a', `name: ${'a.'.repeat(count)}`),
  'many unknown keys': (count: number) =>
    document(Array.from({ length: count }, (_, index) => `  k${index}: 1\n`).join('')),
  'deep nesting': (count: number) => document(`  upstream: ${'['.repeat(count)}\n`),
  'many errors': (count: number) => document('  a: "\\q"\n'.repeat(count)),
  'many aliases': (count: number) => document(`  a: &a x\n  middleware: [${'*a, '.repeat(count)}]\n`),
  'many headers': (count: number) =>
    document(`  headers:\n${Array.from({ length: count }, (_, index) => `    X-${index}: a\n`).join('')}`),
  'many documents': (count: number) => `${document('')}---\n`.repeat(count / 20),
});

/** Texts that a request carries to the worker, whose answer names what is wrong. */
const requests: [string, (count: number) => [key: string, input: unknown]][] = Object.entries({
  'a domain': (count: number): [string, unknown] => ['route.create', { domain: 'a.'.repeat(count), upstream: 'a:1' }],
  'an upstream': (count: number): [string, unknown] => [
    'route.create',
    { domain: 'a.b', upstream: 'a:'.repeat(count) },
  ],
  middleware: (count: number): [string, unknown] => [
    'route.update',
    { domain: 'a.b', middleware: Array.from({ length: count }, () => 'no-such-kind:a') },
  ],
  headers: (count: number): [string, unknown] => [
    'route.update',
    { domain: 'a.b', headers: Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index} `, '\n'])) },
  ],
  'unknown fields': (count: number): [string, unknown] => [
    'route.update',
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, 1])),
  ],
  servers: (count: number): [string, unknown] => [
    'upstream.create',
    { name: 'a', servers: Array.from({ length: count }, (_, index) => `10.0.0.1:${index + 1}`) },
  ],
});

const site = (routes: unknown[]) => ({ apps: { http: { servers: { srv0: { listen: [':443'], routes } } } } });
const proxied = (host: string) => ({
  match: [{ host: [host] }],
  handle: [{ handler: 'reverse_proxy', upstreams: [{ dial: 'a:1' }] }],
});

const configs: [string, (count: number) => unknown][] = Object.entries({
  'many hosts': (count: number) => site(Array.from({ length: count }, (_, index) => proxied(`h${index}.example.com`))),
  'one host many times': (count: number) => site(Array.from({ length: count }, () => proxied('a.example.com'))),
  'a long host': (count: number) => site([proxied('a.'.repeat(count))]),
});

/** Compares the steps of some work at once, twice and four times the length. */
async function expectLinear<Module>(file: string, work: (module: Module, count: number) => void): Promise<void> {
  expect(await growth(file, work, { less: ONE, more: 2 * ONE })).toBeLessThan(AT_TWICE);
  expect(await growth(file, work, { less: ONE, more: 4 * ONE })).toBeLessThan(AT_FOUR_TIMES);
}

describe('steps grow with the length only: at twice the length twice as many, at four times four times', () => {
  it.each(manifests)('in a manifest with %s', { timeout: 60_000 }, (_name, textOf) =>
    expectLinear('src/adapters/manifests/index.ts', ({ readFiles }: Manifests, count) => {
      readFiles([{ path: 'a.yaml', text: textOf(count) }]);
    }),
  );

  it.each(requests)('in a request with a long or many of: %s', { timeout: 60_000 }, (_name, requestOf) =>
    expectLinear('src/operations/catalogue.ts', ({ operationOf }: Catalogue, count) => {
      const [key, input] = requestOf(count);
      operationOf(key).input.safeParse(input);
    }),
  );

  it.each(configs)('in an import of a Caddyfile with %s', { timeout: 60_000 }, (_name, configOf) =>
    expectLinear('src/domain/import-caddy/import.ts', ({ importCaddy }: Import, count) => {
      importCaddy(configOf(count / 4));
    }),
  );
});
