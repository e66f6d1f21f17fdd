import { expect, it } from 'vitest';
import { auditEntries, nothingText, type AuditEntry } from '../../../src/client/audit/entries.js';
import type { LogEntry, Outcome } from '../../../src/domain/log/commit.js';
import { changeOf } from '../../../src/domain/log/commit.js';
import { newOperatorKey } from '../../../src/adapters/keys/operator-key.js';

const { publicKey } = newOperatorKey('ada');
const proof = { key: publicKey, at: '2026-01-01T00:00:00.000Z', request: 'ab'.repeat(32), signature: 'S' };
const at = '2026-01-01T00:00:01.000Z';

function commit(id: string, more: object = {}): LogEntry['message'] {
  const facts = { actor: 'ada', reason: null, operation: 'route.create', workflowId: `w/${id}`, changes: [] };
  return { type: 'committed', id, at, previous: null, ...facts, ...more };
}

function ended(id: string, more: Partial<Outcome> = {}): Outcome {
  return { type: 'ended', id, at, result: 'completed', detail: null, behind: [], ...more };
}

async function entriesOf(messages: readonly LogEntry['message'][]): Promise<AuditEntry[]> {
  const entries = messages.map((message, index) => ({
    position: { sequence: index + 1, hash: `h${index + 1}` },
    message,
  }));
  const log = {
    entries: () =>
      (async function* () {
        yield* entries as LogEntry[];
      })(),
    outcome: async (id: string) => (messages.find((one) => one.type === 'ended' && one.id === id) as Outcome) ?? null,
  };
  const found: AuditEntry[] = [];
  for await (const { touched: _, ...entry } of auditEntries(log)) found.push(entry);
  return found;
}

it('has each operation once, in the order of the log, with its end', async () => {
  const found = await entriesOf([commit('1'), commit('2'), ended('2', { result: 'undone' }), ended('1'), commit('3')]);
  expect(found.map(({ id, sequence, result }) => ({ id, sequence, result }))).toEqual([
    { id: '1', sequence: 1, result: 'completed' },
    { id: '2', sequence: 2, result: 'undone' },
    { id: '3', sequence: 5, result: 'open' },
  ]);
});

it('has refused attempts, also those that nobody signed', async () => {
  const attempt = { operation: 'route.create', subject: 'a.example.com', reason: null, workflowId: 'w' };
  const [role, forged] = await entriesOf([
    ended('1', { result: 'refused', detail: 'the role', attempt: { ...attempt, actor: 'ada', proof } }),
    ended('2', { result: 'refused', detail: 'unsigned', attempt: { ...attempt, actor: 'unverified: eve' } }),
  ]);
  expect(role).toMatchObject({
    subject: 'a.example.com',
    result: 'refused',
    provenBy: 'operator-key',
    detail: 'the role',
  });
  expect(forged).toMatchObject({ actor: 'unverified: eve', provenBy: 'nothing', key: null });
});

it('tells what is proven from what is only said', async () => {
  const change = changeOf('Secret', 'team', null, null);
  const [signed, older, own] = await entriesOf([
    commit('1', { proof, from: { machine: 'laptop', user: 'anna' }, onBehalfOf: 'ci', changes: [change] }),
    commit('2'),
    commit('3', { actor: 'hecate' }),
  ]);
  expect(signed).toMatchObject({
    ...{ actor: 'ada', provenBy: 'operator-key', said: { onBehalfOf: 'ci', machine: 'laptop', user: 'anna' } },
    key: { publicKey, fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/) as never, signedAt: proof.at },
    ...{ changes: ['create Secret team'], changeCount: 1, hash: 'h1' },
  });
  expect(older).toMatchObject({ provenBy: 'not-recorded', key: null, said: { machine: null } });
  expect(own).toMatchObject({ provenBy: 'worker' });
});

it('does not wait for ever for an outcome that comes much later', async () => {
  const many = Array.from({ length: 2_500 }, (_, n) => commit(`m${n}`));
  const found = await entriesOf([commit('slow'), ...many, ended('slow')]);
  expect(found).toHaveLength(2_501);
  expect(found[0]).toMatchObject({ id: 'slow', result: 'completed' });
});

it('says that nothing matches, and which operator made nothing at all', () => {
  expect(nothingText(undefined, ['ada'])).toBe('no operation matches');
  expect(nothingText('ada', ['ada'])).toBe('no operation matches');
  expect(nothingText('nobody', ['ada'])).toBe('no operation matches: nobody made none');
  expect(nothingText('adda', ['ada'])).toBe('no operation matches: adda made none; did you mean ada?');
});
