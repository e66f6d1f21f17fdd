import { beforeEach, describe, expect, it } from 'vitest';
import { createAlertDelivery } from '../../../src/activities/alerts/alert-delivery.js';
import { sendAlert } from '../../../src/activities/alerts/send-alert.js';
import { testAlertSink } from '../../../src/activities/alerts/test-sink.js';
import type { Caller } from '../../../src/activities/trust/caller.js';
import { guards } from '../../../src/activities/trust/guards.js';
import type { Verifying } from '../../../src/activities/trust/verify-request.js';
import { createMemorySecrets, type MemorySecrets } from '../../../src/adapters/memory/secrets.js';
import type { Notification } from '../../../src/domain/alerts/notification.js';
import { find } from '../../../src/domain/log/state.js';
import { vaultPathOf } from '../../../src/domain/resources/secret.js';
import { createAlertSink } from '../../../src/operations/alert-sinks/create-alert-sink.js';
import { deleteAlertSink } from '../../../src/operations/alert-sinks/delete-alert-sink.js';
import { updateAlertSink } from '../../../src/operations/alert-sinks/update-alert-sink.js';
import { createSecret } from '../../../src/operations/secrets/create-secret.js';
import type { AlertSender, SinkAccess, SinkAnswer } from '../../../src/ports/alerts/sender.js';
import { Failure } from '../../../src/ports/failure.js';
import type { SealedNotification } from '../../../src/workflows/contracts/deliver-alerts.js';
import { createHistory, type History } from '../../builders/history.js';
import { notification, notifiedAlert } from '../../builders/notification.js';
import { testOperator, trustInMemory, type TestOperator } from '../../builders/trust.js';

let history: History;
let secrets: MemorySecrets;
let told: { readonly notification: Notification; readonly access: SinkAccess }[];
let answer: () => SinkAnswer;
let deps: Verifying & Parameters<typeof testAlertSink>[0] & Parameters<typeof sendAlert>[0];
let operator: TestOperator;

const sealedAs = (one: Notification): SealedNotification => ({ ...one, seal: '' });

beforeEach(async () => {
  history = createHistory();
  operator = testOperator();
  history.commit('operator', [operator.created]);
  await history.run(createSecret, { name: 'key', kind: 'generic', fromFile: 'a'.repeat(24) });
  await history.run(createAlertSink, {
    name: 'hooks',
    type: 'webhook',
    url: 'https://hooks.example.com',
    secret: 'key',
  });
  secrets = createMemorySecrets();
  const secret = find(history.state(), 'Secret', 'key')?.value;
  if (secret !== undefined) await secrets.keep(vaultPathOf(secret), { value: 'whsec_x' });
  told = [];
  answer = () => ({ kind: 'taken', detail: 'answered 204' });
  const alertSender: AlertSender = {
    async send(one, access) {
      told.push({ notification: one, access });
      return answer();
    },
    rehearse: async () => ({ to: 'https://hooks.example.com', message: '{}' }),
  };
  const more = { log: history.reader, secrets, alertSender, now: () => history.now() };
  deps = { ...trustInMemory(), ...more, identityWriterId: 'hecate-1/identity' } as unknown as typeof deps;
});

describe('telling a sink', () => {
  it('uses its settings and its secret of now, and leaves out the seal', async () => {
    expect(await sendAlert(deps, sealedAs(notification('n1')), null)).toEqual({
      kind: 'taken',
      detail: 'answered 204',
    });
    expect(told).toMatchObject([{ notification: { id: 'n1' }, access: { values: ['whsec_x'] } }]);
    expect(told[0]?.notification).not.toHaveProperty('seal');
    await history.run(updateAlertSink, { name: 'hooks', url: 'https://other.example.com' });
    await sendAlert(deps, sealedAs(notification('n2')), null);
    expect(told[1]?.access.sink.url).toBe('https://other.example.com');
  });

  it('fails for the time being while Vault does not answer, has no value, or the address is refused', async () => {
    secrets.reachable = false;
    expect(await sendAlert(deps, sealedAs(notification('n1')), null)).toMatchObject({ kind: 'failed' });
    secrets.reachable = true;
    answer = () => {
      throw new Failure('denied', '10.0.0.1 is a private address');
    };
    expect(await sendAlert(deps, sealedAs(notification('n1')), null)).toMatchObject({
      kind: 'failed',
      problem: '10.0.0.1 is a private address',
    });
  });

  it('tells no end where that is not wanted, and nothing after the sink was deleted', async () => {
    await history.run(updateAlertSink, { name: 'hooks', sendResolved: 'off' });
    expect(await sendAlert(deps, sealedAs(notification('n1', { status: 'resolved' })), null)).toEqual({
      kind: 'skipped',
    });
    await history.run(deleteAlertSink, { name: 'hooks' });
    expect(await sendAlert(deps, sealedAs(notification('n1')), null)).toEqual({ kind: 'deleted' });
    expect(told).toEqual([]);
  });

  it('tells a sink that answered 410 again only after it was changed', async () => {
    answer = () => ({ kind: 'gone', problem: 'gone' });
    const gone = await sendAlert(deps, sealedAs(notification('n1')), null);
    if (gone.kind !== 'gone') throw new Error(gone.kind);
    expect(await sendAlert(deps, sealedAs(notification('n2')), gone.revision)).toMatchObject({ kind: 'gone' });
    expect(told).toHaveLength(1);
    await history.run(updateAlertSink, { name: 'hooks', url: 'https://other.example.com' });
    await sendAlert(deps, sealedAs(notification('n2')), gone.revision);
    expect(told).toHaveLength(2);
  });
});

describe('a test alert', () => {
  it('is marked, ends by itself, and brings the answer back', async () => {
    const question = { sink: 'hooks', isDryRun: false, actor: 'tester' };
    expect(await testAlertSink(deps, question)).toMatchObject({
      type: 'webhook',
      passed: true,
      detail: 'answered 204',
    });
    const [alert] = told[0]?.notification.alerts ?? [];
    expect(alert).toMatchObject({ labels: { test: 'true' }, endsAt: expect.any(String) as unknown });
    expect(alert?.annotations.summary).toContain('test');
    answer = () => ({ kind: 'failed', problem: 'answered 500', retryAfterMs: null });
    expect(await testAlertSink(deps, question)).toMatchObject({ passed: false, detail: 'answered 500' });
    answer = () => {
      throw new Failure('denied', 'no', { hint: 'Do this.' });
    };
    expect(await testAlertSink(deps, question)).toMatchObject({ passed: false, detail: 'no', hint: 'Do this.' });
  });

  it('is only shown in a dry run, and names no sink that there is not', async () => {
    const result = await testAlertSink(deps, { sink: 'hooks', isDryRun: true, actor: 'tester' });
    expect(result).toMatchObject({ passed: true, rehearsal: { to: 'https://hooks.example.com' } });
    expect(told).toEqual([]);
    await expect(testAlertSink(deps, { sink: 'hocks', isDryRun: false, actor: 'tester' })).rejects.toMatchObject({
      kind: 'missing',
      details: { hint: expect.stringContaining('hooks') as unknown },
    });
  });
});

describe('what may tell a sink', () => {
  const caller: Caller = {
    workflowId: 'hecate-1/alert-sink/hooks',
    runId: 'r',
    isStandalone: false,
    activity: 'sendAlert',
  };
  const check = (by: Caller, given: unknown) => guards.sendAlert.check(deps, by, given as never);
  const NOT_ALLOWED = { code: 'activity-not-allowed' };

  async function delivered(): Promise<SealedNotification> {
    const handed: SealedNotification[] = [];
    const delivery = createAlertDelivery(deps, { notify: async (one) => void handed.push(one) });
    const alerts = Array.from({ length: 150 }, (_, n) => notifiedAlert(`a${n}`));
    await delivery.deliver(notification('n1', { alerts }));
    const [one] = handed;
    if (one === undefined) throw new Error('none');
    // As it comes back from Temporal.
    return JSON.parse(JSON.stringify(one)) as SealedNotification;
  }

  it('is the workflow of the sink, with what a worker sealed for it', async () => {
    const sealed = await delivered();
    expect(sealed.alerts).toHaveLength(100);
    await check(caller, sealed);
    await check({ ...caller, runId: 'another run' }, sealed);
  });

  it('is told nothing about its own failures', async () => {
    const handed: SealedNotification[] = [];
    const delivery = createAlertDelivery(deps, { notify: async (one) => void handed.push(one) });
    const about = (sink: string) => ({ ...notifiedAlert('sink-failing'), labels: { alertname: 'sink-failing', sink } });
    await delivery.deliver(notification('n1', { alerts: [about('hooks')] }));
    expect(handed).toEqual([]);
    await delivery.deliver(notification('n2', { alerts: [about('hooks'), about('mail')] }));
    expect(handed[0]?.alerts.map(({ labels }) => labels['sink'])).toEqual(['mail']);
  });

  it('is nobody else, and nothing else', async () => {
    const sealed = await delivered();
    for (const by of [
      { ...caller, isStandalone: true },
      { ...caller, workflowId: 'hecate-1/alert-sink/other' },
    ])
      await expect(check(by, sealed)).rejects.toMatchObject(NOT_ALLOWED);
    const altered = [{ ...sealed, status: 'resolved' }, { ...sealed, alerts: [] }, { ...sealed, id: 'n2' }, { ...sealed, seal: 'AAAA' }, null, 'x']; // prettier-ignore
    for (const given of altered) await expect(check(caller, given)).rejects.toMatchObject(NOT_ALLOWED);
    const other = { ...caller, workflowId: 'hecate-1/alert-sink/other' };
    await expect(check(other, { ...sealed, sink: 'other' })).rejects.toMatchObject(NOT_ALLOWED);
  });

  it('is an operator’s signature for just that, in a dry run a viewer’s', async () => {
    const anna = testOperator('anna', 'viewer');
    history.commit('anna', [anna.created]);
    const ask = (by: TestOperator, isDryRun: boolean, purpose: 'alert-test' | 'inspection' = 'alert-test') => {
      const signed = by.sign({ sink: 'hooks', isDryRun, actor: by.name }, { purpose, workflowId: caller.workflowId, at: history.now() }); // prettier-ignore
      return guards.testAlertSink.check(deps, caller, signed);
    };
    expect(await ask(operator, false)).toMatchObject({ role: 'admin' });
    expect(await ask(anna, true)).toMatchObject({ role: 'viewer' });
    await expect(ask(anna, false)).rejects.toMatchObject({ code: 'role-too-low' });
    await expect(ask(operator, false, 'inspection')).rejects.toMatchObject({ code: 'request-altered' });
  });
});
