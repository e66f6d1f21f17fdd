import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startStack, type TestStack } from './stack.js';

const bin = join(import.meta.dirname, '../../bin/hecate');
const folder = mkdtempSync(join(tmpdir(), 'hecate-traffic-'));
let stack: TestStack;
let upstream: Server;
let address: string;

beforeAll(async () => {
  // Answers the status that its path names, as `/404`.
  upstream = createServer((incoming, response) => {
    response.statusCode = Number(incoming.url?.slice(1, 4)) || 200;
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  address = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  stack = startStack();
  for (const args of [
    ['--domain', 'app.example.com'],
    ['--domain', 'closed.example.com', '--middleware', 'ip-allow:10.0.0.0/8'],
  ]) {
    const created = await stack.run('create', 'route', ...args, '--upstream', address);
    expect(created.status, created.stderr).toBe(0);
  }
});
afterAll(() => {
  stack.stop();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The known mix: requests by host and path. */
const mix: readonly (readonly [host: string, path: string, count: number])[] = [
  ['app.example.com', '/', 40],
  ['app.example.com', '/404', 7],
  ['app.example.com', '/500?token=secret', 3],
  ['closed.example.com', '/', 5],
  ['nobody.example.com', '/', 2],
];

interface Figures {
  readonly domain: string;
  readonly requests: number;
  readonly statuses: Record<string, number>;
  readonly denied: Record<string, number>;
  readonly upstreams: { name: string; requests: number; errors: number }[];
}

async function data<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await stack.run(...args, '-o', 'json');
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('the figures of a known mix', () => {
  beforeAll(async () => {
    for (const [host, path, count] of mix) for (let n = 0; n < count; n++) await stack.get(host, path);
  });

  const exact = [
    {
      domain: 'app.example.com',
      requests: 50,
      statuses: { '200': 40, '404': 7, '500': 3 },
      denied: {},
      upstreams: [{ requests: 50, errors: 3 }],
    },
    { domain: 'closed.example.com', requests: 5, statuses: { '403': 5 }, denied: { ip: 5 }, upstreams: [] },
    { domain: '', requests: 2, statuses: { '404': 2 } },
  ];

  it('are exact in read metrics', async () => {
    const routes = () => data<{ routes: Figures[] }>('read', 'metrics', '--last', '15m');
    const sum = (of: { routes: Figures[] }) => of.routes.reduce((all, { requests }) => all + requests, 0);
    const { routes: seen } = await eventually(routes, (of) => sum(of) >= 57, 40_000);
    for (const one of exact) expect(seen.find(({ domain }) => domain === one.domain)).toMatchObject(one);
    expect(seen).toHaveLength(3);
  });

  it('are those of the table, CSV and OpenMetrics', async () => {
    const { stdout } = await stack.run('read', 'metrics', '--domain', 'app.example.com');
    expect(stdout).toMatch(/^app\.example\.com +50 .+ 40 +0 +7 +3 /m);
    expect(stdout).toMatch(/top paths: +40 {2}\/$/m);
    expect(stdout).toMatch(/stored: +10 s .+ in \d+ messages/);
    expect(stdout).not.toContain('secret');
    const csv = (await stack.run('read', 'metrics', '--format', 'csv', '--domain', 'app.example.com')).stdout;
    const rows = csv
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const [, ...values] = rows.filter(([, , part], at) => at === 0 || part === '');
    expect(values.reduce((all, row) => all + Number(row[3]), 0)).toBe(50);
    const metrics = (await stack.run('read', 'metrics', '--format', 'prometheus')).stdout;
    const found = metrics
      .split('\n')
      .filter((line) => line.startsWith('hecate_route_requests{route="app.example.com",class="5xx"}'));
    expect(found.reduce((all, line) => all + Number(line.split(' ')[1]), 0)).toBe(3);
    expect(metrics.endsWith('# EOF\n')).toBe(true);
  });

  it('are those of the monitor', async () => {
    const look = () =>
      data<{ routes: { domain: string; figures: Figures }[] }>('read', 'monitor', '--once', '--interval', '10m');
    const { routes } = await eventually(look, (of) => of.routes.some(({ figures }) => figures.requests >= 50), 40_000);
    for (const one of exact) {
      const { domain, ...figures } = one;
      expect(routes.find((route) => route.domain === domain)?.figures).toMatchObject(figures);
    }
    const { stdout } = await stack.run('read', 'monitor', '--once', '--interval', '10m');
    expect(stdout).toMatch(/^app\.example\.com +ok /m);
    expect(stdout).toContain(`upstream     ${address}: 50 requests, 6.0% errors`);
    expect(stdout).toContain('denied       ip 5');
  });

  it('are those of the single requests, with the reason of each decision', async () => {
    const found = (...args: string[]) => data<Record<string, unknown>[]>('read', 'requests', '--last', '15m', ...args);
    expect(await found('--domain', 'app.example.com', '--limit', '500')).toHaveLength(50);
    const errors = await found('--domain', 'app.example.com', '--status', '5xx');
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ path: '/500', status: 500, decision: 'proxied', upstream: address });
    expect(JSON.stringify(errors)).not.toContain('secret');
    const denied = await found('--denied');
    expect(denied).toHaveLength(5);
    expect(denied[0]).toMatchObject({
      domain: 'closed.example.com',
      decision: 'refused',
      refused: 'ip',
      reason: 'the address is not allowed',
    });
    expect(await found('--domain', 'closed.example.com', '--limit', '2')).toHaveLength(2);
  });

  it('are none in a time without requests', async () => {
    const { status, stdout } = await stack.run('read', 'metrics', '--from', '2024-01-01', '--to', '2024-01-31');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^no requests$/m);
  });
});

it('follows requests until Ctrl-C, which is no failure', async () => {
  const begun = spawn(
    process.execPath,
    [bin, 'read', 'requests', '--domain', 'app.example.com', '--follow', '-o', 'json'],
    {
      env: { ...process.env, HECATE_HOME: stack.home, HECATE_ACTOR: 'tester' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => begun.once('close', resolve));
  let text = '';
  begun.stdout.on('data', (chunk) => (text += chunk));
  await eventually(
    () => text,
    (seen) => seen.includes('\n'),
    30_000,
  );
  await stack.get('app.example.com', '/418-new');
  await eventually(
    () => text,
    (seen) => seen.includes('/418-new'),
    30_000,
  );
  begun.kill('SIGINT');
  expect(await ended).toBe(0);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: number });
  expect(lines.at(-1)).toMatchObject({ status: 418, decision: 'proxied' });
});

// A terminal whose other end is a pipe. Its size is that of the first line that `sh` runs.
const PTY = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
const ENTERED = '\u001b[?1049h';
const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** Runs the monitor on a terminal. What the terminal was before and is after stands in files. */
function onTerminal(more: Readonly<Record<string, string>> = {}) {
  const file = (name: string) => join(folder, name);
  for (const name of ['before', 'after', 'code', 'pid']) writeFileSync(file(name), '');
  const line = [
    `stty rows 24 cols 150; stty -a > ${file('before')}`,
    `sh -c 'echo $$ > ${file('pid')}; exec ${process.execPath} ${bin} read monitor --interval 1s'`,
    `echo $? > ${file('code')}; stty -a > ${file('after')}`,
  ].join('; ');
  const child = spawn('python3', ['-c', PTY, 'sh', '-c', line], {
    env: { ...process.env, HECATE_HOME: stack.home, HECATE_ACTOR: 'tester', TERM: 'xterm-256color', ...more },
  });
  let screen = '';
  child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString('utf8')));
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    screen: () => screen,
    type: (keys: string) => void child.stdin.write(keys),
    kill: (signal: NodeJS.Signals) => process.kill(Number(readFileSync(file('pid'), 'utf8')), signal),
    shown: (text: string) =>
      eventually(
        () => screen,
        (seen) => seen.includes(text),
        30_000,
      ),
    async end() {
      await ended;
      const of = (name: string) => readFileSync(file(name), 'utf8');
      return { code: Number(of('code')), isAsBefore: of('before') !== '' && of('before') === of('after') };
    },
  };
}

describe('the monitor on a terminal', () => {
  it('shows routes, takes keys, and leaves the terminal as it was on q', async () => {
    const terminal = onTerminal();
    await terminal.shown('closed.example.com');
    terminal.type('/clos');
    await terminal.shown('filter: clos');
    terminal.type('\r?');
    await terminal.shown('show or hide this help');
    terminal.type('?q');
    expect(await terminal.end()).toEqual({ code: 0, isAsBefore: true });
    expect(terminal.screen()).toContain(ENTERED);
    expect(terminal.screen()).toContain(LEFT);
  });

  it.each([
    ['Ctrl-C', (terminal: ReturnType<typeof onTerminal>) => terminal.type('\u0003'), 0],
    ['SIGTERM', (terminal: ReturnType<typeof onTerminal>) => terminal.kill('SIGTERM'), 143],
    ['SIGHUP', (terminal: ReturnType<typeof onTerminal>) => terminal.kill('SIGHUP'), 129],
  ])('leaves the terminal as it was on %s', async (_, stop, code) => {
    const terminal = onTerminal();
    await terminal.shown('closed.example.com');
    stop(terminal);
    expect(await terminal.end()).toEqual({ code, isAsBefore: true });
    expect(terminal.screen().trimEnd().endsWith(LEFT)).toBe(true);
  });

  it('leaves the terminal as it was when it crashes, and shows the error after that', async () => {
    const crash = join(folder, 'crash.cjs');
    writeFileSync(crash, `process.on('SIGUSR2', () => { throw new Error('a planted crash'); });`);
    const terminal = onTerminal({ NODE_OPTIONS: `--require ${crash}` });
    await terminal.shown('closed.example.com');
    terminal.kill('SIGUSR2');
    expect(await terminal.end()).toEqual({ code: 70, isAsBefore: true });
    const [, after = ''] = terminal.screen().split(LEFT);
    expect(after).toContain('a planted crash');
  });

  it('is given back by Ctrl-Z and goes on afterwards', async () => {
    const terminal = onTerminal();
    await terminal.shown('closed.example.com');
    terminal.type('\u001a');
    await terminal.shown(LEFT);
    terminal.kill('SIGCONT');
    await eventually(
      () => terminal.screen().split(ENTERED).length,
      (times) => times === 3,
      30_000,
    );
    terminal.type('q');
    expect(await terminal.end()).toMatchObject({ code: 0 });
  });
});
