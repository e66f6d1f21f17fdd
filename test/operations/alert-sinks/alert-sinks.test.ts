import { describe, expect, it } from 'vitest';
import { find } from '../../../src/domain/log/state.js';
import { manifestOf, readManifest } from '../../../src/domain/manifests/manifest.js';
import { sinkTypes } from '../../../src/domain/resources/alert-sink.js';
import { createAlertSink } from '../../../src/operations/alert-sinks/create-alert-sink.js';
import { deleteAlertSink } from '../../../src/operations/alert-sinks/delete-alert-sink.js';
import { updateAlertSink } from '../../../src/operations/alert-sinks/update-alert-sink.js';
import { undoOperation } from '../../../src/operations/history/undo-operation.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import { deleteSecret } from '../../../src/operations/secrets/delete-secret.js';
import { createHistory } from '../../builders/history.js';

const secret = [createSecret, { name: 'key', kind: 'generic', fromFile: 'a'.repeat(24) }] as const;
const hooks = { name: 'hooks', type: 'webhook', url: 'https://hooks.example.com/x', secret: 'key' };

async function history() {
  const made = createHistory();
  await made.run(...secret);
  return made;
}

async function refusalOf(input: object) {
  const { decision } = await (await history()).run(createAlertSink, { name: 'one', ...input });
  return decision.kind === 'refuse' ? decision.refusal : null;
}

describe('an alert sink', () => {
  it('is created, changed, deleted, and comes back by an undo', async () => {
    const log = await history();
    await log.run(createAlertSink, hooks);
    await log.run(updateAlertSink, { name: 'hooks', allowPrivateAddresses: 'on', sendResolved: 'off' });
    const changed = find(log.state(), 'AlertSink', 'hooks')?.value;
    expect(changed).toMatchObject({ ...hooks, allowPrivateAddresses: true, sendResolved: false, to: [], user: null });
    const { id } = await log.run(deleteAlertSink, { name: 'hooks' });
    expect(find(log.state(), 'AlertSink', 'hooks')).toBeUndefined();
    await log.run(undoOperation, { operation: id });
    expect(find(log.state(), 'AlertSink', 'hooks')?.value).toEqual(changed);
  });

  it('is not created twice, and not changed or deleted where there is none', async () => {
    const log = await history();
    await log.run(createAlertSink, hooks);
    const codes = [
      await log.run(createAlertSink, hooks),
      await log.run(updateAlertSink, { name: 'hocks', url: 'none' }),
      await log.run(deleteAlertSink, { name: 'hocks' }),
    ].map(({ decision }) => (decision.kind === 'refuse' ? decision.refusal.code : null));
    expect(codes).toEqual(['alert-sink-exists', 'alert-sink-missing', 'alert-sink-missing']);
  });

  it('keeps its secret from being deleted, and names itself', async () => {
    const log = await history();
    await log.run(createAlertSink, hooks);
    const { decision } = await log.run(deleteSecret, { name: 'key' });
    expect(decision).toMatchObject({
      refusal: { code: 'secret-in-use', hint: expect.stringContaining('update alert-sink --name hooks') as unknown },
    });
  });

  it.each([
    [{ type: 'webhook', url: 'https://a.example.com' }, 'needs secret'],
    [{ type: 'webhook', secret: 'key' }, 'needs url'],
    [{ type: 'slack', secret: 'key', url: 'https://a.example.com' }, 'has no url'],
    [{ type: 'telegram', secret: 'key' }, 'needs chat'],
    [{ type: 'email', url: 'https://a.example.com', from: 'a@b.c', to: ['a@b.c'] }, 'smtps:// or smtp://'],
    [{ type: 'email', url: 'smtp://a.example.com', from: 'a@b.c', to: ['a@b.c'], secret: 'key' }, 'needs the user'],
    [{ type: 'email', url: 'smtp://a.example.com', from: 'a@b.c' }, 'needs to'],
    [{ type: 'ntfy', url: 'https://ntfy.sh' }, 'end with the topic'],
    [{ type: 'ntfy', url: 'https://ntfy.sh/x', user: 'me' }, 'the secret that holds the password'],
    [{ type: 'alertmanager', url: 'http://am.example.com' }, 'plain HTTP'],
    [{ ...hooks, secret: 'kee' }, 'there is no secret kee'],
  ])('is refused as %j', async (input, message) => {
    expect((await refusalOf(input))?.message).toContain(message);
  });

  it.each([
    ['https://me:pw@a.example.com', '--user and --secret'],
    ['https://a.example.com/?token=1', 'stored in the history'],
    ['https://169.254.169.254/latest', 'link-local'],
    ['https://[::ffff:169.254.169.254]/', 'link-local'],
    ['ftp://a.example.com', 'give a URL'],
    ['https://a.example.com/a b', 'give a URL'],
    [`https://a.example.com/${'a'.repeat(2_048)}`, 'longer than'],
  ])('has no URL %s', (url, message) => {
    const { error } = createAlertSink.input.safeParse({ ...hooks, url });
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
  });

  it.each(['a@b.c\nBcc: x@y.z', 'Ops <a@b.c>', 'a@b.c, x@y.z', 'a'])('has no recipient %j', (to) => {
    expect(createAlertSink.input.safeParse({ ...hooks, to: [to] }).success).toBe(false);
  });

  it('warns of a private address that is not allowed', async () => {
    const log = await history();
    const private_ = { name: 'am', type: 'alertmanager', url: 'https://10.0.0.5:9093' };
    expect((await log.run(createAlertSink, private_)).decision).toMatchObject({
      warnings: [expect.stringContaining('--allow-private-addresses')],
    });
    const allowed = { ...private_, name: 'am2', allowPrivateAddresses: true };
    expect((await log.run(createAlertSink, allowed)).decision).toMatchObject({ warnings: [] });
  });
});

describe('the manifest of an alert sink', () => {
  const document = (spec: object) => ({
    apiVersion: 'hecate.io/v1',
    kind: 'AlertSink',
    metadata: { name: 'one' },
    spec,
  });

  it('is read as it was written, for every type', () => {
    const specs = [
      { type: 'webhook', url: 'https://a.example.com/', secret: 'key' },
      { type: 'alertmanager', url: 'http://a.example.com', allowPlaintext: true, allowPrivateAddresses: true },
      { type: 'email', url: 'smtps://a.example.com', from: 'a@b.c', to: ['d@e.f'], user: 'me', secret: 'key' },
      { type: 'ntfy', url: 'https://ntfy.sh/topic', sendResolved: false },
      { type: 'discord', secret: 'key' },
      { type: 'slack', secret: 'key' },
      { type: 'telegram', secret: 'key', chat: '-100' },
    ];
    expect(specs.map(({ type }) => type)).toEqual(sinkTypes);
    for (const spec of specs) {
      const read = readManifest(document(spec));
      if (!('kind' in read) || read.kind !== 'AlertSink') throw new Error(JSON.stringify(read));
      expect(manifestOf('AlertSink', read.value).spec).toEqual(spec);
    }
  });

  it('names the field that contradicts its type', () => {
    expect(readManifest(document({ type: 'slack', secret: 'key', chat: '1' }))).toMatchObject([
      { code: 'HEC009', path: ['spec', 'chat'] },
    ]);
    expect(readManifest(document({ type: 'slack' }))).toMatchObject([{ code: 'HEC008', path: ['spec', 'secret'] }]);
  });
});
