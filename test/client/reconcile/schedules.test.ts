import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../src/client/reconcile/reconcile.js';
import { createSchedule } from '../../../src/client/reconcile/schedules.js';

describe('a schedule', () => {
  it.each(['', 'x/../y z', 'A', 'a'.repeat(64)])('has a name that is one: %j', async (name) => {
    const options = { component: 'all', output: 'table', every: '5m', name } as const;
    await expect(createSchedule(options)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('1 to 63') as string,
    });
  });
});

describe('a reconcile', () => {
  const of = (fromGit: string) => requestOf({ component: 'all', output: 'table', fromGit }, 'anna').fromGit;

  it.each(['.hecate/', '/srv/site'])('reads no folder, which the worker does not have: %s', (folder) => {
    expect(() => of(folder)).toThrow('the worker, which cannot read a folder');
  });

  it.each(['file:///srv/site#main', 'git@git.example.com:site.git'])('reads %s', (url) => {
    expect(of(url)).toBe(url);
  });
});
