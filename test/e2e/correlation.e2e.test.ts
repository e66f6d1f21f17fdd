import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATION_FIELD, USER_FIELD } from '../../src/domain/caddy/log-fields.js';
import { startStack, type TestStack } from './stack.js';

let stack: TestStack;
let upstream: Server;
/** Headers that the upstream got. */
const received: string[] = [];

beforeAll(async () => {
  upstream = createServer((incoming, response) => {
    received.push(...Object.keys(incoming.headers));
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  stack = startStack();
});
afterAll(() => {
  stack.stop();
  upstream.close();
});

/** The lines of a file of JSON lines in the home. */
function lines(...path: string[]): Record<string, unknown>[] {
  return readFileSync(join(stack.home, ...path), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
}

async function json<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await stack.run(...args, '-o', 'json');
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

it('follows one id from the command over its workflow, the worker’s log and the commit to the visit in the access log', async () => {
  const dial = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const { id } = await json<{ id: string }>('create', 'route', '--domain', 'app.example.com', '--upstream', dial);
  expect(id).toMatch(/./);

  const workflowId = stack.workflowId(`route.create/app.example.com/${id}`);
  const [commit] = await json<{ id: string; workflowId: string }[]>('history', '--domain', 'app.example.com');
  expect(commit).toMatchObject({ id, workflowId: workflowId });

  const connection = await Connection.connect({ address: stack.status.temporal.address });
  const run = await new Client({ connection }).workflow.getHandle(workflowId).describe();
  await connection.close();
  expect(run.status.name).toBe('COMPLETED');

  const activities = () => lines('logs', 'worker.log').filter(({ operation }) => operation === id);
  await expect.poll(() => activities().map(({ activity }) => activity)).toContain('planOperation');

  const visits = () => lines('caddy', 'access.log').filter((line) => line[OPERATION_FIELD] === id);
  await expect.poll(() => visits().length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(visits().map((line) => line[USER_FIELD])).toContainEqual(expect.stringContaining('\tapp.example.com\t'));
  expect(received.filter((name) => name.startsWith('hecate'))).toEqual([]);
});
