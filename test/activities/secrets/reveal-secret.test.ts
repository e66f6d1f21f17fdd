import { beforeEach, describe, expect, it } from 'vitest';
import { revealSecret } from '../../../src/activities/secrets/reveal-secret.js';
import { encryptFor, newRecipient, type Recipient } from '../../../src/adapters/keys/sealed-box.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import { changeOf, type Outcome } from '../../../src/domain/log/commit.js';
import { newSecret, plainPathOf, vaultPathOf, type Secret } from '../../../src/domain/resources/secret.js';
import type { SecretKindName } from '../../../src/domain/secrets/kinds.js';
import type { EventLog } from '../../../src/ports/event-log.js';
import { Failure } from '../../../src/ports/failure.js';
import { revealedAbout, type RevealQuestion } from '../../../src/workflows/contracts/reveal.js';
import { createHistory } from '../../builders/history.js';

const HASH = `$2b$12$${'a'.repeat(53)}`;
const caller = { workflowId: 'hecate-1/reveal/team/x', runId: 'run', isStandalone: true, activity: 'revealSecret' };

let secrets: MemorySecrets;
let recorded: Omit<Outcome, 'type'>[];
let recipient: Recipient;
let record: EventLog['record'];

beforeEach(() => {
  secrets = createMemorySecrets();
  recorded = [];
  recipient = newRecipient();
  record = async (outcome) => void recorded.push(outcome);
});

function secretOf(kind: SecretKindName, name = 'team'): Secret {
  return newSecret({ name, kind, version: 3, edition: 'e'.repeat(24) });
}

function reveal(secret: Secret, more: Partial<RevealQuestion> = {}) {
  const history = createHistory();
  history.commit('made', [changeOf('Secret', secret.name, null, secret)]);
  const question: RevealQuestion = {
    ...{ operation: 'secret.reveal', subject: secret.name, actor: 'ada', reason: 'handover' },
    ...{ publicKey: recipient.publicKey, ...more },
  };
  const log = { ...history.reader, record } as EventLog;
  const deps = { log, secrets, encryptFor, newId: () => 'n1', now: () => history.now() };
  return revealSecret(deps, { actor: 'ada', caller, proof: null }, question);
}

async function valuesOf(secret: Secret) {
  const revealed = await reveal(secret);
  return JSON.parse(recipient.open(revealed.ciphertext, revealedAbout(revealed))) as unknown;
}

describe('the value of a secret', () => {
  it('is shown to the key that asks, and the history has who asked, why and for which version', async () => {
    const secret = secretOf('generic');
    await secrets.keep(vaultPathOf(secret), { value: 'hunter2-marker' });
    const revealed = await reveal(secret);
    expect(JSON.parse(recipient.open(revealed.ciphertext, revealedAbout(revealed)))).toEqual({
      value: 'hunter2-marker',
    });
    expect(recorded).toMatchObject([
      {
        ...{ id: 'reveal-n1', result: 'completed', detail: 'version 3 was shown' },
        attempt: { operation: 'secret.reveal', subject: 'team', actor: 'ada', reason: 'handover' },
      },
    ]);
    expect(JSON.stringify({ revealed, recorded })).not.toContain('hunter2-marker');
  });

  it('comes from the texts for people where the value has hashes', async () => {
    const secret = secretOf('basic-auth');
    await secrets.keep(vaultPathOf(secret), { ada: HASH, bob: HASH });
    await secrets.keep(plainPathOf(secret, secret.edition), { ada: 'hunter2' });
    expect(await valuesOf(secret)).toEqual({ ada: 'hunter2' });
    expect(await reveal(secret)).toMatchObject({ hashedOnly: ['bob'] });
  });

  it('is not shown when Vault has only hashes, with the way out', async () => {
    const secret = secretOf('basic-auth');
    await secrets.keep(vaultPathOf(secret), { ada: HASH });
    await expect(reveal(secret)).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('only hashes of secret team, version 3') as string,
      details: { hint: expect.stringContaining('hecate update secret rotate --name team') as string },
    });
    expect(recorded).toEqual([]);
  });

  it.each<SecretKindName>(['tls-certificate', 'vault-approle', 'nats-credentials', 'authentik-token', 'operator-key'])(
    'of the kind %s is never shown',
    async (kind) => {
      const secret = secretOf(kind);
      await secrets.keep(vaultPathOf(secret), { value: 'x' });
      await expect(reveal(secret)).rejects.toMatchObject({ kind: 'invalid' });
      expect(recorded).toEqual([]);
    },
  );

  it('is not shown when the history cannot be written', async () => {
    const secret = secretOf('generic');
    await secrets.keep(vaultPathOf(secret), { value: 'x' });
    record = async () => {
      throw new Failure('unavailable', 'nats is down');
    };
    await expect(reveal(secret)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('of an unknown name is missing, with the nearest one', async () => {
    await expect(reveal(secretOf('generic'), { subject: 'teem' })).rejects.toMatchObject({
      kind: 'missing',
      details: { hint: 'Did you mean team?' },
    });
  });

  it('that Vault does not have is missing', async () => {
    await expect(reveal(secretOf('generic'))).rejects.toMatchObject({ kind: 'missing' });
  });

  it.each(['', 'abc', null])('is refused for the public key %j', async (publicKey) => {
    await expect(reveal(secretOf('generic'), { publicKey: publicKey as string })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});
