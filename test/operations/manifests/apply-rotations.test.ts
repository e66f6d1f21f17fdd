import { describe, expect, it } from 'vitest';
import { manifestTexts, readFiles } from '../../../src/adapters/manifests/index.js';
import { describedBy } from '../../../src/domain/manifests/exported.js';
import type { Desired } from '../../../src/domain/manifests/desired.js';
import { withRotationPlans } from '../../../src/domain/manifests/rotation-plans.js';
import { find } from '../../../src/domain/log/state.js';
import { applyManifests } from '../../../src/operations/manifests/apply-manifests.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { pauseSchedule, updateSchedule } from '../../../src/operations/schedules/update-schedule.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { createHistory, type History } from '../../builders/history.js';
import { rotating } from '../../builders/schedule.js';

const folder = { name: 'site', repository: 'https://git.example.com/site.git', ref: 'main' };

const secretManifest = (rotation: string) =>
  `apiVersion: hecate.io/v1\nkind: Secret\nmetadata:\n  name: team\nspec:\n  kind: basic-auth\n${rotation}`;
const rotation = (fields: string) => `  rotation: {${fields}}\n`;

function read(text: string) {
  return readFiles([{ path: 'team.yaml', text }], () => ['team']);
}

let commits = 0;

async function apply(history: History, text: string, input: object = {}) {
  const { resources, problems } = read(text);
  const sha = String(++commits).padStart(40, '0');
  const desired: Desired = {
    ...{ source: { ...folder, sha, head: sha, digest: sha }, resources },
    problems: problems.map(({ message }) => message),
  };
  return history.run(applyManifests, { fromGit: folder.repository, ...input }, desired);
}

async function withTeam() {
  const history = createHistory();
  await history.run(createSecret, { name: 'team', fromFile: 'a'.repeat(24) });
  return history;
}

const scheduleIn = (history: History) => find(history.state(), 'Schedule', 'rotate-team')?.value;

describe('a manifest of a secret with its rotation', () => {
  it('makes the schedule of the secret, with the usual options where it names none', async () => {
    const history = await withTeam();
    await apply(history, secretManifest(rotation('every: 30d')));
    expect(scheduleIn(history)).toEqual({
      ...{ name: 'rotate-team', every: '30d', at: null, timezone: null, jitter: null },
      ...{ action: rotating('team'), paused: null, source: 'site' },
    });
  });

  it('has a local time, a jitter, and the options of rotations', async () => {
    const history = await withTeam();
    const fields =
      'every: 2w, at: "03:00", timezone: Europe/Berlin, jitter: 10m, strategy: immediate, grace: 0s, keepVersions: 3';
    await apply(history, secretManifest(rotation(fields)));
    expect(scheduleIn(history)).toMatchObject({
      ...{ every: '14d', at: '03:00', timezone: 'Europe/Berlin', jitter: '10m' },
      action: rotating('team', { strategy: 'immediate', grace: '0s', keepVersions: 3 }),
    });
  });

  it('is merged field by field: what a person changed later stays', async () => {
    const history = await withTeam();
    await apply(history, secretManifest(rotation('every: 30d, grace: 1h')));
    await history.run(updateSchedule, { name: 'rotate-team', grace: '2h' });
    await history.run(pauseSchedule, { name: 'rotate-team', pause: true });
    await apply(history, secretManifest(rotation('every: 7d, grace: 1h')));
    expect(scheduleIn(history)).toMatchObject({ every: '7d', action: { grace: '2h' }, paused: { by: 'ada' } });
  });

  it('takes the schedule away when it loses its rotation, also without pruning', async () => {
    const history = await withTeam();
    await apply(history, secretManifest(rotation('every: 30d')));
    await apply(history, secretManifest(''));
    expect(scheduleIn(history)).toBeUndefined();
    expect(find(history.state(), 'Secret', 'team')).toBeDefined();
  });

  it('is taken back by an undo and by a rollback, with nothing left', async () => {
    const history = createHistory();
    const created = await history.run(createSecret, { name: 'team', fromFile: 'a'.repeat(24) });
    await apply(history, secretManifest(rotation('every: 30d')));
    const { id } = await apply(history, secretManifest(rotation('every: 7d')));
    await history.run(undoOperation, { operation: id });
    expect(scheduleIn(history)).toMatchObject({ every: '30d' });
    await history.run(rollbackState, { toCommit: String(created.sequence) });
    expect(scheduleIn(history)).toBeUndefined();
  });

  it('is exported as a part of the secret, and applying that changes nothing', async () => {
    const history = await withTeam();
    await apply(history, secretManifest(rotation('every: 30d, at: "03:00"')));
    const text = manifestTexts(withRotationPlans(describedBy(history.state())));
    expect(text).toContain('rotation:\n    every: 30d\n    at: 03:00\n');
    const again = read(text);
    expect(again.problems).toEqual([]);
    expect(again.resources.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Secret/team', 'Schedule/rotate-team']);
  });

  it('is a schedule of its own in an export while it is paused', async () => {
    const history = await withTeam();
    await apply(history, secretManifest(rotation('every: 30d')));
    await history.run(pauseSchedule, { name: 'rotate-team', pause: true });
    const text = manifestTexts(withRotationPlans(describedBy(history.state())));
    expect(text).toContain('kind: Schedule');
    expect(text).not.toContain('rotation:');
  });
});

describe('a wrong rotation in a manifest', () => {
  it.each([
    ['strategy: immediate', 'spec.rotation.every is missing', '7:3'],
    ['every: monthly', 'like 30d', '7:21'],
    ['every: 36h, at: "03:00"', 'whole days', '7:30'],
    ['every: 30d, strategy: blue-green', 'dual-secret or immediate', '7:36'],
    ['every: 30d, grace: long', 'such as 1h', '7:33'],
    ['every: 30d, keep: 3', 'the fields here are every, at', '7:26'],
    ['every: 30d, value: hunter2', 'a manifest never holds a secret’s value', '7:26'],
    ['every: 30d, timezone: Europe/Berlin', 'needs a time of day', '7:36'],
  ])('{%s} is refused at its place', (fields, message, place) => {
    const { problems } = read(secretManifest(rotation(fields)));
    expect(problems.map((one) => one.message).join()).toContain(message);
    expect(problems.map(({ at }) => `${at.line}:${at.column}`)).toEqual([place]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('is a schedule that is described twice', () => {
    const schedule =
      'apiVersion: hecate.io/v1\nkind: Schedule\nmetadata: {name: rotate-team}\nspec: {every: 1d, action: rotate, secret: team}\n';
    const { problems } = read(`${secretManifest(rotation('every: 30d'))}---\n${schedule}`);
    expect(problems).toMatchObject([{ code: 'HEC010', message: expect.stringContaining('rotate-team') as string }]);
  });
});
