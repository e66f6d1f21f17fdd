import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { undoCommit, type Undoing } from '../../../src/activities/commit/undo-commit.js';
import { answerFromLog } from '../../../src/activities/history/answer-from-log.js';
import { createEventLog, createLogReader } from '../../../src/adapters/log/index.js';
import { logNames } from '../../../src/adapters/log/log-names.js';
import { CHANGE_VERSION, changeOf, inverse, type Change, type Commit } from '../../../src/domain/log/commit.js';
import { find, fold, emptyState, type State } from '../../../src/domain/log/state.js';
import { upcastMessage } from '../../../src/domain/log/upcast.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { context, quiet } from '../../builders/answers.js';
import { draft } from '../../builders/log.js';
import { olderLogs, storedCommits } from '../../builders/older-logs.js';
import { startNats, type NatsServer } from '../../contracts/nats-server.js';

const names = logNames();

let nats: NatsServer;
let log: Awaited<ReturnType<typeof createEventLog>>;

beforeEach(async () => {
  nats = await startNats();
});
afterEach(async () => {
  await log.close();
  nats.stop();
});

/** Writes the commits as the version of that file did, each with its outcome, and opens the log as a worker does. */
async function given(file: string): Promise<Commit[]> {
  const admin = await nats.admin();
  const stream = admin.jetstream();
  let previous: Commit['previous'] = null;
  for (const stored of storedCommits(file)) {
    const bytes: Buffer = Buffer.from(JSON.stringify({ ...stored, previous }));
    const { seq } = await stream.publish(names.commitSubject(stored.id), bytes);
    previous = { sequence: seq, hash: createHash('sha256').update(bytes).digest('hex') };
    const outcome = { type: 'ended', id: stored.id, at: stored.at, result: 'completed', detail: null, behind: [] };
    await stream.publish(names.outcomeSubject(stored.id), JSON.stringify(outcome));
  }
  await admin.close();
  log = await createEventLog({ url: nats.url, seedFile: null, onWarning: () => undefined });
  return storedCommits(file).map((stored) => upcastMessage(stored) as Commit);
}

const values = ({ resources }: State) => new Map([...resources].map(([key, { value }]) => [key, value]));

function foldOf(commits: readonly Commit[]): State {
  return fold(
    emptyState,
    commits.map((message, index) => ({ position: { sequence: index + 1, hash: 'x' }, message })),
  );
}

/** What a command sees that reads the log for the first time: its state, and its commits from the newest on. */
async function readAnew(): Promise<{ state: State; commits: Commit[] }> {
  const reader = await createLogReader({ url: nats.url, seedFile: null });
  try {
    const commits: Commit[] = [];
    for await (const { message } of reader.entriesBackwards()) if (message.type === 'committed') commits.push(message);
    return { state: (await reader.view()).state, commits };
  } finally {
    await reader.close();
  }
}

/** The newest commit as it is stored, before anything is lifted. */
async function storedLast(id: string): Promise<Commit> {
  const admin = await nats.admin();
  const manager = await admin.jetstreamManager();
  const message = await manager.streams.getMessage(names.stream, { last_by_subj: names.commitSubject(id) });
  await admin.close();
  return JSON.parse(Buffer.from(message.data).toString()) as Commit;
}

function changeIn(commits: readonly Commit[], id: string): Change {
  return commits.find((commit) => commit.id === id)!.changes[0]!;
}

describe.each(olderLogs)('a stream that a worker wrote as %s', (file) => {
  const version = /\d+/.exec(file)![0];

  it('has the resources and the history of today', async () => {
    const commits = await given(file);
    const { state, commits: backwards } = await readAnew();
    expect(values(state)).toEqual(values(foldOf(commits)));
    expect(values((await log.view()).state)).toEqual(values(state));
    expect(state.open.size).toBe(0);
    expect(backwards.map(({ id, changes }) => ({ id, changes }))).toEqual(
      commits.map(({ id, changes }) => ({ id, changes })).reverse(),
    );
  });

  it('goes on with commits of today, behind the old ones in one chain', async () => {
    const commits = await given(file);
    const { head } = (await log.view()).state;
    const change = changeIn(commits, `v${version}-update`);
    const update = changeOf('Route', change.name, change.after as never, change.before as never);
    expect(await log.append(draft('today', { changes: [update] }), head)).toMatchObject({ kind: 'appended' });
    const { state, commits: backwards } = await readAnew();
    expect(find(state, 'Route', change.name)?.value).toEqual(change.before);
    expect(backwards.map(({ id }) => id)).toEqual(['today', ...commits.map(({ id }) => id).reverse()]);
    expect(backwards[0]?.previous).toEqual(head);
  });

  it.each(['update', 'delete'])('gives back by undo what its %s replaced', async (verb) => {
    const commits = await given(file);
    const id = `v${version}-${verb}`;
    const { before, after, kind, name } = changeIn(commits, id);
    const undo = { operation: id, force: false };
    const answers = { ...quiet, ...(await answerFromLog(log, undoOperation.logQuestions!(undo, emptyState, null))) };
    const { state } = await log.view();
    const decision = undoOperation.decide(state, undo, answers, context);
    if (decision.kind === 'refuse') throw new Error(decision.refusal.message);
    expect(decision.changes).toEqual([changeOf(kind, name, after as never, before as never)]);
    await log.append(draft('undo', { changes: decision.changes }), state.head);
    expect(find((await readAnew()).state, kind, name)?.value).toEqual(before);
  });

  it('is undone by a saga of today, which stores the inverse in the form of today', async () => {
    const commits = await given(file);
    const id = `v${version}-update`;
    const converger: Undoing['converger'] = { convergeUndo: async () => ({ kind: 'undone', behind: [] }) };
    const now = () => '2026-12-01T00:00:00.000Z';
    expect(await undoCommit({ log, converger, now }, id, 'it failed')).toEqual({ kind: 'undone', behind: [] });
    const { changes } = commits.find((commit) => commit.id === id)!;
    const stored = await storedLast(`undo:${id}`);
    expect(stored).toMatchObject({ undoes: id, changes: inverse(changes) });
    expect(stored.changes.map((change) => change.version)).toEqual(changes.map(() => CHANGE_VERSION));
  });
});
