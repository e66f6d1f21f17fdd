import { DiscardPolicy, RetentionPolicy, StorageType, type NatsConnection } from 'nats';

const CHECK_STREAM = 'HECATE-CHECK';
const CHECK_SUBJECT = 'hecate.check';
const TIMEOUT_MS = 3_000;
/** JetStream's status when no stream takes the subject. */
const NO_RESPONDERS = '503';

/**
 * Checks that NATS stores messages: publishes one into a stream that keeps only the last. Creates that stream when it is
 * missing. Throws the client's error, for example when the disk is full. Needs the rights of the log's administrator.
 */
export async function checkTakesMessage(nc: NatsConnection): Promise<void> {
  const publish = () => nc.jetstream().publish(CHECK_SUBJECT, '', { timeout: TIMEOUT_MS });
  try {
    await publish();
  } catch (error) {
    if ((error as { code?: string }).code !== NO_RESPONDERS) throw error;
    const manager = await nc.jetstreamManager({ timeout: TIMEOUT_MS });
    await manager.streams.add({
      name: CHECK_STREAM,
      subjects: [CHECK_SUBJECT],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_msgs: 1,
    });
    await publish();
  }
}
