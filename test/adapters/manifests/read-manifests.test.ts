import { newSecret } from '../../../src/domain/resources/secret.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  manifestTexts,
  readFiles,
  readFilesInTurns,
  prerequisiteProblems,
} from '../../../src/adapters/manifests/index.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import type { ManifestResource } from '../../../src/domain/manifests/manifest.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { kindsWithRole } from '../../../src/domain/resources/kinds.js';
import { entries } from '../../builders/log.js';
import { anyPolicy, anyRoute, anySecret, anyUpstream } from '../../builders/values.js';
import { growth } from '../../builders/growth.js';

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
      anySecret.map(({ name, kind }) => ({ kind: 'Secret', name, value: { name, kind } })),
    ) as fc.Arbitrary<ManifestResource>;
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

  it('describe no operators and no others that only their own commands change', () => {
    for (const kind of kindsWithRole('authority', 'overlay', 'bookkeeping')) {
      const text = `apiVersion: hecate.io/v1\nkind: ${kind}\nmetadata:\n  name: mallory\nspec: { role: admin, publicKey: x }\n`;
      const { resources, problems } = readFiles([{ path: 'a.yaml', text }]);
      expect(resources, kind).toEqual([]);
      expect(problems.map(({ at }) => at.line), kind).toContain(2); // prettier-ignore
    }
  });

  it('say everything that is wrong at once, each with its position and line', () => {
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
        "a.yaml:7:3 HEC007 spec.upstrem is not a field; did you mean upstream? | upstrem: b",
        "a.yaml:8:16 HEC008 spec.middleware.0 must be a string, but is a number; put it in quotes | middleware: [5]",
        "b.yaml:10:18 HEC009 B-example-com is neither the route’s domain b.example.com nor a valid name (a–z, 0–9, inner hyphens and dots) | metadata: {name: B-example-com}",
        "c.yaml:7:15 HEC011 there is no auth policy staf; did you mean staff? | authPolicy: staf",
        "c.yaml:8:19 HEC011 there is no upstream nowhere | backupUpstream: nowhere",
        "d.yaml:2:1 HEC003 Flow sequence in block collection must be sufficiently indented and end with a ] | ",
        "e.yaml:7:3 HEC005 the key upstream is given twice; remove one of them | upstream: twice:1",
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
    expect(source.positionOf(resource, ['spec', 'tls', 'minVersion'])).toMatchObject({ line: 7, column: 21 });
    expect(source.positionOf(resource, ['spec', 'healthCheck'])).toMatchObject({ line: 5, column: 3 });
  });
});

describe('a text that would exhaust the reader', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
    .concat(Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`))
    .join('\n');
  it.each([
    ['aliases that multiply', bomb, 'aliases of a document expand'],
    ['open brackets', '['.repeat(1_000_000), '64 levels'],
    ['braces', '{a: '.repeat(100_000), '64 levels'],
    ['lists in lists', '- '.repeat(100_000), '64 levels'],
    ['indentation', Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), '64 levels'],
  ])('is refused: %s', (_what, text, words) => {
    expect(problemsOf({ 'a.yaml': text })).toEqual([expect.stringContaining(words)]);
  });

  it('names an alias without an anchor, with its place', () => {
    const text = route('a.example.com', '  headers: {X-A: *nope}\n');
    expect(problemsOf({ 'a.yaml': text })).toEqual([
      expect.stringMatching(/^a\.yaml:\d+:18 HEC003 the alias \*nope has no anchor before it/),
    ]);
  });

  it('may use anchors as people do', () => {
    const text = route('a.example.com', '  headers: {X-A: &a one, X-B: *a}\n');
    expect(readFiles([{ path: 'a.yaml', text }]).resources[0]?.value).toMatchObject({ headers: { 'X-B': 'one' } });
  });
});

const secret = (more = '', name = 'team') =>
  `apiVersion: hecate.io/v1\nkind: Secret\nmetadata: {name: ${name}}\nspec:\n  kind: basic-auth\n${more}`;

describe('a key that is given twice', () => {
  it('hides nothing else that is wrong with its document, and describes nothing', () => {
    const text = route('a.example.com', '  upstream: b:1\n  upstrem: c:1\n');
    expect(problemsOf({ 'a.yaml': text })).toEqual([
      'a.yaml:7:3 HEC005 the key upstream is given twice; remove one of them | upstream: b:1',
      'a.yaml:8:3 HEC007 spec.upstrem is not a field; did you mean upstream? | upstrem: c:1',
    ]);
    expect(readFiles([{ path: 'a.yaml', text: text.replace('  upstrem: c:1\n', '') }]).resources).toEqual([]);
  });
});

it('has no field that no object can have, and drops none silently', () => {
  const text = route('a.example.com', '  headers:\n    __proto__: x\n');
  expect(problemsOf({ 'a.yaml': text })).toEqual([expect.stringContaining('HEC003 __proto__ is not a field')]);
});

describe('a password in a manifest that is no secret', () => {
  it.each([
    ['in an address', route('a.example.com').replace('app:3000', 'https://bob:hunter2@host')],
    ['in a field that nobody knows', route('a.example.com', '  password: hunter2\n')],
    ['in a middleware that names a secret', route('a.example.com', '  middleware: [basic-auth:bob:hunter2]\n')],
    ['on a line that YAML cannot read', route('a.example.com', '  token: hunter2: x\n')],
  ])('is not shown %s', (_where, text) => {
    const { problems } = readFiles([{ path: 'a.yaml', text }]);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('secrets in files', () => {
  it('are what a route may refer to, by its middleware', () => {
    const asking = route('a.example.com', '  middleware: [request-id, basic-auth:team]\n');
    expect(problemsOf({ 'a.yaml': asking, 's.yaml': secret() })).toEqual([]);
    expect(problemsOf({ 'a.yaml': asking, 's.yaml': secret('', 'teams') })).toEqual([
      'a.yaml:7:28 HEC011 there is no secret team; did you mean teams? | middleware: [request-id, basic-auth:team]',
    ]);
    expect(problemsOf({ 'a.yaml': asking })).toEqual([
      expect.stringContaining('create it with: hecate create secret --name team --kind basic-auth --from-file FILE'),
    ]);
  });

  it('are described once', () => {
    expect(problemsOf({ 'a.yaml': secret(), 'b.yaml': secret() })).toEqual([
      'b.yaml:3:18 HEC010 Secret team is already described at a.yaml:3:18; remove one of them | metadata: {name: team}',
    ]);
  });

  it('must be there, and the place that says so is told', () => {
    const source = readFiles([{ path: 's.yaml', text: secret() }]);
    expect(source.problems).toEqual([]);
    expect(prerequisiteProblems(source, emptyState)).toMatchObject([
      { code: 'HEC014', at: { path: 's.yaml', line: 3, column: 18 } },
    ]);
    const team = newSecret({ name: 'team', kind: 'basic-auth' as const, version: 3, edition: 'a'.repeat(24) });
    const held = fold(emptyState, entries({ one: [changeOf('Secret', 'team', null, team)] }));
    expect(prerequisiteProblems(source, held)).toEqual([]);
  });

  it('blame no route for referring to one that is meant but broken', () => {
    const asking = route('a.example.com', '  middleware: [basic-auth:team]\n');
    expect(problemsOf({ 'a.yaml': asking, 's.yaml': secret('  value: x\n') })).toHaveLength(1);
  });

  it('show the line of a value without it', () => {
    expect(problemsOf({ 's.yaml': secret('  password: hunter2 # hunter2\n') })).toEqual([
      's.yaml:6:3 HEC013 password is not allowed: a manifest never holds a secret’s value. Remove it, and set the value with: ' +
        'hecate create secret --name team --kind basic-auth --from-file FILE | password: …',
    ]);
  });

  const flow = '{apiVersion: hecate.io/v1, kind: Secret, metadata: {name: a}, spec: {kind: basic-auth, data: hunter2}}';
  it.each([
    ['in a flow mapping', flow],
    ['in JSON', JSON.stringify({ apiVersion: 'hecate.io/v1', kind: 'Secret', spec: { value: 'hunter2' } }, null, 1)],
    ['in JSON on one line', '{"apiVersion":"hecate.io/v1","kind":"Secret","spec":"hunter2"}'],
    ['in a block', secret('  stringData:\n    ada: hunter2\n')],
    ['under a field with a slip', secret('  passwrod: hunter2\n')],
    ['under an unknown field', secret('  remark: hunter2\n')],
    ['for a kind', secret().replace('basic-auth', 'hunter2')],
    ['for a name', secret().replace('team', 'hunter2!')],
    ['for a spec', secret().replace(/spec:[^]*/, 'spec: hunter2')],
    ['of a misspelt kind', flow.replace('Secret', 'secrt')],
    ['without a kind', flow.replace(' kind: Secret,', '')],
    ['of another tool', flow.replace('hecate.io/v1', 'v1')],
    ['given twice', secret('  value: x\n  value: hunter2\n')],
    ['that YAML takes for a tag', secret('  value: !hunter2\n')],
    ['that YAML takes for an alias', secret('  value: *hunter2\n')],
    ['that YAML cannot read', secret('  value: "hunter2\n')],
    ['that YAML reads on', secret('  value: a\n hunter2\nhunter2\n')],
    ['nested too deep', secret(`  value: ${'['.repeat(100)}hunter2\n`)],
  ])('show no value %s', (_where, text) => {
    const { problems, resources } = readFiles([{ path: 's.yaml', text }]);
    expect(resources).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('a manifest that is far too large', () => {
  const keys = (count: number) => Array.from({ length: count }, (_, at) => `  k${at}: ${at}\n`).join('');

  it('is refused', () => {
    expect(problemsOf({ 'a.yaml': route('a.example.com', keys(80_000)) })).toEqual([
      expect.stringMatching(/^a\.yaml:\d+:\d+ HEC001 a document may have at most 100,000 /),
    ]);
  });

  it('is read in steps that grow as its keys do, and shows at most a hundred problems', async () => {
    const read = (module: { readonly readFiles: typeof readFiles }, count: number) =>
      expect(module.readFiles([{ path: 'a.yaml', text: route('a.example.com', keys(count)) }]).problems).toHaveLength(
        100,
      );
    // Six times as many; with their square it would be up to 36.
    expect(await growth('src/adapters/manifests/index.ts', read, { less: 1_000, more: 6_000 })).toBeLessThan(8);
  });

  it('stops nobody else who works in the same process', async () => {
    const files = [
      { path: 'a.yaml', text: Array.from({ length: 2_000 }, (_, at) => route(`a${at}.example.com`)).join('---\n') },
    ];
    let turnsOfOthers = 0;
    const timer = setInterval(() => turnsOfOthers++, 1);
    const { resources } = await readFilesInTurns(files, { known: () => [] });
    clearInterval(timer);
    expect(resources).toHaveLength(2_000);
    expect(turnsOfOthers).toBeGreaterThan(2);
    const giveUp = () => {
      throw new Error('too slow');
    };
    await expect(readFilesInTurns(files, { known: () => [], onTurn: giveUp })).rejects.toThrow('too slow');
  });
});
