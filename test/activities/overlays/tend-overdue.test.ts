import { expect, it } from 'vitest';
import { tendOverdue } from '../../../src/activities/overlays/tend-overdue.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { emptyState, fold } from '../../../src/domain/log/state.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { entries } from '../../builders/log.js';

const until = (domain: string, time: string) =>
  changeOf('Bypass', domain, null, { domain, since: '2026-01-01T10:00:00.000Z', until: time, reason: null });

it('has a workflow end each bypass whose time is over, and leaves the others to theirs', async () => {
  const changes = [
    until('over.example.com', '2026-01-01T11:00:00.000Z'),
    until('just.example.com', '2026-01-01T11:59:58.000Z'),
    until('open.example.com', '2026-01-01T13:00:00.000Z'),
  ];
  const state = fold(emptyState, entries({ a: changes }));
  const ensured: string[] = [];
  await tendOverdue({
    log: { view: async () => ({ logId: 'log-1', state }) } as unknown as EventLog,
    now: () => '2026-01-01T12:00:00.000Z',
    bypassEndings: { ensure: async (domain) => void ensured.push(domain) },
  });
  expect(ensured).toEqual(['over.example.com']);
});
