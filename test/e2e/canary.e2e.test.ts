import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { USER_AGENT } from '../../src/adapters/caddy/ask-upstream.js';
import { eventually, startStack, type TestStack } from './stack.js';

let stack: TestStack;
let blue: Side;
let green: Side;

beforeAll(async () => {
  [blue, green] = await Promise.all([startSide('blue'), startSide('green')]);
  stack = startStack();
  for (const domain of ['app.example.com', 'bad.example.com', 'held.example.com']) {
    await done('create', 'route', '--domain', domain, '--upstream', blue.address);
  }
});
afterAll(() => {
  stack.stop();
  blue.close();
  green.close();
});

const update = (domain: string, ...flags: string[]) => ['update', 'route', '--domain', domain, ...flags];

/** Runs a command that must succeed, while the servers of this process go on answering. */
async function done(...args: string[]) {
  const finished = await stack.run(...args);
  expect(finished.status, finished.stderr).toBe(0);
}

interface View {
  spec: { percentage: number };
  status: {
    figures: Record<'stable' | 'canary', { requests: number; errors: number }>;
    verdict: { kind: string; sentence: string };
  };
}

/** Returns the output of `read canary`; null when it ends with anything but 0. */
async function shown(domain: string): Promise<View | null> {
  const { status, stdout } = await stack.run('read', 'canary', '--domain', domain, '-o', 'json');
  return status === 0 ? (JSON.parse(stdout) as View) : null;
}

interface Entry {
  /** Null: an attempt without a commit. */
  sequence: number | null;
  at: string;
  operation: string;
  actor: string;
  reason: string;
  changes: { kind: string; after: { percentage: number } | null }[];
}

/** Returns the commits of a domain, oldest first. */
async function history(domain: string): Promise<Entry[]> {
  const { stdout } = await stack.run('history', '--all', '--domain', domain, '-o', 'json');
  return (JSON.parse(stdout) as Entry[]).filter(({ sequence }) => sequence !== null).reverse();
}

describe('a canary', () => {
  it('goes through its steps, survives its worker, and is promoted after the last', async () => {
    const domain = 'app.example.com';
    const visitors = startVisitors(domain);
    const flags = ['--canary-steps', '20,60,100', '--canary-interval', '8s', '--canary-min-requests', '20'];
    await done(...update(domain, '--canary-upstream', green.address, ...flags, '--canary-max-error-rate', '1%'));
    const second = await stack.run(...update(domain, '--canary-upstream', green.address, '--canary-percentage', '5'));
    expect(second.status).toBe(4);
    expect(second.stderr).toContain('started by tester');
    // From the log, since one look at the canary may take as long as a step.
    await eventually(
      () => history(domain),
      (entries) => entries.some(({ changes }) => changes.some(({ after }) => after?.percentage === 60)),
      40_000,
    );
    process.kill(stack.pidOf('worker'), 'SIGKILL');
    await eventually(
      () => history(domain),
      (entries) => entries.at(-1)?.operation === 'route.canary.promote',
      40_000,
    );
    const seen = await visitors.stop();
    expect(seen.wrong).toEqual([]);
    expect(seen.green).toBeGreaterThan(50);
    const steps = (await history(domain)).slice(1).map(({ operation, actor }) => `${operation} by ${actor}`);
    expect(steps).toEqual([
      'route.canary.start by tester',
      'route.canary.percentage by hecate',
      'route.canary.percentage by hecate',
      'route.canary.promote by hecate',
    ]);
    expect((await stack.get(domain)).body).toBe('green');
    expect((await stack.run('read', 'canary', '--domain', domain)).status).toBe(3);
  });

  it('that fails 5% is rolled back by itself within one interval, and the history says why, with the figures', async () => {
    const domain = 'bad.example.com';
    green.failing = 0.05;
    const visitors = startVisitors(domain);
    const flags = ['--canary-percentage', '50', '--canary-interval', '30s', '--canary-max-error-rate', '1%'];
    await done(...update(domain, '--canary-upstream', green.address, ...flags));
    const entries = await eventually(
      () => history(domain),
      (found) => found.at(-1)?.operation === 'route.canary.rollback',
      30_000,
    );
    await visitors.stop();
    green.failing = 0;
    const [start, rollback] = entries.slice(-2);
    expect(Date.parse(rollback?.at ?? '') - Date.parse(start?.at ?? '')).toBeLessThan(30_000);
    expect(rollback?.actor).toBe('hecate');
    expect(rollback?.reason).toMatch(/^rolled back at 50%: [\d.]+% of the canary’s requests failed \([\d,]+ of [\d,]+; limit 1%\), 0% of the stable side’s/); // prettier-ignore
    expect((await stack.get(domain)).body).toBe('blue');
  });

  it('shows what the upstreams counted, also after the worker was killed, and what the log knows while none runs', async () => {
    const domain = 'held.example.com';
    const before = { blue: { ...blue.answered }, green: { ...green.answered } };
    const truth = (side: Side, past: Side['answered']) => ({
      requests: side.answered.good + side.answered.bad - past.good - past.bad,
      errors: side.answered.bad - past.bad,
    });
    await done(...update(domain, '--canary-upstream', green.address, '--canary-percentage', '50'));
    [blue.failing, green.failing] = [0.1, 0.2];
    const visitors = startVisitors(domain);
    await eventually(
      () => green.answered.bad,
      (bad) => bad > before.green.bad + 20,
    );
    await visitors.stop();
    [blue.failing, green.failing] = [0, 0];
    const figures = { stable: truth(blue, before.blue), canary: truth(green, before.green) };
    expect(await eventually(() => shown(domain), (view) => view !== null)).toMatchObject({ status: { figures } }); // prettier-ignore
    const pid = stack.pidOf('worker');
    const resume = stack.freeze('worker');
    const alone = await stack.run('read', 'canary', '--domain', domain).finally(resume);
    expect(alone.status).toBe(6);
    expect(alone.stderr).toContain('no worker looked at the canary');
    expect(alone.stdout).toContain('50%');
    process.kill(pid, 'SIGKILL');
    expect(await eventually(() => shown(domain), (view) => view !== null)).toMatchObject({ status: { figures } }); // prettier-ignore
    expect((await stack.run(...update(domain, '--upstream', green.address))).status).toBe(4);
    await done(...update(domain, '--rollback-canary'));
  });

  it('is measured while its server hangs', async () => {
    const domain = 'held.example.com';
    const hanging = createServer(() => undefined);
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    await done(...update(domain, '--canary-upstream', address, '--canary-percentage', '0', '--force'));
    const { status, stdout, stderr } = await stack.run('read', 'canary', '--domain', domain, '-o', 'json');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: { verdict: { kind: expect.not.stringMatching('good') as string } },
    });
    await done(...update(domain, '--rollback-canary'));
    hanging.closeAllConnections();
    hanging.close();
  });

  it('is promoted and rolled back under load without a 5xx or a wrong answer', async () => {
    const domain = 'held.example.com';
    const visitors = startVisitors(domain);
    for (let round = 0; round < 2; round++) {
      await done(...update(domain, '--canary-upstream', green.address, '--canary-percentage', '50'));
      await done(...update(domain, '--canary-percentage', '90'));
      await done(...update(domain, '--rollback-canary'));
      await done(...update(domain, '--canary-upstream', green.address, '--canary-percentage', '30'));
      await done(...update(domain, '--promote-canary'));
      await done(...update(domain, '--upstream', blue.address));
    }
    const { wrong, sent } = await visitors.stop();
    expect(wrong).toEqual([]);
    expect(sent).toBeGreaterThan(200);
  });

  it('is tended again when somebody terminated its workflow', async () => {
    const domain = 'held.example.com';
    await done(
      ...update(domain, '--canary-upstream', green.address, '--canary-steps', '50', '--canary-interval', '8s'),
    );
    const { address } = stack.status.temporal;
    const { Client, Connection } = await import('@temporalio/client');
    const connection = await Connection.connect({ address });
    await new Client({ connection }).workflow.getHandle(stack.workflowId(`canary/${domain}`)).terminate('test');
    await connection.close();
    await eventually(() => stack.get(domain), ({ body }) => body === 'green', 30_000); // prettier-ignore
    await eventually(() => history(domain), (entries) => entries.at(-1)?.operation === 'route.canary.promote', 30_000); // prettier-ignore
  });

  it.each([
    [['--canary-upstream', '127.0.0.1:9', '--canary-percentage', '10'], 6, 'refuses connections'],
    [['--canary-upstream', 'nowhere', '--canary-percentage', '10'], 3, 'no upstream nowhere'],
    [['--canary-upstream', 'x:1', '--canary-percentage', '101'], 2, 'at most 100'],
    [['--canary-upstream', 'x:1', '--canary-steps', '25,5'], 2, 'ascend'],
    [['--canary-percentage', '10'], 4, 'no canary runs'],
    [['--promote-canary'], 4, 'no canary runs'],
    [['--rollback-canary'], 4, 'no canary runs'],
    [['--canary-pause'], 4, 'no canary runs'],
    [['--canary-resume'], 4, 'no canary runs'],
    [['--promote-canary', '--rollback-canary'], 2, 'together'],
  ])('refuses %j', async (flags, code, words) => {
    const { status, stderr } = await stack.run(...update('app.example.com', ...flags));
    expect(status, stderr).toBe(code);
    expect(stderr).toContain(words);
  });
});

interface Side {
  readonly address: string;
  /** Numbers of its answers to visitors so far. */
  readonly answered: { good: number; bad: number };
  /** Share of requests that it answers with 500. */
  failing: number;
  close(): void;
}

async function startSide(name: string): Promise<Side> {
  const side = { address: '', answered: { good: 0, bad: 0 }, failing: 0, close: () => void server.close() };
  const server = createServer(({ headers }, response) => {
    const isBad = Math.random() < side.failing;
    if (headers['user-agent'] !== USER_AGENT) side.answered[isBad ? 'bad' : 'good']++;
    response.writeHead(isBad ? 500 : 200).end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  side.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return side;
}

/** Fresh visitors who come all the time, until `stop` tells what they got. */
function startVisitors(domain: string) {
  const seen = { sent: 0, blue: 0, green: 0, wrong: [] as string[] };
  let running = true;
  const visitor = async () => {
    while (running) {
      // A reload resets connections that arrive in that instant.
      const answer = await stack.get(domain).catch(() => null);
      seen.sent++;
      if (answer?.status === 200 && (answer.body === 'blue' || answer.body === 'green')) seen[answer.body]++;
      else if (answer) seen.wrong.push(`${answer.status} ${answer.body}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, visitor));
  const stop = async () => {
    running = false;
    await all;
    return seen;
  };
  // Visitors of a test that failed would count in the next.
  onTestFinished(() => void (running = false));
  return { stop };
}
