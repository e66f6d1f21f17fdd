import { describe, expect, it } from 'vitest';
import { exportIdentity } from '../../../src/activities/secrets/export-identity.js';
import { encryptFor, newRecipient } from '../../../src/adapters/keys/sealed-box.js';
import type { Outcome } from '../../../src/domain/log/commit.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { revealedAbout } from '../../../src/workflows/contracts/reveal.js';
import { createHistory } from '../../builders/history.js';

const caller = {
  workflowId: 'hecate-1/reveal/backup-identity/x',
  runId: 'run',
  isStandalone: true,
  activity: 'revealSecret',
};

function exported(identities: readonly string[], record: EventLog['record']) {
  const recipient = newRecipient();
  const history = createHistory();
  const backupIdentity = {
    recipients: async () => ['age1marker'],
    identities: async () => identities,
    warning: async () => null,
  };
  const log = { ...history.reader, record } as EventLog;
  const deps = { log, backups: { identity: backupIdentity }, encryptFor, newId: () => 'n1', now: () => history.now() };
  const question = {
    ...({ operation: 'backup.identity', subject: 'anything', actor: 'ada', reason: 'move' } as const),
    publicKey: recipient.publicKey,
  } as const;
  const answer = exportIdentity(deps, { actor: 'ada', caller, proof: null }, question);
  return answer.then((found) => ({ found, text: recipient.open(found.ciphertext, revealedAbout(found)) }));
}

describe('the identity that opens the backups', () => {
  it('goes to the key that asks, and the history has who asked and why', async () => {
    const recorded: Omit<Outcome, 'type'>[] = [];
    const { found, text } = await exported(['KEY-1', 'KEY-2'], async (outcome) => void recorded.push(outcome));
    expect(JSON.parse(text)).toEqual({ value: 'KEY-1\nKEY-2' });
    expect(recorded).toMatchObject([
      {
        id: 'reveal-n1',
        attempt: { operation: 'backup.identity', subject: 'backup', actor: 'ada', reason: 'move' },
      },
    ]);
    expect(JSON.stringify({ found, recorded })).not.toContain('KEY-');
  });

  it('is not handed out when the history cannot be written', async () => {
    await expect(exported(['KEY-1'], () => Promise.reject(new Error('NATS is away')))).rejects.toThrow('NATS is away');
  });

  it('is missing where others have it, who are named', async () => {
    await expect(exported([], async () => undefined)).rejects.toMatchObject({
      kind: 'missing',
      details: { hint: expect.stringContaining('age1marker') as unknown },
    });
  });
});
