import { expect, it } from 'vitest';
import { memoryFigures } from '../../../../src/adapters/memory/figures.js';
import { createMemoryObservations } from '../../../../src/adapters/memory/observations.js';
import { why } from '../../../../src/client/reads/diagnosis/why.js';
import type { ReadContext } from '../../../../src/client/reads/read.js';
import type { LogEntry } from '../../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../../src/domain/log/state.js';
import type { Slot } from '../../../../src/domain/traffic/figures.js';
import { failedProbation } from '../../../../src/domain/why/failed-probation.js';
import { entries, route, routeChange } from '../../../builders/log.js';
import { simulated, usual } from '../../../builders/simulated-traffic.js';

const NOW = '2026-01-01T14:00:05.000Z';
const START = Date.parse('2026-01-01T12:00:00.000Z');
const AT = 5_400;

function slotsOf(isWorse: boolean, seconds = 7_200, until = Infinity): Slot[] {
  const behaviour = (second: number) => ({ ...usual, errors: isWorse && second >= AT && second < until ? 0.4 : 0.001 });
  return simulated({ startMs: START, seconds, seed: 3 }, behaviour).map(({ startMs, figures }) => ({
    ...{ level: '10s', startMs, proxy: 'caddy', routes: figures === null ? {} : { 'app.example.com': figures } },
  }));
}

/** A log whose second commit moves a route at the time of the regression, and whose third one may move it back a minute later. */
function logOf(changed: string, isMovedBack = false): LogEntry[] {
  const [app, other] = [route('app.example.com'), route('other.example.com')];
  const before = changed === app.domain ? app : other;
  const moved = { ...before, upstream: 'localhost:1' };
  const all = entries({
    first: [routeChange(null, app), routeChange(null, other)],
    second: [routeChange(before, moved)],
    ...(isMovedBack ? { third: [routeChange(moved, before)] } : {}),
  });
  const at = (second: number) => new Date(START + second * 1_000).toISOString();
  const times = ['2026-01-01T10:00:00.000Z', at(AT - 2), at(AT + 60)];
  return all.map(({ position, message }, index) => ({
    ...{ position, message: { ...message, at: times[Math.floor(index / 2)] ?? '' } },
  })) as LogEntry[];
}

async function ask(slots: readonly Slot[], log: readonly LogEntry[], domain = 'app.example.com', since = '1h') {
  const state = fold(emptyState, log);
  const context = {
    now: NOW,
    withLog: (use: (reader: unknown) => unknown) =>
      use({ view: async () => ({ state }), entriesBackwards: () => (async function* () { yield* log.toReversed(); })() }), // prettier-ignore
    withFigures: (use: (reader: unknown) => unknown) => use(memoryFigures(slots)),
    withObservations: (use: (reader: unknown) => unknown) => use(createMemoryObservations()),
  } as unknown as ReadContext;
  const { data, text } = await why.answer({ domain, since }, context);
  why.shape().parse(data);
  return {
    data: data as { outcome: string; command: string | null; sentence: string; requests: number },
    text: text(),
  };
}

it('names the commit before a regression, and the command that undoes it', async () => {
  const { data, text } = await ask(slotsOf(true), logOf('app.example.com'));
  expect(data).toMatchObject({ outcome: 'cause', command: 'hecate update undo --operation 3' });
  expect(text).toMatch(/errors 0\.\d+% → (39|4\d)% \(worse, 99\.9% sure\)/);
  expect(text).toMatch(/commit 3 {2}route.create by ada: change Route app.example.com/);
});

it('offers no undo of what is taken back, by whatever operation, and says that it is over', async () => {
  const { data } = await ask(slotsOf(true, 7_200, AT + 60), logOf('app.example.com', true));
  expect(data).toMatchObject({ outcome: 'cause', command: 'hecate history --from 3 --to 3' });
  expect(data.sentence).toMatch(/taken back at 2026-01-01T13:31:00Z \(commit 5, route.create\)\. It is over since\./);
});

it('names a commit that its probation undid before the figures show it', async () => {
  const reason = failedProbation('update-1', 3, 'app.example.com: 90% errors since; 0% errors before');
  const log = logOf('app.example.com', true).map(({ position, message }) =>
    position.sequence === 5
      ? { position, message: { ...message, operation: 'state.undo', actor: 'hecate', reason } }
      : { position, message },
  ) as LogEntry[];
  const { data } = await ask(slotsOf(false), log);
  expect(data).toMatchObject({ outcome: 'cause', command: 'hecate history --from 3 --to 5' });
  expect(data.sentence).toContain('commit 3 (route.create by ada');
  expect(data.sentence).toContain('90% errors since');
  const byAda = log.map((entry) => ({ ...entry, message: { ...entry.message, actor: 'ada' } })) as LogEntry[];
  expect((await ask(slotsOf(false), byAda)).data.outcome).toBe('unchanged');
});

it('counts the requests of a period that is not over, however far back it looks', async () => {
  const { data } = await ask(slotsOf(true), logOf('app.example.com'), 'app.example.com', '8000h');
  expect(data).toMatchObject({ outcome: 'cause', command: 'hecate update undo --operation 3' });
  expect(data.requests).toBeGreaterThan(10_000);
});

it('says that nothing of ours changed when only other routes did', async () => {
  const { data } = await ask(slotsOf(true), logOf('other.example.com'));
  expect(data).toMatchObject({ outcome: 'not-ours', command: 'hecate read route health --domain app.example.com' });
});

it.each([
  ['no loss', slotsOf(false), 'unchanged', 'No change for the worse was found'],
  ['too few requests', slotsOf(false, 7_200).map((slot) => ({ ...slot, routes: {} })), 'too-few', 'Too few requests'],
  ['no figures', [], 'too-few', 'no figures'],
] as const)('%s', async (_what, slots, outcome, text) => {
  const { data } = await ask(slots, logOf('app.example.com'));
  expect(data.outcome).toBe(outcome);
  expect(data.sentence).toContain(text);
});

it('a domain that no route ever had is missing', async () => {
  await expect(ask(slotsOf(false), logOf('app.example.com'), 'none.example.com')).rejects.toMatchObject({
    kind: 'missing',
  });
});
