import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../builders/certificates.js';
import { freePort } from '../contracts/nats-server.js';
import { eventually, startStack, startUpstream, type TestStack } from './stack.js';

const bin = join(import.meta.dirname, '../../bin/hecate');
const folder = mkdtempSync(join(tmpdir(), 'hecate-mtls-'));
const DOMAIN = 'app.example.com';
/** First byte of a TLS connection: a record with a handshake message (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;

let temporal: ChildProcess;
let door: Awaited<ReturnType<typeof startDoor>>;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let other: typeof upstream;
let stack: TestStack;
let ofWorker: Readonly<Record<string, string>>;
let ofCommands: typeof ofWorker;

beforeAll(async () => {
  const authority = makeAuthority(folder);
  const port = await freePort();
  const program = await ensureServer('temporal', process.env);
  temporal = spawn(program, ['server', 'start-dev', '--headless', '--port', String(port), '--log-level', 'error'], { stdio: 'ignore' }); // prettier-ignore
  const plain = `127.0.0.1:${port}`;
  await eventually(() => Connection.connect({ address: plain }).then((one) => one.close().then(() => true)), Boolean);
  door = await startDoor(authority, port);
  const settings = {
    HECATE_TEMPORAL_ADDRESS: door.address,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.file,
    TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
  };
  ofWorker = { ...settings, ...clientSettings(authority.issue(['worker.test'])) };
  ofCommands = clientSettings(authority.issue(['command.test']));
  [upstream, other] = await Promise.all([startUpstream('up'), startUpstream('other')]);
  stack = startStack(ofWorker);
}, 120_000);
afterAll(() => {
  stack?.stop();
  upstream?.close();
  other?.close();
  door?.close();
  temporal.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function clientSettings({ certFile, keyFile }: TestCertificate): Record<string, string> {
  return { TEMPORAL_TLS_CLIENT_CERT_PATH: certFile, TEMPORAL_TLS_CLIENT_KEY_PATH: keyFile };
}

/** A connection that reached Temporal's address: its first byte (null: it sent none), and the client's certificate. */
interface Visit {
  readonly firstByte: number | null;
  readonly peer: string | null;
}

/**
 * Ends TLS in front of a Temporal that cannot do so itself, and refuses clients without a certificate of the authority. It has
 * a thread of its own, so it answers while the test waits for a command.
 */
async function startDoor(authority: TestAuthority, port: number) {
  const { key, chain } = authority.issue(['temporal.test']);
  const thread = new Worker(DOOR, { eval: true, workerData: { key, chain, ca: authority.certificate, port } });
  const [doorPort] = (await once(thread, 'message')) as [number];
  return {
    address: `127.0.0.1:${doorPort}`,
    /** The connections since the last call. */
    async visits(): Promise<readonly Visit[]> {
      thread.postMessage('visits');
      const [visits] = (await once(thread, 'message')) as [readonly Visit[]];
      return visits;
    },
    close: () => void thread.terminate(),
  };
}

const DOOR = `
const { parentPort, workerData: { key, chain, ca, port } } = require('node:worker_threads');
const net = require('node:net');
let visits = [];
const byPort = new Map();
const join = (one, other) => {
  for (const end of [one, other]) end.on('error', () => [one, other].forEach((each) => each.destroy()));
  one.pipe(other).pipe(one);
};
const options = { key, cert: chain, ca, ALPNProtocols: ['h2'], requestCert: true, rejectUnauthorized: true };
const door = require('node:tls').createServer(options, (socket) => {
  const visit = byPort.get(socket.remotePort);
  if (visit) visit.peer = socket.getPeerCertificate().subjectaltname ?? null;
  join(socket, net.connect(port, '127.0.0.1'));
});
door.listen(0, '127.0.0.1', () => {
  const outside = net.createServer((socket) => {
    const visit = { firstByte: null, peer: null };
    visits.push(visit);
    const inner = net.connect(door.address().port, '127.0.0.1', () => {
      byPort.set(inner.localPort, visit);
      socket.once('data', (chunk) => (visit.firstByte = chunk[0]));
      join(socket, inner);
    });
    inner.on('error', () => socket.destroy());
  });
  outside.listen(0, '127.0.0.1', () => parentPort.postMessage(outside.address().port));
});
parentPort.on('message', () => {
  parentPort.postMessage(visits);
  visits = [];
});
`;

/** Connections that sent something. `up` also looks whether the port answers, and sends nothing. */
async function peers(): Promise<readonly (string | null)[]> {
  const speaking = (await door.visits()).filter(({ firstByte }) => firstByte !== null);
  expect(speaking.every(({ firstByte }) => firstByte === HANDSHAKE)).toBe(true);
  return speaking.map(({ peer }) => peer);
}

/** Waits until the server has closed a connection, with or without an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve()).resume();
  });
}

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await stack.run(...args);
  expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

/** Runs a command with settings of its own shell, and nothing else of Temporal's. */
function inShell(settings: Readonly<Record<string, string>>, ...args: string[]) {
  const env = { ...process.env, HECATE_HOME: stack.home, ...settings };
  return spawnSync(process.execPath, [bin, ...args], { env, encoding: 'utf8' });
}

describe('a stack with a Temporal that asks for a client certificate', () => {
  it('starts, with no connection of the supervisor or the worker that is not TLS with the certificate', async () => {
    expect(stack.status.components.find(({ name }) => name === 'temporal')).toMatchObject({ state: 'external' });
    const seen = await peers();
    expect(seen.length).toBeGreaterThan(1);
    expect(new Set(seen)).toEqual(new Set(['DNS:worker.test']));
  });

  it('is behind a door that refuses a connection without TLS, or without a certificate', async () => {
    await door.visits();
    const [host, port] = door.address.split(':') as [string, string];
    const plain = connect({ host, port: Number(port) });
    plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await closed(plain);
    const secure = tlsConnect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await closed(secure);
    const refused = (await door.visits()).filter(({ peer }) => peer === null);
    expect(refused.map(({ firstByte }) => firstByte)).toEqual(['P'.charCodeAt(0), HANDSHAKE]);
  });

  it('carries out, lists, follows and cancels operations, and looks at a plan, health, drift and the stack', async () => {
    await done('create', 'route', '--domain', DOMAIN, '--upstream', upstream.address);
    expect((await stack.get(DOMAIN)).body).toContain('"name":"up"');
    const [created] = JSON.parse(await done('list', 'operations', '-o', 'json')) as { workflowId: string }[];
    await done('follow', created?.workflowId ?? '');
    expect((await stack.run('cancel', created?.workflowId ?? '')).status).not.toBe(6);
    await done('update', 'route', '--domain', DOMAIN, '--middleware', 'compression', '--dry-run');
    await done('read', 'health');
    await done('update', 'state', 'reconcile');
    await done('status');
    expect(new Set(await peers())).toEqual(new Set(['DNS:worker.test']));
  });

  it('runs schedules, a canary and a bypass', async () => {
    await done('create', 'schedule', 'reconcile', '--every', '1h');
    await done('list', 'schedules');
    await done('update', 'route', '--domain', DOMAIN, '--canary-upstream', other.address, '--canary-percentage', '10', '--force'); // prettier-ignore
    await done('read', 'canary', '--domain', DOMAIN);
    await done('create', 'auth-policy', '--name', 'staff', '--groups', 'staff', '--create-groups');
    await done('create', 'route', '--domain', 'team.example.com', '--upstream', upstream.address, '--auth-policy', 'staff'); // prettier-ignore
    await done('update', 'route', '--domain', 'team.example.com', '--auth-bypass', '--duration', '1h', '--reason', 'x');
    await done('delete', 'schedule', '--name', 'reconcile');
    expect(new Set(await peers())).toEqual(new Set(['DNS:worker.test']));
  });

  it('is reached by commands with the home’s settings, or with a certificate of their own shell', async () => {
    await peers();
    expect(inShell({}, 'list', 'operations').status).toBe(0);
    expect(new Set(await peers())).toEqual(new Set(['DNS:worker.test']));
    expect(inShell(ofCommands, 'update', 'route', '--domain', DOMAIN, '--middleware', 'compression').status).toBe(0);
    expect(await peers()).toContain('DNS:command.test');
  });

  it('is not reached without TLS, which is not tried instead', async () => {
    await peers();
    const missing = { TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'none.pem') };
    const { status, stderr } = inShell(missing, 'list', 'operations');
    expect(status, stderr).toBe(5);
    expect(await peers()).toEqual([]);
  });

  it('goes on after its worker was killed, which takes over what ran', async () => {
    await peers();
    const before = stack.pidOf('worker');
    process.kill(before, 'SIGKILL');
    await eventually(() => stack.pidOf('worker'), (pid) => pid !== before); // prettier-ignore
    await eventually(() => stack.run('status'), ({ status }) => status === 0, 60_000); // prettier-ignore
    await done('update', 'route', '--domain', DOMAIN, '--middleware', 'none', '--force');
    expect(new Set(await peers())).toEqual(new Set(['DNS:worker.test']));
  });
});
