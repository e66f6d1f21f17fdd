import { RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import type { ScheduledRuns } from '../../../ports/schedules.js';
import { Failure } from '../../../ports/failure.js';
import { lastMessage } from '../nats/direct-get.js';
import { guardedPublish } from '../nats/guarded-publish.js';
import { namesOn } from '../log-names.js';
import { replicasOn } from '../nats/replicas.js';

const MOST_ATTEMPTS = 5;

/** The last admitted run of a schedule, as it is stored. */
interface LastRun {
  /** ISO 8601 UTC. */
  readonly dueAt: string;
  readonly run: string;
}

/** Creates the stream of scheduled runs, on disk: the last one of each schedule. Idempotent. */
export async function createRunsStream(nc: NatsConnection): Promise<void> {
  const manager = await nc.jetstreamManager();
  await manager.streams.add({
    name: namesOn(nc).runs,
    subjects: [namesOn(nc).scheduledRuns],
    storage: StorageType.File,
    num_replicas: replicasOn(nc),
    retention: RetentionPolicy.Limits,
    max_msgs_per_subject: 1,
    allow_direct: true,
  });
}

/** Creates {@link ScheduledRuns}: a message for each schedule, which only the next run replaces. */
export function scheduledRunsOn(nc: NatsConnection): ScheduledRuns {
  return {
    async admit(name, dueAt, run) {
      const subject = namesOn(nc).runSubject(name);
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        const message = await lastMessage(nc, namesOn(nc).runs, subject);
        const last = message?.json<LastRun>();
        if (last !== undefined && last.dueAt >= dueAt) return last.dueAt === dueAt && last.run === run;
        const payload = Buffer.from(JSON.stringify({ dueAt, run } satisfies LastRun));
        const sequence = Number(message?.headers?.get('Nats-Sequence') ?? 0);
        const published = await guardedPublish(nc, subject, payload, { filter: subject, last: sequence });
        if (published.kind === 'written') return true;
        // Another worker admitted a run, or the answer was lost: what is stored says which.
      }
      throw new Failure('unavailable', `nats did not say whether a run of schedule ${name} was admitted`, {
        system: 'nats',
      });
    },
  };
}
