import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestTexts, readFiles } from '../../../src/adapters/manifests/index.js';
import type { Described } from '../../../src/domain/manifest.js';
import { anyPolicy, anyRoute, anyUpstream } from '../../builders/values.js';

const route = (domain: string, more = '') => `apiVersion: hecate.io/v1
kind: Route
metadata: {name: ${domain.replaceAll('.', '-')}}
spec:
  domain: ${domain}
  upstream: app:3000
${more}`;

const problemsOf = (files: Record<string, string>) =>
  readFiles(Object.entries(files).map(([path, text]) => ({ path, text }))).problems.map(
    ({ code, message, at }) => `${at.path}:${at.line}:${at.column} ${code} ${message} | ${at.text.trim()}`,
  );

describe('files of manifests', () => {
  it('written from any resources read back as the same', () => {
    const any = fc.oneof(
      anyRoute.map((value) => ({ kind: 'Route', name: value.domain, value })),
      anyPolicy.map((value) => ({ kind: 'AuthPolicy', name: value.name, value })),
      anyUpstream.map((value) => ({ kind: 'Upstream', name: value.name, value })),
    ) as fc.Arbitrary<Described>;
    const several = fc.uniqueArray(any, { selector: ({ kind, name }) => `${kind}/${name}`, maxLength: 5 });
    fc.assert(
      fc.property(several, (resources) => {
        const source = readFiles([{ path: 'all.yaml', text: manifestTexts(resources) }]);
        expect(source.resources.map(({ kind, name, value }) => ({ kind, name, value }))).toEqual(resources);
      }),
    );
  });

  it('hold several documents, JSON too, and empty ones say nothing', () => {
    const json = JSON.stringify({
      apiVersion: 'hecate.io/v1',
      kind: 'AuthPolicy',
      metadata: { name: 'staff' },
      spec: {},
    });
    const { resources, problems } = readFiles([
      { path: 'b.yaml', text: `# only a remark\n---\n${route('b.example.com')}---\n${route('a.example.com')}` },
      { path: 'a.json', text: json },
      { path: 'empty.yaml', text: '' },
    ]);
    expect(problems).toEqual([]);
    expect(resources.map(({ name, at }) => [name, at])).toEqual([
      ['staff', { path: 'a.json', line: 1, column: 1 }],
      ['b.example.com', { path: 'b.yaml', line: 3, column: 1 }],
      ['a.example.com', { path: 'b.yaml', line: 10, column: 1 }],
    ]);
  });

  it('say everything that is wrong at once, each with its place and line', () => {
    const files = {
      'a.yaml': route('a.example.com', '  upstrem: b\n  middleware: [5]\n'),
      'b.yaml': `${route('b.example.com')}---\n${route('B.example.com')}`,
      'c.yaml': route('c.example.com', '  authPolicy: staf\n  backupUpstream: nowhere\n'),
      'd.yaml': 'kind: [Route\n',
      'e.yaml': route('e.example.com', '  upstream: twice:1\n'),
      'p.yaml': 'apiVersion: hecate.io/v1\nkind: AuthPolicy\nmetadata: {name: staff}\nspec: {}\n',
    };
    expect(problemsOf(files)).toMatchInlineSnapshot(`
      [
        "a.yaml:7:3 HEC007 there is no field upstrem; did you mean upstream? | upstrem: b",
        "a.yaml:8:16 HEC008 spec.middleware.0: it is a number, but must be a text; write it in quotes | middleware: [5]",
        "b.yaml:10:18 HEC009 B-example-com is neither a name nor the domain that the route serves | metadata: {name: B-example-com}",
        "c.yaml:7:15 HEC011 there is no auth policy staf; did you mean staff? | authPolicy: staf",
        "c.yaml:8:19 HEC011 there is no upstream nowhere | backupUpstream: nowhere",
        "d.yaml:2:1 HEC003 Flow sequence in block collection must be sufficiently indented and end with a ] | ",
        "e.yaml:7:3 HEC005 the key upstream is given twice | upstream: twice:1",
      ]
    `);
  });

  it('blame nothing for referring to what is meant but broken', () => {
    const policy = 'apiVersion: hecate.io/v1\nkind: AuthPolicy\nmetadata: {name: staff}\nspec: {group: []}\n';
    const problems = problemsOf({ 'p.yaml': policy, 'r.yaml': route('a.example.com', '  authPolicy: staff\n') });
    expect(problems).toEqual([expect.stringContaining('did you mean groups?')]);
  });

  it('may refer to what is known elsewhere', () => {
    const file = { path: 'a.yaml', text: route('a.example.com', '  authPolicy: staff\n') };
    expect(readFiles([file]).problems).toHaveLength(1);
    expect(readFiles([file], (kind) => (kind === 'AuthPolicy' ? ['staff'] : [])).problems).toEqual([]);
  });

  it('know where each field of a resource stands', () => {
    const source = readFiles([{ path: 'a.yaml', text: route('a.example.com', '  tls: {minVersion: 1.3}\n') }]);
    const [resource] = source.resources;
    if (!resource) throw new Error('not read');
    expect(source.placeOf(resource, ['spec', 'tls', 'minVersion'])).toMatchObject({ line: 7, column: 21 });
    expect(source.placeOf(resource, ['spec', 'healthCheck'])).toMatchObject({ line: 5, column: 3 });
  });
});

describe('a text that would exhaust the reader', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
    .concat(Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`))
    .join('\n');
  it.each([
    ['aliases that multiply', bomb, 'aliases multiply'],
    ['open brackets', '['.repeat(1_000_000), '64 levels'],
    ['braces', '{a: '.repeat(100_000), '64 levels'],
    ['lists in lists', '- '.repeat(100_000), '64 levels'],
    ['indentation', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), '64 levels'],
  ])('is refused: %s', (_what, text, words) => {
    expect(problemsOf({ 'a.yaml': text })).toEqual([expect.stringContaining(words)]);
  });

  it('may use anchors as people do', () => {
    const text = route('a.example.com', '  headers: {X-A: &a one, X-B: *a}\n');
    expect(readFiles([{ path: 'a.yaml', text }]).resources[0]?.value).toMatchObject({ headers: { 'X-B': 'one' } });
  });
});
