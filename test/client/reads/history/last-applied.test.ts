import { describe, expect, it } from 'vitest';
import { lastApplied } from '../../../../src/client/reads/history/last-applied.js';
import { changeOf, type Change, type LogEntry } from '../../../../src/domain/log/commit.js';
import { route, routeChange } from '../../../builders/log.js';

const name = 'https://git.example.com/site.git';
const source = { name, repository: name, ref: 'main', sha: 's', head: 's', digest: 'd' };
const remembered = changeOf('Source', name, null, source);
const made = routeChange(null, route('app.example.com', { source: name }));
const other = routeChange(null, route('blog.example.com', { source: 'file:///srv/site' }));

/** A log of what was applied, a commit a minute, each by somebody else. */
function log(...commits: readonly { changes?: Change[]; operation?: string; undoes?: string }[]): LogEntry[] {
  return commits.map(({ changes = [], operation = 'manifests.apply', undoes }, index) => ({
    position: { sequence: index + 1, hash: '' },
    message: {
      ...{ type: 'committed', id: `id-${index + 1}`, at: `minute ${index + 1}`, actor: `actor ${index + 1}` },
      ...{ reason: null, operation, workflowId: '', changes, previous: null, ...(undoes ? { undoes } : {}) },
    },
  }));
}

async function last(entries: LogEntry[], upTo = entries.length, asked = name) {
  const reader = {
    async *entriesBackwards() {
      yield* await Promise.resolve(entries.toReversed());
    },
  };
  return (await lastApplied(reader, { sources: [asked], upTo })).get(asked);
}

describe('what was applied last of a source', () => {
  it('is the last commit of an apply that concerns it', async () => {
    const entries = log({ changes: [made, remembered] }, { changes: [other] });
    expect(await last(entries)).toEqual({ at: 'minute 1', actor: 'actor 1' });
    expect(await last(entries, 2, 'file:///srv/site')).toEqual({ at: 'minute 2', actor: 'actor 2' });
    expect(await last(entries, 2, 'elsewhere')).toBeUndefined();
  });

  it('is also one that put the same commit of the repository back, or only pruned', async () => {
    expect(await last(log({ changes: [made, remembered] }, { changes: [made] }))).toMatchObject({ at: 'minute 2' });
    const gone = routeChange(route('app.example.com', { source: name }), null);
    expect(await last(log({ changes: [remembered] }, { changes: [gone] }))).toMatchObject({ at: 'minute 2' });
  });

  it('is nothing else that touches what came from there', async () => {
    const entries = log({ changes: [made, remembered] }, { changes: [made], operation: 'state.rollback' });
    expect(await last(entries)).toMatchObject({ at: 'minute 1' });
  });

  it('is nothing that the system took back, whenever that was', async () => {
    const entries = log({ changes: [remembered] }, { changes: [made] }, { changes: [made], undoes: 'id-2' });
    expect(await last(entries)).toMatchObject({ at: 'minute 1' });
    expect(await last(entries, 2)).toMatchObject({ at: 'minute 1' });
  });

  it('is what it was at a moment', async () => {
    expect(await last(log({ changes: [remembered] }, { changes: [made] }), 1)).toMatchObject({ at: 'minute 1' });
  });
});
