import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, type Change } from '../../../../src/domain/log/commit.js';
import { all, find } from '../../../../src/domain/log/state.js';
import type { LaterChange } from '../../../../src/domain/log/later-change.js';
import type { Desired } from '../../../../src/domain/manifests/desired.js';
import { plainRoute, type Route } from '../../../../src/domain/resources/route.js';
import { applyManifests } from '../../../../src/operations/manifests/apply-manifests.js';
import { deleteRoute } from '../../../../src/operations/routes/delete-route.js';
import { moveRoute } from '../../../../src/operations/routes/move-route.js';
import { updateRoute } from '../../../../src/operations/routes/update-route.js';
import { undoOperation } from '../../../../src/operations/history/undo-operation.js';
import { createHistory, type History } from '../../../builders/history.js';

const url = 'https://git.example.com/site.git';
const route = (domain: string, more: Partial<Route> = {}): Route => ({ ...plainRoute(`${domain}.example.com`, 'localhost:3000'), ...more }); // prettier-ignore

/** The manifests of a commit. */
function site(sha: string | null, routes: readonly Route[], name = url): Desired {
  const resources = routes.map((value) => ({ kind: 'Route' as const, name: value.domain, value }));
  const [repository, ref] = [name, sha === null ? null : 'main'];
  const source = { name, repository, ref, sha, head: sha, digest: JSON.stringify(routes) };
  return { source, resources, problems: [] };
}

async function apply(history: History, desired: Desired, input: object = {}) {
  const { decision } = await history.run(applyManifests, { fromGit: url, yes: true, ...input }, desired);
  if (decision.kind === 'refuse') throw new Error(decision.refusal.message);
  return decision;
}

const update = (history: History, domain: string, more: object) =>
  history.run(updateRoute, { domain: `${domain}.example.com`, force: true, ...more });
const valueOf = (history: History, domain: string) => find(history.state(), 'Route', `${domain}.example.com`)?.value;
const named = (changes: readonly LaterChange[] = []) =>
  changes.map(({ resource, field }) => `${resource} ${field}`.trim());

describe('an apply', () => {
  it('keeps what was changed since, with its author, over any number of commits', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('a'), route('c')]));
    await update(history, 'c', { upstream: 'localhost:4000' });
    for (const sha of ['2', '3']) {
      const { merge } = await apply(history, site(sha, [route('a', { upstream: `localhost:${sha}` }), route('c')]));
      expect(merge?.ahead).toMatchObject([{ resource: 'Route/c.example.com', field: 'upstream', author: { sequence: 3, reason: null } }]); // prettier-ignore
    }
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:4000', source: url });
    const back = await apply(history, site('4', [route('a'), route('c', { upstream: 'localhost:4000' })]));
    expect(back.merge).toBeUndefined();
    expect(find(history.state(), 'Source', url)?.value.ahead).toBeUndefined();
  });

  it('takes Git’s value in a conflict and names what goes; a reconcile holds it until a person decides', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('c')]));
    await update(history, 'c', { upstream: 'localhost:4000' });
    const next = site('2', [route('c', { upstream: 'localhost:5000', requireMFA: false, headers: { 'X-A': '1' } })]);
    const held = await apply(history, next, { holds: true });
    expect(named(held.merge?.held)).toEqual(['Route/c.example.com upstream']);
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:4000', headers: { 'X-A': '1' } });
    expect(find(history.state(), 'Source', url)?.value).toMatchObject({
      sha: '2',
      held: { sha: '2', reasons: [expect.stringContaining('stays "localhost:4000"')] },
    });
    expect((await apply(history, next, { holds: true })).changes).toEqual([]);
    const taken = await apply(history, next);
    expect(named(taken.merge?.superseded)).toEqual(['Route/c.example.com upstream']);
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:5000' });
    expect(find(history.state(), 'Source', url)?.value.held).toBeUndefined();
  });

  it('takes Git’s value after all when the change that was held is undone', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('c')]));
    const { id } = await update(history, 'c', { upstream: 'localhost:4000' });
    const next = site('2', [route('c', { upstream: 'localhost:5000' })]);
    await apply(history, next, { holds: true });
    await history.run(undoOperation, { operation: id });
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:3000' });
    expect((await apply(history, next, { holds: true })).merge).toBeUndefined();
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:5000' });
  });

  it('leaves a deleted or moved route deleted, and does not prune the moved one', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('a'), route('b'), route('c')]));
    await history.run(deleteRoute, { domain: 'b.example.com', force: true });
    await history.run(moveRoute, { domain: 'c.example.com', to: 'd.example.com', force: true });
    const { merge } = await apply(history, site('2', [route('b'), route('c'), route('e')]), { prune: true });
    expect(named(merge?.ahead).sort()).toEqual(['Route/b.example.com', 'Route/c.example.com', 'Route/d.example.com']);
    expect(all(history.state(), 'Route').map(({ name }) => name)).toEqual(['d.example.com', 'e.example.com']);
    const changed = await apply(history, site('3', [route('b', { requireMFA: false, upstream: 'localhost:1' })]));
    expect(named(changed.merge?.superseded)).toEqual(['Route/b.example.com']);
    expect(valueOf(history, 'b')).toMatchObject({ upstream: 'localhost:1' });
  });

  it('deletes no route that was changed since without naming the change', async () => {
    for (const holds of [true, false]) {
      const history = createHistory();
      await apply(history, site('1', [route('a'), route('b')]));
      await update(history, 'b', { upstream: 'localhost:4000' });
      const { merge } = await apply(history, site('2', [route('a')]), { prune: true, holds });
      expect(named(holds ? merge?.held : merge?.superseded)).toEqual(['Route/b.example.com upstream']);
      expect(valueOf(history, 'b') === undefined).toBe(!holds);
    }
  });

  it('counts an apply that was undone as none', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('c')]));
    await update(history, 'c', { upstream: 'localhost:4000' });
    await history.fail(applyManifests, { fromGit: url }, site('2', [route('c'), route('d')]));
    const { merge } = await apply(history, site('3', [route('c'), route('e')]));
    expect(named(merge?.ahead)).toEqual(['Route/c.example.com upstream']);
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:4000' });
  });

  it('gives Git’s value to everything with --overwrite, and names what goes', async () => {
    const history = createHistory();
    await apply(history, site('1', [route('b'), route('c')]));
    await update(history, 'c', { upstream: 'localhost:4000' });
    await history.run(deleteRoute, { domain: 'b.example.com', force: true });
    const { merge } = await apply(history, site('1', [route('b'), route('c')]), { overwrite: true });
    expect(named(merge?.superseded).sort()).toEqual(['Route/b.example.com', 'Route/c.example.com upstream']);
    expect([valueOf(history, 'b'), valueOf(history, 'c')]).toMatchObject([{}, { upstream: 'localhost:3000' }]);
  });

  it('takes the log’s side of what an older version applied: the value after that apply is the base', async () => {
    const old = { ...route('c'), source: url };
    const record = { name: url, repository: url, ref: 'main', sha: '1', head: '1', digest: 'older form' };
    const changes = [changeOf('Route', old.domain, null, old), changeOf('Source', url, null, record)] as Change[];
    const at = '2026-01-01T00:00:00.000Z';
    const history = createHistory([
      { type: 'committed', id: 'old', at, actor: 'ada', reason: null, operation: 'manifests.apply', workflowId: 'w', changes, previous: null }, // prettier-ignore
    ]);
    await update(history, 'c', { upstream: 'localhost:4000' });
    const { merge } = await apply(history, site('2', [route('c', { headers: { 'X-A': '1' } })]));
    expect(named(merge?.ahead)).toEqual(['Route/c.example.com upstream']);
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:4000', headers: { 'X-A': '1' } });
  });

  it('treats a folder and the repository that it becomes as one source', async () => {
    const history = createHistory();
    const folder = 'file:///home/ada/site/.hecate';
    await apply(history, site(null, [route('a'), route('b'), route('c')], folder));
    await update(history, 'c', { upstream: 'localhost:4000' });
    await history.run(deleteRoute, { domain: 'b.example.com', force: true });
    const { merge } = await apply(history, site('1', [route('a'), route('b'), route('c')]));
    expect(named(merge?.ahead).sort()).toEqual(['Route/b.example.com', 'Route/c.example.com upstream']);
    expect(all(history.state(), 'Source').map(({ name }) => name)).toEqual([url]);
    expect(all(history.state(), 'Route').map(({ value }) => value.source)).toEqual([url, url]);
    await apply(history, site('2', [route('c')]), { prune: true });
    expect(valueOf(history, 'a')).toBeUndefined();
    expect(valueOf(history, 'c')).toMatchObject({ upstream: 'localhost:4000' });
  });

  it('names the first differences between a route that a command created and its first manifest', async () => {
    for (const holds of [true, false]) {
      const history = createHistory();
      const made = route('a', { headers: { 'X-A': '1' } });
      history.commit('made', [changeOf('Route', made.domain, null, made)]);
      const { merge } = await apply(history, site('1', [route('a', { upstream: 'localhost:9' })]), { holds });
      expect(named(holds ? merge?.held : merge?.superseded)).toEqual([
        'Route/a.example.com upstream',
        'Route/a.example.com headers.X-A',
      ]);
      expect(valueOf(history, 'a')).toMatchObject(holds ? made : { upstream: 'localhost:9', headers: {} });
    }
  });
});

const domains = ['a', 'b', 'c'] as const;
const edit = fc.record({
  domain: fc.constantFrom(...domains),
  what: fc.constantFrom('upstream', 'header', 'middleware', 'delete'),
  value: fc.integer({ min: 1, max: 4 }),
});
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;
const step = fc.oneof(
  fc.record({ side: fc.constant('log' as const), edit }),
  fc.record({ side: fc.constant('git' as const), edit }),
  fc.record({ side: fc.constant('apply' as const), holds: fc.boolean(), prune: fc.boolean() }),
);

/** The value that an edit gives its field. */
function edited(value: Route, { what, value: n }: Edit): Route {
  if (what === 'upstream') return { ...value, upstream: `localhost:${4000 + n}` };
  if (what === 'header') return { ...value, headers: { ...value.headers, [`X-${n % 2}`]: String(n) } };
  return { ...value, middleware: n < 3 ? ['compression'] : [] };
}

describe('random edits on both sides of Git', () => {
  it('lose no change of the log without naming it, and hold nothing silently', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const history = createHistory();
        const git = new Map<string, Route>(domains.map((name) => [name, route(name)]));
        let said = new Map(git);
        let commits = 1;
        await apply(history, site('1', [...git.values()]));
        for (const one of steps) {
          if (one.side === 'git') {
            const { domain, what } = one.edit;
            // A source without manifests is refused.
            if (what === 'delete' && git.size > 1) git.delete(domain);
            else if (what !== 'delete') git.set(domain, edited(git.get(domain) ?? route(domain), one.edit));
          } else if (one.side === 'log') {
            const before = valueOf(history, one.edit.domain) ?? null;
            if (before === null && one.edit.what === 'delete') continue;
            const after = one.edit.what === 'delete' ? null : edited(before ?? route(one.edit.domain), one.edit);
            history.commit(`edit-${history.entries.length}`, [changeOf('Route', `${one.edit.domain}.example.com`, before, after)]); // prettier-ignore
          } else {
            const before = new Map(all(history.state(), 'Route').map(({ name, value }) => [name, value]));
            const mine = changedInLog(history);
            const { merge } = await apply(history, site(String(++commits), [...git.values()]), {
              holds: one.holds,
              prune: one.prune,
            });
            const goes = named(merge?.superseded);
            for (const { name, fields } of mine) {
              const now = find(history.state(), 'Route', name)?.value;
              for (const field of fields) {
                const isLost = JSON.stringify(fieldOf(before.get(name), field)) !== JSON.stringify(fieldOf(now, field));
                const isNamed = goes.some((text) => text === `Route/${name}` || text.startsWith(`Route/${name} ${field}`)); // prettier-ignore
                // Git's value of the last apply, set again: Git may change it.
                const isBase = JSON.stringify(fieldOf(before.get(name), field)) === JSON.stringify(fieldOf(said.get(name.split('.')[0] ?? ''), field)); // prettier-ignore
                expect(!isLost || isNamed || isBase, `${name} ${field} in ${JSON.stringify(steps)}`).toBe(true);
              }
            }
            if (one.holds) expect(goes).toEqual([]);
            checkAgreement(history, git, merge);
            said = new Map([...said, ...git]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

const FIELDS = ['upstream', 'headers.X-0', 'headers.X-1', 'middleware'] as const;

function fieldOf(value: Route | undefined, field: (typeof FIELDS)[number]): unknown {
  if (value === undefined) return 'deleted';
  if (field === 'upstream' || field === 'middleware') return value[field];
  return value.headers[field.slice('headers.'.length)] ?? null;
}

/** The fields that edits of the log changed since the last apply. */
function changedInLog(history: History) {
  const last = history.entries.findLastIndex(({ message }) => message.type === 'committed' && message.operation === applyManifests.key); // prettier-ignore
  const edits = history.entries.slice(last + 1).flatMap(({ message }) => (message.type === 'committed' ? message.changes : [])); // prettier-ignore
  const names = [...new Set(edits.map(({ name }) => name))];
  return names.map((name) => {
    const found = edits.find((change) => change.name === name)?.before as Route | null;
    // A route that an edit made has the usual value in every field that the edit did not name.
    const first = found ?? plainRoute(name, 'localhost:3000');
    const now = find(history.state(), 'Route', name)?.value;
    const differs = (field: (typeof FIELDS)[number]) =>
      JSON.stringify(fieldOf(first, field)) !== JSON.stringify(fieldOf(now, field));
    // Made and deleted again: nothing is left to lose.
    const isNothing = found === null && now === undefined;
    return { name, fields: isNothing ? [] : FIELDS.filter(differs) };
  });
}

/** Whatever differs between the log and Git after an apply is named as ahead or held. */
function checkAgreement(
  history: History,
  git: ReadonlyMap<string, Route>,
  merge: Awaited<ReturnType<typeof apply>>['merge'],
) {
  const known = [...named(merge?.ahead), ...named(merge?.held)];
  for (const value of git.values()) {
    const now = find(history.state(), 'Route', value.domain)?.value;
    for (const field of FIELDS) {
      const isAlike = JSON.stringify(fieldOf(value, field)) === JSON.stringify(fieldOf(now, field));
      const isNamed = known.some((text) => text === `Route/${value.domain}` || text.startsWith(`Route/${value.domain} ${field}`)); // prettier-ignore
      expect(isAlike || isNamed, `${value.domain} ${field}`).toBe(true);
    }
  }
}
