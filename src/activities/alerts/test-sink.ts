import type { Notification } from '../../domain/alerts/notification.js';
import { missing } from '../../operations/refusals.js';
import { Failure } from '../../ports/failure.js';
import type { AlertTest, AlertTestResult } from '../../workflows/contracts/deliver-alerts.js';
import type { Dependencies } from '../dependencies.js';
import { bounded } from '../trust/bounded.js';
import { sinkNamed } from './sink-access.js';

/** A test alert ends by itself, for sinks that remember what fires. */
const FIRES_MS = 5 * 60_000;

/** Tells a sink a test alert, and returns what it answered. Throws `missing` for an unknown sink. */
export async function testAlertSink(
  deps: Pick<Dependencies, 'log' | 'secrets' | 'alertSender' | 'now' | 'newId' | 'sha256'>,
  { sink: name, isDryRun, actor }: AlertTest,
): Promise<AlertTestResult> {
  const startedAt = deps.now();
  const ended = (type: string, result: Omit<AlertTestResult, 'type' | 'durationMs'>): AlertTestResult => ({
    ...{ type, ...result },
    durationMs: Date.parse(deps.now()) - Date.parse(startedAt),
  });
  let type = '';
  try {
    const found = await sinkNamed(deps, String(name));
    if (found === null) {
      const { message, hint = '' } = missing((await deps.log.view()).state, 'AlertSink', bounded(name));
      throw new Failure('missing', message, { hint });
    }
    type = found.sink.type;
    const notification = testNotification(deps, { sink: found.sink.name, actor, at: startedAt });
    if (isDryRun === true) {
      const rehearsal = await deps.alertSender.rehearse(notification, found);
      return ended(type, { rehearsal, passed: true, detail: 'nothing was sent', hint: null });
    }
    const answer = await deps.alertSender.send(notification, found);
    const passed = answer.kind === 'taken';
    return ended(type, { rehearsal: null, passed, detail: passed ? answer.detail : answer.problem, hint: null });
  } catch (error) {
    if (!(error instanceof Failure) || type === '') throw error;
    return ended(type, { rehearsal: null, passed: false, detail: error.message, hint: error.details.hint ?? null });
  }
}

function testNotification(
  { newId, sha256 }: Pick<Dependencies, 'newId' | 'sha256'>,
  { sink, actor, at }: { readonly sink: string; readonly actor: string; readonly at: string },
): Notification {
  const labels = { alertname: 'hecate-test', severity: 'info', test: 'true', sink };
  const summary = `This is a test of the alert sink ${sink}`;
  const description = `${actor} sent it with: hecate test alert --sink ${sink}. Nothing is wrong.`;
  const endsAt = new Date(Date.parse(at) + FIRES_MS).toISOString();
  return {
    ...{ id: `test_${newId()}`, sink, status: 'firing', groupKey: 'test', at },
    alerts: [
      {
        ...{ labels, annotations: { summary, description }, startsAt: at, endsAt },
        fingerprint: sha256(`test ${sink}`).slice(0, 16),
      },
    ],
  };
}
