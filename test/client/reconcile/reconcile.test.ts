import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../src/client/reconcile/reconcile.js';

describe('a reconcile', () => {
  const of = (fromGit: string) => requestOf({ component: 'all', output: 'table', fromGit }, 'anna').fromGit;

  it.each(['.hecate/', '/srv/site'])('reads no folder, which the worker does not have: %s', (folder) => {
    expect(() => of(folder)).toThrow('the worker, which cannot read a folder');
  });

  it.each(['file:///srv/site#main', 'git@git.example.com:site.git'])('reads %s', (url) => {
    expect(of(url)).toBe(url);
  });
});
