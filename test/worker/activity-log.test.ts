import pino from 'pino';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { activityLog, REDACTED } from '../../src/worker/activity-log.js';

it('logs the end of an activity with the id of its workflow, as the command printed it', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug', redact: REDACTED }, { write: (line: string) => void lines.push(line) });
  const info = {
    workflowType: 'operation',
    workflowExecution: { workflowId: 'hecate-1a2b3c4d/route.create/app.example.com/mb3k9z10', runId: 'r' },
  };
  const environment = new MockActivityEnvironment(info, { interceptors: [activityLog(logger)] });
  await environment.run(async () => 'done');
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ operation: 'mb3k9z10', msg: 'activity done', attempt: 1 });
  await environment.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
  expect(JSON.parse(lines[1] ?? '{}')).toMatchObject({ operation: 'mb3k9z10', msg: 'activity failed' });
});

it('has no secrets in a line', () => {
  const lines: string[] = [];
  const logger = pino({ redact: REDACTED }, { write: (line: string) => void lines.push(line) });
  logger.info({ token: 'SECRET', headers: { authorization: 'SECRET', cookie: 'SECRET' } }, 'a line');
  expect(lines.join('')).not.toContain('SECRET');
});
