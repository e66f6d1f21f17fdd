import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type ScheduleHandle, type ScheduleSummary } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startStack, startUpstream, untilHalfDone, type TestStack } from './stack.js';

let stack: TestStack;
let blue: Awaited<ReturnType<typeof startUpstream>>;
let green: Awaited<ReturnType<typeof startUpstream>>;
let amber: Awaited<ReturnType<typeof startUpstream>>;
let folder: string;

beforeAll(async () => {
  [blue, green, amber] = await Promise.all([startUpstream('blue'), startUpstream('green'), startUpstream('amber')]);
  folder = mkdtempSync(join(tmpdir(), 'hecate-desired-'));
  mkdirSync(join(folder, '.hecate'));
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  blue.close();
  green.close();
  amber.close();
  rmSync(folder, { recursive: true, force: true });
});

const manifest = (domain: string, upstream: string) => `apiVersion: hecate.io/v1
kind: Route
metadata:
  name: ${domain}
spec:
  domain: ${domain}
  upstream: ${upstream}
`;
const write = (name: string, text: string) => writeFileSync(join(folder, '.hecate', name), text);
const remove = (name: string) => rmSync(join(folder, '.hecate', name));
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
  });
const commit = () => {
  git('add', '-A');
  git('commit', '--quiet', '--allow-empty', '-m', 'change');
};
const url = () => `file://${folder}#main`;
const apply = (...more: string[]) => stack.run('update', 'apply', '--from-git', url(), ...more);
const served = async (host: string) => {
  const answer = await stack.get(host);
  return answer.status === 200 ? (JSON.parse(answer.body) as { name: string }).name : answer.status;
};
/** Number of commits; attempts without one do not count. */
const count = async () => {
  const rows = JSON.parse((await stack.run('history', '--all', '-o', 'json')).stdout) as { sequence: number | null }[];
  return rows.filter(({ sequence }) => sequence !== null).length;
};

describe('apply', () => {
  it('makes everything that a folder says in one commit, and nothing the second time', async () => {
    write('a.yaml', manifest('a.example.com', blue.address));
    write('b.yaml', manifest('b.example.com', blue.address));
    const folderArgs = ['update', 'apply', '--from-git', join(folder, '.hecate')];
    // The operator's commit.
    const before = await count();
    const first = await stack.run(...folderArgs);
    expect(first.status, first.stderr).toBe(0);
    expect(await served('a.example.com')).toBe('blue');
    expect(await served('b.example.com')).toBe('blue');
    expect(await count()).toBe(before + 1);
    const again = await stack.run(...folderArgs);
    expect(again.stdout).toContain('unchanged');
    expect(await count()).toBe(before + 1);
  });

  it('reads a repository, records its commit, and carries out exactly the plan that was shown', async () => {
    git('init', '--quiet', '--initial-branch', 'main');
    write('c.yaml', manifest('c.example.com', blue.address));
    write('d.yaml', manifest('d.example.com', blue.address));
    commit();
    const shown = await apply('--dry-run', '-o', 'json');
    const { hash } = JSON.parse(shown.stdout) as { hash: string };
    const wrong = await apply('--plan', 'f'.repeat(64));
    expect(wrong.status).toBe(4);
    const right = await apply('--plan', hash);
    expect(right.status, right.stderr).toBe(0);
    expect(await served('c.example.com')).toBe('blue');
    const nothingLeft = await apply('--plan', 'deadbeef');
    expect([nothingLeft.status, nothingLeft.stderr]).toEqual([
      4,
      expect.stringContaining('the approved plan is out of date'),
    ]);
    const history = (await stack.run('history', '--limit', '1', '-o', 'json')).stdout;
    const sha = git('rev-parse', 'HEAD').trim();
    expect(history).toContain(sha);
    const ofFolder = {
      metadata: { name: `file://${join(folder, '.hecate')}` },
      spec: { ref: null },
      status: { sha: null, resources: 2 },
    };
    // The folder became a repository: it is one source.
    const ofRepository = {
      metadata: { name: `file://${folder}` },
      spec: { ref: 'main' },
      status: { sha, resources: 4, appliedBy: 'tester', held: null },
    };
    const sources = async (...more: string[]) =>
      JSON.parse((await stack.run('list', 'sources', '-o', 'json', ...more)).stdout) as unknown;
    expect(await sources()).toMatchObject([ofRepository]);
    const all = (await stack.run('history', '--all', '-o', 'json')).stdout;
    const commits = JSON.parse(all) as { operation: string; sequence: number }[];
    const firstApply = commits.findLast(({ operation }) => operation === 'manifests.apply');
    expect(await sources('--at', String(firstApply?.sequence))).toMatchObject([ofFolder]);
  });

  it('says every problem with file, line and column, and changes nothing', async () => {
    write('broken.yaml', manifest('f.example.com', 'nowhere').replace('upstream', 'upsteam'));
    const before = await count();
    const local = await stack.run('update', 'apply', '--from-git', join(folder, '.hecate'));
    expect(local.status).toBe(2);
    expect(local.stderr).toMatch(/broken\.yaml:\d+:\d+/);
    expect(local.stderr).toContain('upstream');
    commit();
    const remote = await apply();
    expect(remote.status).toBe(2);
    expect(remote.stderr).toMatch(/broken\.yaml:\d+:\d+/);
    expect(await count()).toBe(before);
    remove('broken.yaml');
    commit();
  });

  it('prunes what came from there only, and not much without being told', async () => {
    await stack.run('create', 'route', '--domain', 'hand.example.com', '--upstream', blue.address);
    await apply();
    for (const name of ['b.yaml', 'c.yaml', 'd.yaml']) remove(name);
    commit();
    expect((await apply('--prune')).status).toBe(2);
    expect((await apply('--prune', '--dry-run')).stdout).toContain('delete Route c.example.com');
    const pruned = await apply('--prune', '--yes');
    expect(pruned.status, pruned.stderr).toBe(0);
    expect(await served('c.example.com')).toBe(404);
    expect(await served('d.example.com')).toBe(404);
    // It came from a folder first.
    expect(await served('b.example.com')).toBe(404);
    expect(await served('a.example.com')).toBe('blue');
    expect(await served('hand.example.com')).toBe('blue');
  });

  it('finds .hecate in the folder of a repository, and refuses a source without manifests', async () => {
    const whole = await stack.run('update', 'apply', '--from-git', folder, '--dry-run');
    expect([whole.status, whole.stderr], whole.stdout).toEqual([0, '']);
    const empty = mkdtempSync(join(tmpdir(), 'hecate-empty-'));
    const before = await count();
    execFileSync('git', ['init', '--quiet', '--initial-branch', 'main', empty]);
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    execFileSync('git', ['-C', empty, ...identity, 'commit', '--quiet', '--allow-empty', '-m', 'empty']);
    for (const args of [
      ['update', 'validate', '--from-git', empty],
      ['update', 'apply', '--from-git', empty],
      ['update', 'apply', '--from-git', `file://${empty}`],
      ['update', 'state', 'reconcile', '--from-git', `file://${empty}`],
    ]) {
      const { status, stderr } = await stack.run(...args);
      expect([status, stderr], args.join(' ')).toEqual([2, expect.stringContaining('contains no manifests')]);
    }
    expect(await count()).toBe(before);
    rmSync(empty, { recursive: true });
  });

  it.each([
    ['no such folder', join('/nowhere', 'at-all'), 3, 'no folder'],
    ['no such repository', 'file:///nowhere/at/all', 3, 'no Git repository'],
    ['a token in the address', 'https://token@git.example.com/x.git', 2, 'would be stored in the history'],
  ])('says what is wrong: %s', async (_what, from, code, words) => {
    const { status, stderr } = await stack.run('update', 'apply', '--from-git', from);
    expect([status, stderr]).toEqual([code, expect.stringContaining(words)]);
    expect(await count()).toBeGreaterThan(0);
  });

  it('is no change for what was exported', async () => {
    const to = join(folder, 'exported');
    expect((await stack.run('export', '--to', to)).status).toBe(0);
    const plain = mkdtempSync(join(tmpdir(), 'hecate-export-'));
    execFileSync('cp', ['-r', `${to}/.`, plain]);
    const again = await stack.run('update', 'apply', '--from-git', plain);
    expect(again.stdout, again.stderr).toContain('unchanged');
    rmSync(plain, { recursive: true });
    rmSync(to, { recursive: true });
  });

  it('refuses another upstream for a route whose canary runs, and says the way out', async () => {
    const canary = ['update', 'route', '--domain', 'a.example.com', '--canary-upstream', green.address];
    expect((await stack.run(...canary, '--canary-percentage', '10')).status).toBe(0);
    write('a.yaml', manifest('a.example.com', '127.0.0.1:4000'));
    commit();
    const { status, stderr } = await apply();
    expect([status, stderr]).toEqual([
      4,
      expect.stringMatching(/a canary to .* runs on a\.example\.com[^]*--rollback-canary/),
    ]);
    const byHand = await stack.run('update', 'route', '--domain', 'a.example.com', '--upstream', '127.0.0.1:4000');
    expect(stderr).toContain(byHand.stderr.split('\n')[0]);
    write('a.yaml', manifest('a.example.com', blue.address));
    commit();
    expect((await stack.run('update', 'route', '--domain', 'a.example.com', '--rollback-canary')).status).toBe(0);
    expect((await apply()).status).toBe(0);
  });

  it('is all or nothing when the worker is killed in the middle', async () => {
    const many = Array.from({ length: 300 }, (_, i) => manifest(`m${i}.example.com`, blue.address));
    for (const [round, address] of [blue.address, green.address, blue.address].entries()) {
      write('many.yaml', many.join('---\n').replaceAll(blue.address, address));
      commit();
      const worker = stack.pidOf('worker');
      const halfDone = untilHalfDone(stack.home, 'manifests.apply');
      const running = apply();
      await halfDone;
      process.kill(worker, 'SIGKILL');
      const { status, stderr } = await running;
      const wanted = status === 0 ? (round === 1 ? 'green' : 'blue') : null;
      const seen = new Set(await Promise.all([0, 150, 299].map((i) => served(`m${i}.example.com`))));
      expect(seen.size, stderr).toBe(1);
      if (wanted !== null) expect([...seen]).toEqual([wanted]);
    }
  });
});

describe('reconcile', () => {
  const reconcile = (...more: string[]) => stack.run('update', 'state', 'reconcile', ...more);

  it('finds nothing when nothing was changed, and writes nothing', async () => {
    const before = await count();
    const look = await reconcile('--dry-run', '--exit-code');
    expect(look.stdout).toContain('no drift');
    expect(look.status).toBe(0);
    expect((await reconcile()).status).toBe(0);
    expect(await count()).toBe(before);
  });

  it('shows a hand edit in Caddy with path and both values, and puts it back', async () => {
    const path = await editUpstream('hand.example.com', green.address);
    expect(await served('hand.example.com')).toBe('green');
    const look = await reconcile('--dry-run', '--exit-code');
    expect(look.status).toBe(8);
    for (const words of [path, blue.address, green.address]) expect(look.stdout).toContain(words);
    expect(await served('hand.example.com')).toBe('green');
    expect((await reconcile()).stdout).toContain('written again as the log has it');
    expect(await served('hand.example.com')).toBe('blue');
  });

  it('shows a route that was taken out and one that was put in as what they are, and puts both right', async () => {
    const apart = ['--domain', 'apart.example.com', '--upstream', blue.address, '--middleware', 'compression'];
    expect((await stack.run('create', 'route', ...apart)).status).toBe(0);
    const pointer = await changeRoutes((routes) => {
      const at = routes.findIndex((route) => route.match?.[0]?.host?.[0] === 'apart.example.com');
      const [taken] = routes.splice(at, 1, { match: [{ host: ['mine.example.com'] }], handle: [] });
      expect(taken).toBeDefined();
      return `/routes/${at}`;
    });
    const look = await reconcile('--dry-run');
    expect(look.stdout).toContain(`caddy: route for apart.example.com: missing, ${pointer}`);
    expect(look.stdout).toContain(`caddy: route for mine.example.com: foreign, ${pointer}`);
    expect(look.stdout).toMatch(/missing[^]*changed in the log .* by tester/);
    expect(look.stdout.match(/^caddy: /gm)).toHaveLength(2);
    await changeRoutes((routes) => String(routes.reverse().length));
    expect((await reconcile('--dry-run')).stdout).toContain('caddy: server: in another order, /routes');
    expect((await reconcile()).stdout).toContain('written again as the log has it');
    expect(await served('apart.example.com')).toBe('blue');
    expect((await reconcile()).stdout.trim()).not.toContain('caddy');
  });

  it('takes a hand edit into the log when told to', async () => {
    await editUpstream('hand.example.com', green.address);
    const put = { match: [{ host: ['mine.example.com'] }], handle: [] };
    await changeRoutes((routes) => String(routes.push(put)));
    const look = await reconcile('--adopt', '--dry-run');
    expect(look.stdout).toMatch(/would be adopted:\n {2}change Route hand\.example\.com\n/);
    expect(look.stdout).toMatch(/route for mine\.example\.com: foreign[^]*not adopted: .* it is removed/);
    const adopted = await reconcile('--adopt', '--reason', 'kept');
    expect(adopted.stdout).toContain('adopted: Route hand.example.com');
    expect((await stack.run('history', '--limit', '1', '-o', 'json')).stdout).toContain('"reconcile: kept"');
    expect(await served('hand.example.com')).toBe('green');
    expect((await reconcile('--dry-run')).stdout).toContain('no drift');
  });

  it('applies a commit once: what was changed since is shown as ahead of Git, and stays', async () => {
    await stack.run('update', 'route', '--domain', 'a.example.com', '--upstream', green.address);
    const look = await reconcile('--dry-run');
    expect(look.stdout).toMatch(/ahead of Git since .* by tester: Route\/a\.example\.com/);
    await reconcile();
    expect(await served('a.example.com')).toBe('green');
    const older = git('rev-parse', 'HEAD~1').trim();
    write('e.yaml', manifest('e.example.com', blue.address));
    commit();
    expect((await reconcile()).stdout).toContain('applied at');
    expect(await served('e.example.com')).toBe('blue');
    expect(await served('a.example.com')).toBe('green');
    expect((await reconcile('--from-commit', 'abcdef1')).status).toBe(3);
    const back = await reconcile('--from-commit', older);
    expect(back.status, back.stderr + back.stdout).toBe(0);
    // Going back by hand is not undone by the next one.
    expect((await reconcile()).stdout).not.toContain('applied at');
  });

  it('holds what Git and the log both changed, applies the rest, and says so everywhere until a person decides', async () => {
    const hotfix = ['--domain', 'a.example.com', '--upstream', green.address, '--reason', 'hotfix 3am'];
    await apply('--overwrite');
    expect((await stack.run('update', 'route', ...hotfix)).status).toBe(0);
    write('a.yaml', manifest('a.example.com', amber.address));
    write('e.yaml', manifest('e.example.com', green.address));
    commit();
    const words = /Route\/a\.example\.com upstream stays .* by tester in commit \d+: hotfix 3am/;
    const look = await reconcile('--dry-run');
    expect([look.status, look.stdout]).toEqual([9, expect.stringMatching(words)]);
    const held = await reconcile();
    expect([held.status, held.stdout]).toEqual([9, expect.stringMatching(words)]);
    expect([await served('a.example.com'), await served('e.example.com')]).toEqual(['green', 'green']);
    expect((await reconcile()).status).toBe(9);
    expect((await stack.run('list', 'sources')).stdout).toContain('held: Route/a.example.com upstream');
    const shown = await apply('--dry-run');
    expect(shown.stdout).toMatch(/conflict: Route\/a\.example\.com upstream .* by tester in commit \d+: hotfix 3am/);
    const taken = await apply();
    expect([taken.status, taken.stdout]).toEqual([0, expect.stringContaining('conflict: Route/a.example.com')]);
    expect(await served('a.example.com')).toBe('amber');
    expect((await stack.run('history', '--limit', '1')).stdout).toMatch(/upstream .* is replaced by .*: hotfix 3am/);
    expect((await reconcile()).status).toBe(0);
    expect((await stack.run('list', 'sources')).stdout).not.toContain('held');
  });

  it('holds a commit that a safeguard refuses, and applies the next one', async () => {
    const before = await served('a.example.com');
    write('a.yaml', manifest('a.example.com', '127.0.0.1:1'));
    commit();
    const look = await reconcile('--dry-run');
    expect([look.status, look.stdout]).toEqual([9, expect.stringContaining('127.0.0.1:1')]);
    const held = await reconcile();
    expect([held.status, held.stdout]).toEqual([9, expect.stringMatching(/held: .*127\.0\.0\.1:1 /)]);
    const commits = await count();
    expect((await reconcile()).status).toBe(9);
    expect(await count()).toBe(commits);
    expect((await stack.run('list', 'sources')).stdout).toContain('held: 127.0.0.1:1');
    expect(await served('a.example.com')).toBe(before);
    write('a.yaml', manifest('a.example.com', green.address));
    commit();
    expect((await reconcile()).status).toBe(0);
    expect(await served('a.example.com')).toBe('green');
    expect((await stack.run('list', 'sources')).stdout).not.toContain('held');
  });

  it('holds a commit of a repository that was rewritten', async () => {
    const before = git('rev-parse', 'HEAD').trim();
    git('commit', '--quiet', '--amend', '-m', 'rewritten');
    git('reflog', 'expire', '--expire=now', '--all');
    git('gc', '--quiet', '--prune=now');
    const held = await reconcile();
    expect([held.status, held.stdout]).toEqual([9, expect.stringContaining('does not have')]);
    expect((await stack.run('list', 'sources')).stdout).toContain('held: the repository does not have');
    expect((await reconcile('--dry-run')).status).toBe(9);
    expect((await apply()).status).toBe(0);
    expect((await reconcile()).status).toBe(0);
    expect(git('rev-parse', 'HEAD').trim()).not.toBe(before);
  });

  it('applies a commit that names a secret as soon as that is there, and shows when it is gone', async () => {
    write('team.yaml', 'apiVersion: hecate.io/v1\nkind: Secret\nmetadata: {name: team}\nspec: {kind: basic-auth}\n');
    write('f.yaml', `${manifest('f.example.com', blue.address)}  middleware: [basic-auth:team]\n`);
    commit();
    const waiting = await reconcile();
    expect(waiting.stdout).toContain('team.yaml:1:1: HEC014 there is no secret team');
    expect(await served('f.example.com')).toBe(404);
    const accounts = join(folder, 'accounts.txt');
    writeFileSync(accounts, 'ada:hunter2\n');
    const secret = (verb: string, ...more: string[]) => stack.run(verb, 'secret', '--name', 'team', ...more);
    expect((await secret('create', '--from-file', accounts)).status).toBe(0);
    expect((await reconcile()).stdout).toContain('applied at');
    expect(await served('f.example.com')).toBe(401);
    expect((await secret('update', '--from-file', accounts)).status).toBe(0);
    expect((await reconcile('--dry-run')).stdout).toContain('no drift');
    await stack.run('update', 'route', '--domain', 'f.example.com', '--middleware', 'none', '--force');
    expect((await secret('delete')).status).toBe(0);
    const { stdout } = await reconcile('--component', 'secrets');
    expect(stdout).toMatch(/ahead of Git since .* by tester: Secret\/team/);
    expect(await served('f.example.com')).toBe('blue');
    for (const name of ['team.yaml', 'f.yaml']) remove(name);
    rmSync(accounts);
    commit();
    expect((await reconcile()).stdout).toContain('applied at');
  });

  it('runs once at a time, unless forced', async () => {
    const thaw = stack.freeze('worker');
    const both = [reconcile(), reconcile()];
    const refused = await Promise.race(both);
    thaw();
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('another reconcile is running since 20');
    const followed = await stack.run('follow', 'reconcile', '-o', 'json');
    expect([followed.status, followed.stderr]).toEqual([0, expect.stringContaining('reconcile all, by tester')]);
    expect(JSON.parse(followed.stdout)).toMatchObject({ done: [], failed: [] });
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([0, 4]);
  });

  it('is cancelled, and says that no worker answers', async () => {
    expect((await stack.run('follow', 'reconcile/nothing')).status).toBe(3);
    const thaw = stack.freeze('worker');
    const running = stack.begin('update', 'state', 'reconcile', '--reason', 'to be cancelled');
    await eventually(reconciling, ({ isRunning }) => isRunning);
    expect((await reconcile()).status).toBe(4);
    const cancelling = stack.run('cancel', 'reconcile');
    await eventually(reconciling, ({ isCancelled }) => isCancelled);
    await eventually(
      () => running.stderr(),
      (text) => text.includes('no worker has answered for 3 s'),
    );
    thaw();
    const cancelled = await cancelling;
    expect([cancelled.status, cancelled.stderr]).toEqual([0, expect.stringContaining('to be cancelled')]);
    expect((await running.finished).status).not.toBe(0);
    expect((await stack.run('cancel', 'reconcile')).status).toBe(4);
  });

  it('is done again and again by a schedule, which can be paused and deleted', async () => {
    const limits = ['--prune', '--prune-limit', '40'];
    const created = await stack.run(
      'create',
      'schedule',
      'reconcile',
      '--every',
      '10s',
      '--from-git',
      url(),
      ...limits,
    );
    expect(created.status, created.stderr).toBe(0);
    expect((await stack.run('create', 'schedule', 'reconcile', '--every', '10s')).status).toBe(4);
    await editUpstream('hand.example.com', blue.address);
    await eventually(
      () => served('hand.example.com'),
      (name) => name === 'green',
      40_000,
    );
    const paused = await stack.run('update', 'schedule', '--name', 'reconcile', '--pause', '--reason', 'freeze');
    expect(paused.status, paused.stderr).toBe(0);
    const drawn = (await stack.run('list', 'schedules')).stdout;
    expect(drawn).toContain('paused');
    expect(drawn).toContain('--prune --prune-limit 40');
    const listed = JSON.parse((await stack.run('list', 'schedules', '-o', 'json')).stdout) as unknown;
    expect(listed).toMatchObject([
      {
        kind: 'Schedule',
        metadata: { name: 'reconcile' },
        spec: { every: '10s', component: 'all', prune: true, pruneLimit: 40, yes: false },
        status: { state: 'paused', note: 'tester: freeze', lastRun: { outcome: 'ok', message: null } },
      },
    ]);
    // Somebody resumes it by hand, and starts a run of it.
    const other = (await temporalSchedules()).find(({ scheduleId }) => scheduleId.endsWith('/reconcile'));
    await onSchedule(other?.scheduleId ?? '', async (schedule) => {
      await schedule.unpause('by hand');
      await schedule.trigger();
    });
    // The worker repairs schedules by itself now and then, perhaps before the command looks; then somebody does it again.
    await eventually(
      async () => {
        await onSchedule(other?.scheduleId ?? '', (schedule) => schedule.unpause('by hand'));
        return (await stack.run('update', 'state', 'reconcile', '--component', 'schedules', '--dry-run')).stdout;
      },
      (text) => /schedule reconcile: .reconcile.note\n {2}log: {4}"tester: freeze"\n {2}there: {2}"by hand"/.test(text),
    );
    expect((await stack.run('update', 'state', 'reconcile', '--component', 'schedules')).status).toBe(0);
    expect(await temporalSchedules()).toMatchObject([{ state: { paused: true, note: 'tester: freeze' } }]);
    await eventually(
      async () => (await stack.run('history', '--all', '--operation', 'schedule.run', '-o', 'json')).stdout,
      (text) => text.includes('schedule reconcile is paused by tester: freeze'),
    );
    const deleted = await stack.run('delete', 'schedule', '--name', 'reconcile', '-o', 'json');
    expect(JSON.parse(deleted.stdout)).toMatchObject({
      result: 'completed',
      changes: [{ kind: 'Schedule', name: 'reconcile', after: null }],
    });
    expect((await stack.run('delete', 'schedule', '--name', 'reconcile')).status).toBe(3);
    const events = (await stack.run('history', '--operation', 'schedule.pause', '-o', 'json')).stdout;
    const changes = [{ kind: 'Schedule', name: 'reconcile', after: { paused: { by: 'tester', reason: 'freeze' } } }];
    expect(JSON.parse(events)).toMatchObject([{ actor: 'tester', reason: 'freeze', changes }]);
  });
});

/** Returns the schedules in Temporal; its list may be a little late. */
async function temporalSchedules(): Promise<ScheduleSummary[]> {
  return withClient(async ({ schedule }) => {
    const found: ScheduleSummary[] = [];
    for await (const one of schedule.list()) found.push(one);
    return found;
  });
}

/** Does something to a schedule behind Hecate's back. */
async function onSchedule(id: string, change: (schedule: ScheduleHandle) => Promise<void>): Promise<void> {
  await withClient(({ schedule }) => change(schedule.getHandle(id)));
}

async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stack.status.temporal.address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Returns Temporal's description of the reconcile; `isCancelled`: its cancellation was requested, perhaps without effect so far. */
async function reconciling(): Promise<{ isRunning: boolean; isCancelled: boolean }> {
  const connection = await Connection.connect({ address: stack.status.temporal.address });
  const { status, raw } = await new Client({ connection }).workflow.getHandle(stack.workflowId('reconcile')).describe();
  await connection.close();
  return {
    isRunning: status.name === 'RUNNING',
    isCancelled: raw.workflowExtendedInfo?.cancelRequested === true,
  };
}

/** Edits the address of a host's upstream in Caddy behind Hecate's back; answers the pointer. */
async function editUpstream(host: string, address: string): Promise<string> {
  const { caddy } = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as {
    caddy: { admin: string }[];
  };
  const socketPath = caddy[0]?.admin.replace('unix/', '') ?? '';
  const base = '/config/apps/http/servers/hecate';
  const server = JSON.parse(await call(socketPath, 'GET', base)) as unknown;
  const pointer = pointerTo(server, host, '');
  await call(socketPath, 'PATCH', base + pointer, JSON.stringify(address));
  return pointer;
}

interface HandRoute {
  readonly match?: { readonly host?: readonly string[] }[];
  readonly handle: unknown[];
}

/** Changes the routes of Hecate's server behind its back. */
async function changeRoutes(change: (routes: HandRoute[]) => string): Promise<string> {
  const { caddy } = JSON.parse(readFileSync(join(stack.home, 'connections.json'), 'utf8')) as {
    caddy: { admin: string }[];
  };
  const socketPath = caddy[0]?.admin.replace('unix/', '') ?? '';
  const path = '/config/apps/http/servers/hecate/routes';
  const routes = JSON.parse(await call(socketPath, 'GET', path)) as HandRoute[];
  const answer = change(routes);
  await call(socketPath, 'PATCH', path, JSON.stringify(routes));
  return answer;
}

/** JSON pointer of the one value to edit: the dial of a host's own proxy, or what a shared map says of it. */
function pointerTo(value: unknown, host: string, path: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const item = value as { match?: { host?: string[] }[]; handle?: { handler?: string }[]; input?: string };
  if (item.input === host) return `${path}/outputs/0`;
  const proxy = item.handle?.findIndex(({ handler }) => handler === 'reverse_proxy') ?? -1;
  if (item.match?.[0]?.host?.[0] === host && proxy >= 0) return `${path}/handle/${proxy}/upstreams/0/dial`;
  for (const [key, inner] of Object.entries(value)) {
    const found = pointerTo(inner, host, `${path}/${key}`);
    if (found !== '') return found;
  }
  return '';
}

function call(socketPath: string, method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ socketPath, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject).end(body);
  });
}
