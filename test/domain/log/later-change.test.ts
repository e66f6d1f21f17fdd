import { describe, expect, it } from 'vitest';
import { aheadText, boundedReport, heldText, shortened, supersededText } from '../../../src/domain/log/later-change.js';

const author = { sequence: 3, at: '2026-01-01T03:00:00.000Z', actor: 'bob', reason: 'hotfix 3am' };
const change = { resource: 'Route/c.example.com', field: 'upstream', log: 'b:1', git: 'c:1', author };
const gone = { ...change, field: '', log: null, git: 'route' };
const when = () => 'today';

describe('a later change', () => {
  it('is named with its author, time and reason', () => {
    expect(aheadText(change, when)).toBe(
      'ahead of Git since today by bob: hotfix 3am: Route/c.example.com upstream: Git "c:1", log "b:1"',
    );
    expect(supersededText(change, when)).toBe(
      'Route/c.example.com upstream "b:1" is replaced by Git’s "c:1"; it was set today by bob in commit 3: hotfix 3am',
    );
    expect(heldText(change)).toBe(
      'Route/c.example.com upstream stays "b:1" although Git changed it to "c:1"; it was set at 2026-01-01T03:00:00.000Z by bob in commit 3: hotfix 3am',
    );
  });

  it('is named when a side is absent', () => {
    expect(supersededText(gone, when)).toContain('Route/c.example.com is created again as Git has it; it was deleted');
    expect(heldText(gone, when)).toContain('Route/c.example.com stays deleted although Git changed it');
    expect(supersededText({ ...change, git: null }, when)).toContain('upstream "b:1" is removed as in Git');
    expect(heldText({ ...change, git: null }, when)).toContain('stays "b:1" although Git removed it');
    expect(supersededText({ ...change, log: null }, when)).toContain('is "c:1" again as in Git; it was removed');
    expect(heldText({ ...change, log: null }, when)).toContain('stays removed although Git changed it to "c:1"');
    expect(aheadText({ ...gone, author: null }, when)).toBe('ahead of Git: Route/c.example.com is deleted');
  });

  it('has a short value, and reports have a bounded number of them', () => {
    expect(shortened('x'.repeat(1000))).toHaveLength(121);
    const many = Array.from({ length: 2000 }, (_, at) => ({ ...change, resource: `Route/${at}` }));
    const { superseded } = boundedReport({ superseded: many, ahead: [], held: [] });
    expect(superseded).toHaveLength(601);
    expect(superseded.at(-1)).toMatchObject({ resource: '1400 more resources' });
  });
});
