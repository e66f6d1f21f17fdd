import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingPrerequisite } from '../../../src/domain/manifests/manifest.js';
import { manifestTexts, readFiles } from '../../../src/adapters/manifests/index.js';
import { describedBy } from '../../../src/domain/manifests/exported.js';
import { changeOf, type Change } from '../../../src/domain/log/commit.js';
import { desiredParser, type Desired } from '../../../src/domain/manifests/desired.js';
import { mergeSource } from '../../../src/domain/manifests/merge/source.js';
import { neverApplied } from '../../../src/domain/manifests/past-applies.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { all, emptyState, fold, type State } from '../../../src/domain/log/state.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { context, quiet } from '../../builders/answers.js';
import { entries } from '../../builders/log.js';
import { anyPolicy, anyRoute, anySecret, anyUpstream } from '../../builders/values.js';

const folder = { name: 'folder', repository: 'file:///folder', ref: null, sha: null, head: null, digest: 'd1' };
const team: Secret = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: 'a'.repeat(24) });
const mention = { kind: 'Secret' as const, name: 'team', value: { name: 'team', kind: 'basic-auth' as const } };
const asking = { ...plainRoute('a.example.com', 'localhost:3000'), middleware: ['basic-auth:team'] };
const askingResource = { kind: 'Route' as const, name: asking.domain, value: asking };

const stateOf = (...changes: Change[]): State => fold(emptyState, entries({ made: changes }));
const withTeam = stateOf(changeOf('Secret', 'team', null, team));
const desired = (more: Partial<Desired>): Desired => ({ source: folder, resources: [], problems: [], ...more });

function apply(state: State, wanted: Partial<Desired>, input: object = {}) {
  const parsed = applyManifests.input.parse({ fromGit: 'folder', staged: 'x', ...input });
  return applyManifests.decide(state, parsed, { ...quiet, desired: () => desired(wanted) }, context);
}

describe('an apply with manifests of secrets', () => {
  it('makes no secret and changes none, in whatever version it is', () => {
    const rotated = stateOf(changeOf('Secret', 'team', null, { ...team, version: 9 }));
    for (const state of [withTeam, rotated]) {
      expect(apply(state, { resources: [mention] })).toMatchObject({ changes: [] });
      expect(apply(state, { resources: [mention, askingResource] })).toMatchObject({
        changes: [{ kind: 'Route' }, { kind: 'Source' }],
      });
    }
  });

  it('is refused whole as bad input while a secret is not there, with the place and the way out', () => {
    const places = { 'Secret/team': 'secrets/team.yaml:2:1' };
    const refused = apply(emptyState, {
      resources: [mention, askingResource],
      positions: places,
      problems: ['a.yaml: broken'],
    });
    expect(refused).toMatchObject({ kind: 'refuse', refusal: { kind: 'invalid', code: 'manifests-invalid' } });
    const { message } = refused.kind === 'refuse' ? refused.refusal : { message: '' };
    expect(message.split('\n')).toEqual([
      'a.yaml: broken',
      'secrets/team.yaml:2:1: HEC014 there is no secret team, and a manifest cannot hold its value; ' +
        'create it with: hecate create secret --name team --kind basic-auth --from-file FILE',
    ]);
    expect(apply(emptyState, { resources: [mention] })).toMatchObject({ kind: 'refuse' });
  });

  it.each([
    ['nats-cli', 'nats-credentials', 'HECATE_NATS_SEED_FILE'],
    ['operator-ada', 'operator-key', 'registers it'],
    ['all', 'generic', 'use another name'],
  ])('does not suggest to create %s of the kind %s', (name, kind, hint) => {
    const value = { name, kind };
    const { message = '' } = missingPrerequisite(emptyState, { kind: 'Secret', name, value } as never) ?? {};
    expect(message).toContain(hint);
    expect(message).not.toContain('create secret');
  });

  it('counts as empty for a prune where it has nothing else', () => {
    const pruning = { prune: true, yes: true };
    expect(apply(withTeam, { resources: [mention] }, pruning)).toMatchObject({ refusal: { code: 'source-empty' } });
  });

  it('is refused when the secret is of another kind', () => {
    const other = stateOf(changeOf('Secret', 'team', null, { ...team, kind: 'api-token' } as unknown as Secret));
    expect(apply(other, { resources: [mention] })).toMatchObject({
      refusal: { kind: 'invalid', message: expect.stringContaining('with another kind, api-token') as string },
    });
  });

  it('never prunes a secret, even one that bears the name of the source', () => {
    const marked = { ...team, source: 'folder' } as Secret;
    const gone = { ...plainRoute('gone.example.com', 'localhost:3000'), source: 'folder' };
    const state = stateOf(changeOf('Secret', 'team', null, marked), changeOf('Route', gone.domain, null, gone));
    const left = { ...plainRoute('left.example.com', 'localhost:3000') };
    const resources = [{ kind: 'Route' as const, name: left.domain, value: left }];
    const pruned = apply(state, { resources }, { prune: true, yes: true });
    expect(pruned).toMatchObject({ kind: 'change' });
    const changes = pruned.kind === 'change' ? pruned.changes : [];
    expect(changes.filter(({ after }) => after === null)).toMatchObject([{ kind: 'Route', name: 'gone.example.com' }]);
    expect(changes.some(({ kind }) => kind === 'Secret')).toBe(false);
  });

  it('is given name and kind alone by whoever hands it over', () => {
    expect(desiredParser()(mention.kind, mention.value)).toEqual(mention);
    for (const more of [{ version: 2 }, { edition: 'b'.repeat(24) }, { password: 'hunter2' }]) {
      const refused = () => desiredParser()('Secret', { ...mention.value, ...more });
      expect(refused).toThrow(/Unrecognized key/);
      expect(refused).not.toThrow(/hunter2/);
    }
  });
});

const anyChange = fc.oneof(
  anyRoute.map((value) => changeOf('Route', value.domain, null, value)),
  anyPolicy.map((value) => changeOf('AuthPolicy', value.name, null, value)),
  anyUpstream.map((value) => changeOf('Upstream', value.name, null, value)),
  anySecret.map((value) => changeOf('Secret', value.name, null, value)),
) as fc.Arbitrary<Change>;
const anyChanges = fc.uniqueArray(anyChange, {
  selector: ({ kind, name }) => `${kind}/${name}`,
  minLength: 1,
  maxLength: 8,
});

/** Every secret has another value since. */
function rotated(state: State): Change[] {
  return all(state, 'Secret').map(({ name, value }) =>
    changeOf('Secret', name, value, { ...value, version: value.version + 1, edition: 'b'.repeat(24) }),
  );
}

describe('what was exported', () => {
  it('applies to no change, also after every secret was rotated, and prunes nothing', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const then = stateOf(...changes);
        const text = manifestTexts(describedBy(then));
        for (const { value } of all(then, 'Secret')) expect(text).not.toContain(value.edition);
        const { resources } = readFiles([{ path: 'all.yaml', text }]);
        expect(resources).toHaveLength(changes.length);
        for (const now of [then, fold(then, entries({ rotated: rotated(then) }))]) {
          expect(apply(now, { resources })).toMatchObject({ kind: 'change', changes: [] });
          const options = { past: neverApplied, winner: 'theirs', prunes: true, overwrites: false } as const;
          expect(mergeSource(now, desired({ resources }), options)).toMatchObject({
            changes: [],
            claims: [],
            records: [],
          });
          expect(mergeSource(now, desired({ resources: [] }), options)).toMatchObject({ changes: [] });
        }
      }),
    );
  });
});
