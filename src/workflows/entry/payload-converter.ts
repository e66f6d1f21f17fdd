import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/**
 * Reads payloads of unknown origin: one that cannot be read is an object that says so, which no shape fits. An error would fail
 * the task of the workflow over and over, also for a signal to a workflow that runs.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return { unreadable: true } as T;
    }
  },
};
