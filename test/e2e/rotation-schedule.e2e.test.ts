import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

let stack: TestStack;

beforeAll(() => {
  stack = startStack();
  writeFileSync(join(stack.home, 'team.txt'), 'ada:correct-horse-battery\n');
  const made = stack.hecate('create', 'secret', '--name', 'team', '--from-file', join(stack.home, 'team.txt'));
  expect(made.status, made.stderr).toBe(0);
});
afterAll(() => stack.stop());

interface Shown {
  readonly status: { readonly version: number; readonly schedule: string | null; readonly lastRun?: unknown };
}
const json = (...args: string[]) => JSON.parse(stack.hecate(...args, '-o', 'json').stdout) as Shown;

describe('a schedule of rotations', () => {
  it(
    'rotates its secret by itself, for the one who made it, and says how the last run ended',
    { timeout: 90_000 },
    async () => {
      const rotate = ['create', 'schedule', 'rotate', '--name', 'team', '--every', '10s', '--grace', '0s'];
      const made = stack.hecate(...rotate);
      expect(made.status, made.stderr).toBe(0);
      const version = () => json('read', 'secret', '--name', 'team').status.version;
      await expect.poll(version, { timeout: 60_000, interval: 1_000 }).toBeGreaterThan(1);
      const lastRun = () => json('read', 'schedule', '--name', 'rotate-team').status.lastRun;
      await expect.poll(lastRun, { timeout: 30_000, interval: 1_000 }).toMatchObject({
        ...{ outcome: 'ok', message: 'rotated team' },
      });
      const paused = stack.hecate('update', 'schedule', '--name', 'rotate-team', '--pause', '--reason', 'freeze');
      expect(paused.status, paused.stderr).toBe(0);
      expect(stack.hecate('history', '--all').stdout).toContain('schedule rotate-team');
      expect(json('read', 'secret', '--name', 'team').status).toMatchObject({
        ...{ schedule: 'rotate-team', isPaused: true, next: null },
      });
    },
  );

  it('names the nearest secret, and is refused where it contradicts itself', () => {
    const create = (...args: string[]) => stack.hecate('create', 'schedule', 'rotate', ...args);
    const unknown = create('--name', 'teem', '--every', '30d');
    expect([unknown.status, unknown.stderr]).toEqual([3, expect.stringContaining('Did you mean team?')]);
    expect(create('--name', 'team').status).toBe(4);
    expect(create('--every', '30d').status).toBe(2);
    expect(create('--all', '--every', '36h', '--at', '03:00').status).toBe(2);
    expect(create('--all', '--at', '03:00', '--timezone', 'Europe/Berln').stderr).toContain(
      'did you mean Europe/Berlin',
    );
  });

  it('comes from the manifest of its secret, also of one of Hecate’s own credentials', () => {
    const folder = join(stack.home, 'site');
    stack.hecate('export', '--to', folder);
    const manifest = (rotation: string) =>
      `apiVersion: hecate.io/v1\nkind: Secret\nmetadata: {name: authentik-api-token}\nspec: {kind: authentik-token${rotation}}\n`;
    const file = join(folder, 'token.yaml');
    writeFileSync(file, manifest(', rotation: {every: 30d, at: "03:00", timezone: Europe/Berlin}'));
    const applied = stack.hecate('update', 'apply', '--from-git', folder);
    expect(applied.status, applied.stderr).toBe(0);
    expect(json('read', 'secret', '--name', 'authentik-api-token').status.schedule).toBe('rotate-authentik-api-token');
    writeFileSync(file, manifest(''));
    const dropped = stack.hecate('update', 'apply', '--from-git', folder);
    expect(dropped.status, dropped.stderr).toBe(0);
    expect(json('read', 'secret', '--name', 'authentik-api-token').status.schedule).toBeNull();
  });
});
