import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { manifestTexts } from '../../../../src/adapters/manifests/index.js';
import { targetFromStateFile } from '../../../../src/client/backup/restore/state-file.js';
import { isStateFile, stateFileText, stateHeader } from '../../../../src/domain/backup/state-file.js';
import { changeOf } from '../../../../src/domain/log/commit.js';
import { find, type State } from '../../../../src/domain/log/state.js';
import { exportedManifests } from '../../../../src/domain/manifests/exported.js';
import { manifestKinds } from '../../../../src/domain/manifests/manifest.js';
import { createAuthPolicy } from '../../../../src/operations/auth-policies/create-auth-policy.js';
import { createRoute } from '../../../../src/operations/routes/create-route.js';
import { createSecret } from '../../../../src/operations/secrets/create-secret.js';
import { createHistory } from '../../../builders/history.js';
import { rotating } from '../../../builders/schedule.js';

const NOW = '2026-11-29T03:15:00.000Z';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function someState(): Promise<State> {
  const history = createHistory();
  await history.run(createSecret, { name: 'team', fromFile: 'a'.repeat(24) });
  await history.run(createAuthPolicy, { name: 'staff' });
  await history.run(createRoute, { domain: 'app.example.com', upstream: 'one:1', authPolicy: 'staff' });
  const schedule = { name: 'rotate-team', every: '30d', at: null, timezone: null, jitter: null, paused: null };
  const value = { ...schedule, source: null, action: rotating('team') } as never;
  history.commit('scheduled', [changeOf('Schedule', 'rotate-team', null, value)]);
  return history.state();
}

function fileOf(state: State): string {
  const header = stateHeader({ environment: { name: 'main', logId: 'log-1' }, sequence: 7, at: NOW });
  return stateFileText(header, manifestTexts(exportedManifests(state)), sha256);
}

function target(text: string, state: State) {
  return targetFromStateFile(Buffer.from(text), '/backup/main.yaml', { state, now: NOW });
}

describe('a state file', () => {
  it('gives back what it was written from', async () => {
    const state = await someState();
    const restored = target(fileOf(state), state);
    expect(restored).toMatchObject({
      origin: { name: 'main.yaml', logId: 'log-1', environment: 'main', sequence: 7, at: NOW },
      kinds: manifestKinds,
      isDescribed: true,
    });
    for (const kind of ['Route', 'AuthPolicy', 'Schedule'] as const) {
      const [found] = restored.resources.filter((one) => one.kind === kind);
      const { source: _source, ...value } = find(state, kind, found?.name ?? '')?.value ?? { source: null };
      expect(found?.value).toMatchObject(value);
    }
    expect(restored.resources.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
      'AuthPolicy/staff',
      'Route/app.example.com',
      'Schedule/rotate-team',
      'Secret/team',
    ]);
  });

  it('has one changed byte in each place detected', async () => {
    const state = await someState();
    const whole = Buffer.from(fileOf(state));
    expect(isStateFile(whole.toString(), sha256)).toBe(true);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => target(damaged.toString('latin1'), state), `byte ${at}`).toThrow();
      expect(isStateFile(damaged.toString(), sha256)).toBe(false);
    }
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => target(whole.subarray(0, length).toString(), state), `${length} bytes`).toThrow();
    }
  });

  it('of a newer version names the way out', async () => {
    const state = await someState();
    const newer = fileOf(state).replace('"version":1', '"version":2');
    expect(() => target(newer, state)).toThrow(/it has version 2 of the format/);
  });

  it('without its first line has all resources of the kinds in it', async () => {
    const state = await someState();
    const plain = fileOf(state).replace(/^.*\n/, '');
    expect(target(plain, state)).toMatchObject({
      origin: { logId: null, environment: null, sequence: null, at: NOW },
    });
    // The schedule is a part of the secret's manifest, so the file says nothing about other schedules.
    expect([...target(plain, state).kinds].sort()).toEqual(['AuthPolicy', 'Route', 'Secret']);
  });

  it('names the position of each problem', async () => {
    const state = await someState();
    const plain = 'apiVersion: hecate.io/v1\nkind: Route\nmetadata:\n  name: x\nspec:\n  domian: x.example.com\n';
    expect(() => target(plain, state)).toThrow(/\/backup\/main\.yaml:6:3: HEC007/);
    expect(() => target('', state)).toThrow(/contains no manifests/);
  });
});
