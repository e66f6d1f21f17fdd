// Alerts on their way to sinks. May import domain, ports, workflows/contracts and activities/trust.
import type { Attempted } from '../../domain/alerts/delivery.js';
import { Failure } from '../../ports/failure.js';
import type { SealedNotification } from '../../workflows/contracts/deliver-alerts.js';
import type { Dependencies } from '../dependencies.js';
import { sinkNamed } from './sink-access.js';

/** Tells a sink once, with its settings and its secret as they are now. Every failure may pass, since a person can mend the sink. */
export async function sendAlert(
  deps: Pick<Dependencies, 'log' | 'secrets' | 'alertSender'>,
  { seal: _seal, ...notification }: SealedNotification,
  goneRevision: number | null,
): Promise<Attempted> {
  try {
    const found = await sinkNamed(deps, notification.sink);
    if (found === null) return { kind: 'deleted' };
    const { sink, revision } = found;
    if (revision === goneRevision) {
      return { kind: 'gone', revision, problem: `the alert sink ${sink.name} wants no more messages (410)` };
    }
    if (notification.status === 'resolved' && !sink.sendResolved) return { kind: 'skipped' };
    const answer = await deps.alertSender.send(notification, found);
    return answer.kind === 'gone' ? { ...answer, revision } : answer;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'failed', problem: error.message, retryAfterMs: null };
  }
}
