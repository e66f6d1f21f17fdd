import { expect, it } from 'vitest';
import { otherHistory } from '../../../../src/client/backup/restore/other-history.js';
import type { RestoreTarget } from '../../../../src/domain/backup/target.js';
import type { LogReader } from '../../../../src/ports/event-log.js';
import type { OpenedBackup } from '../../../../src/ports/backup/opened-backup.js';

const log = {
  view: async () => ({ logId: 'ours', state: { head: { sequence: 4, hash: 'hash-4' } } }),
  async *entries(from = 1) {
    for (let sequence = from; sequence <= 4; sequence++) yield { position: { sequence, hash: `hash-${sequence}` } };
  },
} as unknown as LogReader;
const target = { origin: { logId: 'ours' } } as unknown as RestoreTarget;
const backupUpTo = (sequence: number, hash: string) =>
  ({ state: { head: { sequence, hash } } }) as unknown as OpenedBackup;

it.each<[what: string, backup: OpenedBackup | null, said: RegExp | null]>([
  ['a backup of the past', backupUpTo(3, 'hash-3'), null],
  ['a backup without a log', null, null],
  ['a backup with another commit there', backupUpTo(3, 'forged'), /commit 3 of the log is not the one/],
  ['a backup that the log has not reached', backupUpTo(9, 'hash-9'), /ends before commit 9/],
])('%s is told from another history', async (_what, backup, said) => {
  const problem = await otherHistory(log, 'ours', target, backup);
  if (said === null) expect(problem).toBeNull();
  else expect(problem).toMatch(said);
});

it('names the log of another environment', async () => {
  expect(await otherHistory(log, 'theirs', target, null)).toContain('its log is ours');
});
