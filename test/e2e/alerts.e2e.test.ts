import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

/** Bodies that the sink got. */
const received: string[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    received.push(body);
    response.writeHead(200).end();
  });
});

let stack: TestStack;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
beforeAll(async () => {
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  stack = startStack({ HECATE_ALERT_GROUP_WAIT: '1s', HECATE_ALERT_GROUP_INTERVAL: '5s' });
  upstream = await startUpstream('up');
  const { port } = receiver.address() as AddressInfo;
  const local = ['--allow-plaintext', '--allow-private-addresses'];
  const url = `http://127.0.0.1:${port}/`;
  await done('create', 'route', '--domain', 'app.example.com', '--upstream', upstream.address);
  await done('create', 'alert-sink', '--name', 'manager', '--type', 'alertmanager', '--url', url, ...local);
  await done('update', 'alert-rule', '--name', 'upstream-down', '--for', 'none', '--keep-firing-for', 'none');
});
afterAll(() => {
  stack.stop();
  receiver.close();
  upstream.close();
});

async function done(...args: string[]) {
  const { status: code, stderr, stdout } = await stack.run(...args);
  expect(code, `${args.join(' ')}\n${stderr}${stdout}`).toBe(0);
  return stdout;
}

/** The alerts that the sink was told of by a rule, each as firing or resolved. */
function told(rule: string): string[] {
  const alerts = received.flatMap(
    (body) => JSON.parse(body) as { readonly labels: Record<string, string>; readonly endsAt?: string }[],
  );
  return alerts
    .filter(({ labels }) => labels['alertname'] === rule)
    .map(({ endsAt }) => (endsAt !== undefined && Date.parse(endsAt) <= Date.now() ? 'resolved' : 'firing'));
}

const until = (rule: string, states: readonly string[]) =>
  eventually(
    async () => told(rule),
    (now) => now.length >= states.length,
    120_000,
  );

it('a fresh stack is healthy, and has the default rules', async () => {
  const { passed, findings } = JSON.parse(await done('read', 'health', '-o', 'json')) as {
    readonly passed: boolean;
    readonly findings: readonly { readonly area: string; readonly name: string; readonly level: string }[];
  };
  expect(passed).toBe(true);
  const components = findings.filter(({ area }) => area === 'component').map(({ name, level }) => `${name} ${level}`);
  expect(components).toEqual(expect.arrayContaining(['caddy ok', 'nats ok', 'temporal ok', 'vault ok']));
  expect(await done('list', 'alert-rules')).toContain('component-down');
});

it('a server that is down is told once, and once that it is up again, although the worker was killed between', async () => {
  const { port } = new URL(`http://${upstream.address}`);
  upstream.close();
  await until('upstream-down', ['firing']);
  const alerts = JSON.parse(await done('list', 'alerts', '-o', 'json')) as { readonly rule: string }[];
  expect(alerts.filter(({ rule }) => rule === 'upstream-down')).toMatchObject([
    { state: 'firing', labels: { route: 'app.example.com' } },
  ]);
  process.kill(stack.pidOf('worker'), 'SIGKILL');
  const again = createServer((_request, response) => response.end('up'));
  await once(again.listen(Number(port), '127.0.0.1'), 'listening');
  await until('upstream-down', ['firing', 'resolved']);
  expect(told('upstream-down')).toEqual(['firing', 'resolved']);
  again.close();
}, 240_000);

it('a component that hangs is told once, and once that it works again', async () => {
  await done('update', 'alert-rule', '--name', 'component-down', '--for', 'none', '--keep-firing-for', 'none');
  const thaw = stack.freeze('openbao');
  try {
    await until('component-down', ['firing']);
  } finally {
    thaw();
  }
  await until('component-down', ['firing', 'resolved']);
  expect(told('component-down')).toEqual(['firing', 'resolved']);
  expect(received.find((body) => body.includes('component-down'))).toContain('"component":"vault"');
}, 240_000);

it('a bypass of sign-in is told once, and once that it ended', async () => {
  await done('create', 'auth-policy', '--name', 'team', '--provider', 'authentik', '--groups', 'staff');
  const bypass = ['update', 'route', '--domain', 'app.example.com'];
  await done(...bypass, '--auth-policy', 'team');
  await done(...bypass, '--auth-bypass', '--duration', '1h', '--reason', 'authentik is repaired');
  await until('bypass-open', ['firing']);
  await done(...bypass, '--auth-bypass=off');
  await until('bypass-open', ['firing', 'resolved']);
  expect(told('bypass-open')).toEqual(['firing', 'resolved']);
  expect(received.find((body) => body.includes('bypass-open'))).toContain('authentik is repaired');
}, 240_000);
