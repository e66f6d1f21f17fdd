import { describe, expect, it } from 'vitest';
import { defaultConnections, overlay } from '../../src/stack/load-connections.js';
import { temporalNames } from '../../src/stack/temporal-names.js';

const FIRST = '11111111-0000-4000-8000-000000000000';
const SECOND = '22222222-0000-4000-8000-000000000000';
const queueOf = (logId: string, taskQueue?: string) =>
  temporalNames(
    overlay(defaultConnections('/home'), taskQueue === undefined ? {} : { HECATE_TASK_QUEUE: taskQueue }),
    logId,
  ).taskQueue;

describe('the task queue of an environment', () => {
  it('is the prefix of its log', () => {
    expect(queueOf(FIRST)).toBe('hecate-11111111');
  });

  it.each(['hecate', 'mine', queueOf(SECOND), `../${queueOf(SECOND)}`, `/${queueOf(SECOND)}`])(
    'is never that of another log, also with HECATE_TASK_QUEUE=%s',
    (taskQueue) => {
      expect(queueOf(FIRST, taskQueue)).toMatch(/^hecate-11111111(\/|$)/);
      expect(queueOf(FIRST, taskQueue)).not.toBe(queueOf(SECOND, taskQueue));
    },
  );
});
