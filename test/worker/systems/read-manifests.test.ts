import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inspectDrift } from '../../../src/activities/reconcile/inspect-drift.js';
import type { Dependencies } from '../../../src/activities/dependencies.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { plainRoute } from '../../../src/domain/resources/route.js';
import { newSecret, type Secret } from '../../../src/domain/resources/secret.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import type { GitTree } from '../../../src/adapters/git/git-repository.js';
import { createManifests, isGitFolder, isGitManifest } from '../../../src/worker/systems/read-manifests.js';
import { Failure } from '../../../src/ports/failure.js';
import type { ReconcileComponent } from '../../../src/domain/resources/components.js';
import type { ReconcileRequest } from '../../../src/workflows/contracts/reconcile.js';
import { context } from '../../builders/answers.js';
import { canary } from '../../builders/canary.js';
import { createHistory, type History } from '../../builders/history.js';
import { elsewhere } from '../../builders/surroundings.js';

const url = 'https://git.example.com/site.git';
const sha = 'c'.repeat(40);
const manifest = (kind: string, name: string, spec: string) =>
  `apiVersion: hecate.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}}\n`;
const files = [
  { path: '.hecate/team.yaml', text: manifest('Secret', 'team', 'kind: basic-auth') },
  {
    path: '.hecate/a.yaml',
    text: manifest('Route', 'a', 'domain: a.example.com, upstream: "a:1", middleware: ["basic-auth:team"]'),
  },
];
const team: Secret = newSecret({ name: 'team', kind: 'basic-auth', version: 1, edition: 'a'.repeat(24) });
const made = changeOf('Secret', 'team', null, team);

/** A worker's way to a repository of these files, beside a log. */
function worker(
  history: History,
  texts = files,
  staged = '',
  refused: GitTree['refused'] = [],
  asked: Partial<ReconcileRequest> = {},
) {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const manifests = createManifests({
    log: history.reader,
    blobStaging: { get: async () => staged } as unknown as Dependencies['blobStaging'],
    repository: async ({ commit }) => {
      if (commit === 'unpushed') throw new Failure('missing', `there is no commit ${commit}`);
      return { sha: commit ?? sha, head: sha, files: texts, refused };
    },
    sha256,
  });
  const deps = {
    log: history.reader,
    desired: manifests,
    identity: null,
    proxies: [],
    surroundings: elsewhere,
    now: () => context.now,
  } as unknown as Dependencies;
  return {
    read: () => manifests.read({ kind: 'git', url, commit: null }),
    readStaged: () => manifests.read({ kind: 'staged', hash: 'x' }),
    drift: async (component: ReconcileComponent = 'secrets') => {
      const others = { converger: { drift: async () => [] }, scheduler: { names: async () => [] } };
      const whole = { ...(deps as object), ...others } as unknown as Dependencies;
      return (await inspectDrift(whole, { ...request, ...asked, component })).sources;
    },
  };
}

const request: ReconcileRequest = {
  ...{ component: 'all', isDryRun: true, fromGit: null, fromCommit: null, prune: false, adopt: false },
  ...{ actor: 'ada', reason: null },
};

async function apply(history: History) {
  return (await history.run(applyManifests, { fromGit: url }, await worker(history).read())).decision;
}

async function applied(): Promise<History> {
  const history = createHistory();
  history.commit('team', [made]);
  await apply(history);
  return history;
}

describe('a repository with manifests of secrets', () => {
  it('is applied where the secret is there, and is no change the second time', async () => {
    const history = await applied();
    expect(history.state().resources.get('Route/a.example.com')).toBeDefined();
    expect(await apply(history)).toMatchObject({ kind: 'change', changes: [] });
    expect(await worker(history).drift()).toMatchObject([{ isNew: false, problem: null, ahead: [] }]);
  });

  it('is refused with file and line where it is not', async () => {
    expect(await apply(createHistory())).toMatchObject({
      refusal: {
        kind: 'invalid',
        message: expect.stringMatching(/^team\.yaml:1:1: HEC014 .* hecate create secret /) as string,
      },
    });
  });

  it('is read with every value left out of what is said', async () => {
    const text = manifest('Secret', 'team', 'kind: basic-auth, password: hunter2');
    const { problems } = await worker(createHistory(), [{ path: '.hecate/team.yaml', text }]).read();
    expect(problems).toEqual([expect.stringMatching(/^team\.yaml:4:26: HEC013 /)]);
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('a repository whose usual folder', () => {
  const why = 'it is a link';
  const elsewhere = [{ path: 'other/a.yaml', text: manifest('Route', 'b', 'domain: b.example.com, upstream: "a:1"') }];

  it.each(['.hecate', '.hecate/routes'])('is or has nothing but the link %s is not read elsewhere', async (path) => {
    const refused = [{ path, code: 'HEC002' as const, why }];
    const { resources, problems } = await worker(createHistory(), elsewhere, '', refused).read();
    expect(resources).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/^(\.hecate|routes): HEC002 it is a link$/)]);
  });

  it('may be a link, and so may any folder that is not hidden', () => {
    expect(['.hecate', '.hecate/routes', 'sites/a'].map(isGitFolder)).toEqual([true, true, true]);
    expect(['.github', '.hecate/.old', 'a/.b'].map(isGitFolder)).toEqual([false, false, false]);
    expect(['.hecate/a.yaml', 'a.yaml', 'a.txt', '.x/a.yaml'].map(isGitManifest)).toEqual([true, true, false, false]);
  });
});

describe('a reconcile', () => {
  it('says before it applies a commit that a secret is not there', async () => {
    const history = createHistory();
    const older = { name: url, repository: url, ref: null, sha: 'd', head: 'd', digest: '' };
    history.commit('older', [changeOf('Source', url, null, older)]);
    expect(await worker(history).drift()).toMatchObject([
      { isNew: false, problem: expect.stringContaining('team.yaml:1:1: HEC014 there is no secret team') as string },
    ]);
  });

  it('shows a secret that was deleted since as ahead of Git, and goes on', async () => {
    const history = await applied();
    const { value } = history.state().resources.get('Route/a.example.com') ?? {};
    history.commit('open', [changeOf('Route', 'a.example.com', value as never, { ...value, middleware: [] } as never)]);
    history.commit('delete', [changeOf('Secret', 'team', team, null)]);
    const [secrets, all] = await Promise.all([worker(history).drift(), worker(history).drift('all')]);
    const gone = { resource: 'Secret/team', git: { name: 'team', kind: 'basic-auth' }, log: null, by: 'ada' };
    expect(secrets).toMatchObject([{ problem: null, ahead: [gone] }]);
    expect(all).toMatchObject([{ ahead: [gone, { resource: 'Route/a.example.com' }] }]);
  });

  it('finds no drift in a secret that was rotated', async () => {
    const history = await applied();
    history.commit('rotate', [changeOf('Secret', 'team', team, { ...team, version: 2, edition: 'b'.repeat(24) })]);
    expect(await worker(history).drift('all')).toMatchObject([{ problem: null, ahead: [] }]);
  });
});

describe('a commit that is the end of its ref', () => {
  const source = { name: url, repository: url, ref: 'main', digest: '' };
  const route = (upstream: string) => plainRoute('a.example.com', upstream);
  /** As a person applied it from a folder: its commit, and the one that it stands on. */
  const applyFolder = (history: History, id: string, at: { sha: string | null; head: string | null }, more = {}) => {
    const upstream = `${id}:1`;
    const resources = [{ kind: 'Route', name: 'a.example.com', value: { ...route(upstream), source: url } }] as const;
    const desired = { source: { ...source, ...at, digest: id }, resources, problems: [] };
    return history.run(applyManifests, { fromGit: url, staged: 'x' }, desired, more);
  };
  const look = async (history: History) => (await worker(history, [routeFile]).drift('all'))[0];
  const routeFile = { path: 'a.yaml', text: manifest('Route', 'a', 'domain: a.example.com, upstream: "git:1"') };
  const older = 'd'.repeat(40);

  it('is applied when another one was applied before', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: older, head: older });
    expect(await look(history)).toMatchObject({ isNew: true, notApplied: null });
  });

  it('is told with its changes in a dry run, of which the first hundred are listed', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: older, head: older });
    const many = Array.from({ length: 150 }, (_, i) => ({
      path: `m${i}.yaml`,
      text: manifest('Route', 'm', `domain: m${i}.example.com, upstream: "git:1"`),
    }));
    const [report] = await worker(history, [routeFile, ...many]).drift('all');
    expect(report?.changes?.[0]).toMatchObject({ before: { upstream: 'first:1' }, after: { upstream: 'git:1' } });
    expect([report?.changes?.length, report?.changeCount]).toEqual([100, 151]);
  });

  it('is told with what it would delete, and that it would be refused', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: older, head: older });
    const file = { path: 'b.yaml', text: manifest('Route', 'b', 'domain: b.example.com, upstream: "git:1"') };
    const pruning = (more: object) => worker(history, [file], '', [], { prune: true, ...more }).drift('all');
    expect(await pruning({})).toMatchObject([
      { changes: [{ before: null }, { after: null }], refusal: expect.stringContaining('at most 30%') as string },
    ]);
    expect(await pruning({ yes: true })).toMatchObject([{ changeCount: 2, refusal: null }]);
  });

  it('is told with what would end, and why it would be refused beside its size', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: older, head: older });
    const domain = 'a.example.com';
    const opened = { domain, since: context.now, until: '2099-01-01T00:00:00.000Z', reason: null };
    history.commit('opened', [changeOf('Bypass', domain, null, opened)]);
    expect(await look(history)).toMatchObject({
      changes: [{ kind: 'Route' }, { kind: 'Bypass', after: null }],
      refusal: null,
    });
    history.commit('canary', [changeOf('Canary', domain, null, canary({ domain }))]);
    expect(await look(history)).toMatchObject({
      changes: [{ kind: 'Route' }],
      refusal: expect.stringContaining('canary') as string,
    });
  });

  it('is told and not applied where one component is asked about', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: older, head: older });
    const [report] = await worker(history, [routeFile]).drift('auth-policies');
    const notApplied = expect.stringContaining('--component auth-policies') as string;
    expect(report).toMatchObject({ isNew: true, notApplied });
  });

  it.each([[null], [sha]])(
    'is not applied again after a folder with changes, which are ahead (head %s)',
    async (head) => {
      const history = createHistory();
      await applyFolder(history, 'first', { sha, head: sha });
      await applyFolder(history, 'dirty', { sha: null, head });
      expect(await look(history)).toMatchObject({ isNew: false, notApplied: null, ahead: [{ by: 'ada' }] });
    },
  );

  it('is not applied again after another one, unless the system took it back', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha, head: sha });
    await applyFolder(history, 'second', { sha: older, head: older });
    const again = { isNew: false, notApplied: expect.stringContaining('was applied before') as string };
    expect(await look(history)).toMatchObject({ ...again, ahead: [{ resource: 'Route/a.example.com' }] });
    const failed = createHistory();
    await applyFolder(failed, 'other', { sha: older, head: older });
    const tried = await applyFolder(failed, 'tried', { sha, head: sha }, { open: true });
    failed.end(tried.id, 'undone');
    expect(await look(failed)).toMatchObject({ isNew: true });
  });

  it('is not applied over what the repository does not have', async () => {
    const history = createHistory();
    await applyFolder(history, 'first', { sha: 'unpushed', head: 'unpushed' });
    expect(await look(history)).toMatchObject({
      isNew: false,
      notApplied: expect.stringContaining('does not have unpushed') as string,
      ahead: [{ resource: 'Route/a.example.com' }],
    });
  });
});

describe('what was handed over', () => {
  const source = { name: 'folder', repository: 'folder', ref: null, sha: null, head: null, digest: 'd' };
  const staged = (value: object, more: object = {}) =>
    JSON.stringify({ source, alike: [[{ kind: 'Secret', name: 'team', value }]], ...more });
  const mention = { name: 'team', kind: 'basic-auth' };
  const read = (text: string) => worker(createHistory(), [], text).readStaged();

  it('may mention secrets, which are checked again', async () => {
    const { resources } = await read(staged(mention));
    expect(resources).toEqual([{ kind: 'Secret', name: 'team', value: mention }]);
  });

  it('holds no value of theirs, and none is repeated', async () => {
    const refused = read(staged({ ...mention, password: 'hunter2' }));
    await expect(refused).rejects.toThrow('not valid');
    await expect(refused).rejects.not.toThrow('hunter2');
  });

  it.each([
    ['a source that is none', { source: null }, 'source: '],
    ['a repository that is no text', { source: { ...source, repository: 7 } }, 'source.repository: '],
    ['a password in the address', { source: { ...source, repository: 'https://u:hunter2@h/x' } }, 'HECATE_GIT'],
    [
      'control characters',
      { source: { ...source, name: '\u001b[31mred' } },
      'source.name: it contains control characters',
    ],
    ['an unknown field', { source: { ...source, evil: 1 } }, 'source: '],
    ['a resource that is none', { alike: [[null]] }, 'not a list of objects'],
    ['a difference to nothing', { alike: [{}] }, 'a difference without an object before it'],
    ['an unknown kind', { alike: [[{ kind: 'Evil', value: {} }]] }, 'Evil is not a kind of manifest'],
    [
      'a resource that is there twice',
      { alike: [[{ kind: 'Secret', value: mention }], {}] },
      'Secret team occurs twice',
    ],
  ])('is refused with %s, in words', async (_what, more, words) => {
    const refused = read(staged(mention, more));
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining(words) as string });
    await expect(refused).rejects.not.toThrow('hunter2');
  });
});
