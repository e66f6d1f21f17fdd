import { expect, it } from 'vitest';
import { createStartNotice } from '../../../src/activities/notice/notice-starts.js';
import { createMemoryObservations } from '../../../src/adapters/memory/observations.js';

const T0 = Date.parse('2026-03-01T12:00:00.000Z');
const starts = async (observations: ReturnType<typeof createMemoryObservations>) =>
  (await observations.between(0, Infinity)).map(({ subject, at }) => `${subject} ${(Date.parse(at) - T0) / 1_000}`);

it('each start is recorded once, also by another worker', async () => {
  const observations = createMemoryObservations();
  const notice = createStartNotice(observations);
  await notice([{ name: 'caddy', startedMs: T0 }]);
  await notice([{ name: 'caddy', startedMs: T0 + 8 }]);
  await createStartNotice(observations)([{ name: 'caddy', startedMs: T0 - 5 }]);
  await notice([
    { name: 'caddy', startedMs: T0 + 60_000 },
    { name: 'nats', startedMs: T0 + 1_000 },
  ]);
  expect(await starts(observations)).toEqual(['caddy 0', 'nats 1', 'caddy 60']);
});

it('a start that could not be kept is recorded by the next look', async () => {
  const observations = createMemoryObservations();
  let isDown = true;
  const notice = createStartNotice({
    ...observations,
    async record(one) {
      if (isDown) throw new Error('nats is down');
      await observations.record(one);
    },
  });
  await expect(notice([{ name: 'caddy', startedMs: T0 }])).rejects.toThrow('nats is down');
  isDown = false;
  await notice([{ name: 'caddy', startedMs: T0 }]);
  expect(await starts(observations)).toEqual(['caddy 0']);
});
