import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type TestStack } from './stack.js';

const MARKER = 'Marker-4f1c9e-value';
const HISTORY = ['history', '--operation', 'secret.reveal', '-o', 'json'];
const bin = join(import.meta.dirname, '../../bin/hecate');

let stack: TestStack;
const file = (name: string) => join(stack.home, name);

beforeAll(() => {
  stack = startStack();
  writeFileSync(file('value'), MARKER);
  writeFileSync(file('accounts'), 'ada:hunter2\n');
  for (const [name, kind, from] of [
    ['api', 'generic', 'value'],
    ['team', 'basic-auth', 'accounts'],
  ] as const) {
    const made = stack.hecate('create', 'secret', '--name', name, '--kind', kind, '--from-file', file(from));
    expect(made.status, made.stderr).toBe(0);
  }
});
afterAll(() => stack.stop());

/** Runs a command whose output is a terminal. */
function onTerminal(...args: string[]) {
  const env = { ...process.env, HECATE_HOME: stack.home, HECATE_ACTOR: 'tester' };
  return spawnSync('script', ['-qec', [process.execPath, bin, ...args].join(' '), '/dev/null'], {
    env,
    encoding: 'utf8',
  });
}

interface Revealed {
  readonly operation: string;
  readonly subject: string;
  readonly detail: string;
  readonly outcome: string;
}
const history = () => JSON.parse(stack.hecate(...HISTORY).stdout) as Revealed[];

describe('reveal secret', () => {
  it('shows the value on a terminal, and the history has who looked', () => {
    const { status, stdout } = onTerminal('reveal', 'secret', '--name', 'api');
    expect(status).toBe(0);
    expect(stdout).toContain(MARKER);
    expect(history()).toMatchObject([
      { operation: 'secret.reveal', subject: 'api', outcome: 'completed', detail: 'version 1 was shown' },
    ]);
  });

  it('shows nothing elsewhere, and says how to get it into a file', () => {
    const before = history().length;
    const { status, stdout, stderr } = stack.hecate('reveal', 'secret', '--name', 'api');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('hecate reveal secret --name api --to-file FILE');
    expect(history()).toHaveLength(before);
  });

  it('writes it into a new file that only its owner reads, and never over another one', () => {
    const target = file('shown');
    const args = ['reveal', 'secret', '--name', 'api', '--to-file', target, '-o', 'json'];
    const { status, stdout } = stack.hecate(...args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name: 'api', kind: 'generic', version: 1, file: target });
    expect(readFileSync(target, 'utf8')).toBe(`${MARKER}\n`);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(stack.hecate(...args).status).toBe(4);
  });

  it('says that Vault has only hashes of accounts from a file', () => {
    const { status, stderr } = stack.hecate('reveal', 'secret', '--name', 'team', '--to-file', file('team'));
    expect(status).toBe(3);
    expect(stderr).toContain('only hashes of secret team');
    expect(existsSync(file('team'))).toBe(false);
  });

  it('names the nearest secret for an unknown one', () => {
    const { status, stderr } = stack.hecate('reveal', 'secret', '--name', 'apu', '--to-file', file('none'));
    expect(status).toBe(3);
    expect(stderr).toContain('Did you mean api?');
  });

  it.each(['viewer', 'operator'])('refuses an operator with the role %s, and the history has that', (role) => {
    const key = file(`a-${role}.key`);
    const made = stack.hecate('create', 'operator', '--name', `a-${role}`, '--role', role, '--key-file', key);
    expect(made.status, made.stderr).toBe(0);
    const env = { ...process.env, HECATE_HOME: stack.home, HECATE_OPERATOR_KEY_FILE: key };
    const args = [bin, 'reveal', 'secret', '--name', 'api', '--to-file', file(`by-${role}`)];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect(status).toBe(5);
    expect(stderr).toContain('reveal secret needs the role admin');
    expect(existsSync(file(`by-${role}`))).toBe(false);
    expect(history()[0]).toMatchObject({ subject: 'api', outcome: 'refused' });
  });

  it('leaves the value in no history of Temporal', async () => {
    onTerminal('reveal', 'secret', '--name', 'api');
    const connection = await Connection.connect({ address: stack.status.temporal.address });
    try {
      const client = new Client({ connection });
      let seen = 0;
      for await (const { activityId } of client.activity.list(`ActivityType = 'revealSecret'`)) {
        const whole = JSON.stringify(await client.activity.getHandle(activityId).describe());
        const result: unknown = await client.activity
          .getHandle(activityId)
          .result()
          .catch(() => null);
        for (const text of [whole, JSON.stringify(result)]) {
          expect(text).not.toContain(MARKER);
          expect(text).not.toContain(Buffer.from(MARKER).toString('base64').slice(0, 16));
        }
        seen += 1;
      }
      expect(seen).toBeGreaterThan(0);
    } finally {
      await connection.close();
    }
  });
});
