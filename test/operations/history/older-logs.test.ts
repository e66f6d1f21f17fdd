import { describe, expect, it } from 'vitest';
import { history as historyRead } from '../../../src/client/reads/history/history.js';
import type { ReadContext } from '../../../src/client/reads/read.js';
import { rollbackState } from '../../../src/operations/history/rollback-state.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { CHANGE_VERSION, type Commit } from '../../../src/domain/log/commit.js';
import { find, type State } from '../../../src/domain/log/state.js';
import { upcastMessage } from '../../../src/domain/log/upcast.js';
import { resourceKey } from '../../../src/domain/resources/kinds.js';
import { createHistory, type History } from '../../builders/history.js';
import { olderLogs, storedCommits } from '../../builders/older-logs.js';

/** What older versions called fields that have other names today. */
const OLD_NAMES = /requiresMfa|failsOver|isAutomatic|forcesHttps|createsGroups|isPaused|errorRatePercent/;

const liftedCommits = (file: string) => storedCommits(file).map((commit) => upcastMessage(commit) as Commit);
const values = ({ resources }: State) => new Map([...resources].map(([key, { value }]) => [key, value]));

async function shown(history: History) {
  const withLog = ((use: (log: unknown) => unknown) => use(history.reader)) as ReadContext['withLog'];
  const answer = await historyRead.answer({ all: true }, { withLog, now: history.now() } as ReadContext);
  return { rows: historyRead.shape().parse(answer.data) as Commit[], text: answer.text() };
}

describe.each(olderLogs)('%s', (file) => {
  const commits = liftedCommits(file);
  const single = commits.filter(({ changes }) => changes.length === 1 && changes[0]?.before !== null);

  it.each(single.filter(({ operation }) => !operation.includes('canary')))(
    'is undone: $id',
    async ({ id, changes }) => {
      const history = createHistory(commits);
      const [change] = changes;
      expect(find(history.state(), change!.kind, change!.name)?.value ?? null).toEqual(change!.after);
      const { decision } = await history.run(undoOperation, { operation: id });
      expect(decision).toMatchObject({ kind: 'change', warnings: [] });
      expect(find(history.state(), change!.kind, change!.name)?.value).toEqual(change!.before);
      // And what is written has the version of today.
      const written = history.entries.at(-2)?.message as Commit;
      expect(written.changes).toMatchObject([
        { version: CHANGE_VERSION, before: change!.after, after: change!.before },
      ]);
    },
  );

  it('is rolled back to what it was before its last commit', async () => {
    const before = createHistory(commits.slice(0, -1)).state();
    const history = createHistory(commits);
    await history.run(rollbackState, { toCommit: commits.at(-2)!.id });
    expect(values(history.state())).toEqual(values(before));
  });

  it('has a history with every commit, in the names of today', async () => {
    const { rows, text } = await shown(createHistory(commits));
    expect(rows.map(({ id }) => id)).toEqual(commits.map(({ id }) => id).reverse());
    for (const { kind, name } of commits.flatMap(({ changes }) => changes)) expect(text).toContain(`${kind} ${name}`);
    expect(text).not.toMatch(OLD_NAMES);
    expect(JSON.stringify(rows)).not.toMatch(OLD_NAMES);
  });

  it('has the same resources as its commits say one by one', () => {
    const expected = new Map<string, unknown>();
    for (const { kind, name, after } of commits.flatMap(({ changes }) => changes)) {
      if (after === null) expected.delete(resourceKey(kind, name));
      else expected.set(resourceKey(kind, name), after);
    }
    expect(values(createHistory(commits).state())).toEqual(expected);
  });
});

it('shows an update of version 3 field by field, as it would be written today', async () => {
  const { text } = await shown(createHistory(liftedCommits('version-3.json')));
  expect(text).toContain('autoFailover: false → true');
  expect(text).toContain('tls.autoHTTPS: false → true');
});
