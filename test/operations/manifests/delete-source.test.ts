import { expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import { deleteSource } from '../../../src/operations/manifests/delete-source.js';
import { context, quiet } from '../../builders/answers.js';
import { entries } from '../../builders/log.js';

const name = 'https://git.example.com/site.git';
const source = { name, repository: name, ref: 'main', sha: 's', head: 's', digest: 'd' };
const known = fold(emptyState, entries({ made: [changeOf('Source', name, null, source)] }));
const decide = (state: typeof known, asked: string) =>
  deleteSource.decide(state, deleteSource.input.parse({ name: asked }), quiet, context);

it('forgets a source and touches nothing else', () => {
  expect(decide(known, name)).toEqual({
    kind: 'change',
    changes: [changeOf('Source', name, source, null)],
    expect: { hosts: [] },
    warnings: [],
  });
});

it('names the nearest one where there is none of that name', () => {
  expect(decide(known, name.replace('site', 'stie'))).toMatchObject({
    refusal: { kind: 'missing', hint: `Did you mean ${name}?` },
  });
  expect(decide(known, '/srv/site')).toMatchObject({
    refusal: { kind: 'missing', hint: 'List them with: hecate list sources' },
  });
  expect(decide(emptyState, name)).toMatchObject({
    refusal: {
      kind: 'missing',
      hint: 'No source has been applied yet. Apply one with: hecate update apply --from-git FOLDER',
    },
  });
});

it('takes the address as it was applied, with its ref, and no other ref', () => {
  expect(decide(known, `${name}#main`)).toMatchObject({ kind: 'change', changes: [{ name, after: null }] });
  expect(decide(known, `${name}#other`)).toMatchObject({ refusal: { kind: 'missing', hint: `Did you mean ${name}?` } });
});

it('lets no password into the history', () => {
  const asked = deleteSource.input.safeParse({ name: 'https://user:password@git.example.com/site.git' });
  expect(asked.success).toBe(false);
});
