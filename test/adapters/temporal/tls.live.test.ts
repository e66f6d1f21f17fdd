import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalConnectOptions } from '../../../src/adapters/temporal/connect-options.js';
import { connectTemporal } from '../../../src/client/connect/temporal-client.js';
import { ensureServer } from '../../../src/stack/servers/ensure-server.js';
import { defaultConnections, overlay } from '../../../src/stack/load-connections.js';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../../builders/certificates.js';
import { freePort } from '../../contracts/nats-server.js';
import { eventually } from '../../contracts/proxy-caddy.js';

const folder = mkdtempSync(join(tmpdir(), 'hecate-tls-'));
let authority: TestAuthority;
let client: TestCertificate;
let temporal: ChildProcess;
/** Ends TLS in front of Temporal, which cannot do so itself, and asks for a client certificate of the authority. */
let door: Server;
let address: string;
const names: (string | undefined)[] = [];

beforeAll(async () => {
  authority = makeAuthority(folder);
  const server = authority.issue(['temporal.test']);
  client = authority.issue(['worker.test']);
  const port = await freePort();
  temporal = spawn(await ensureServer('temporal', process.env), ['server', 'start-dev', '--headless', '--port', String(port), '--log-level', 'error'], { stdio: 'ignore' }); // prettier-ignore
  const plain = `127.0.0.1:${port}`;
  await eventually(() => Connection.connect({ address: plain }).then((one) => one.close().then(() => true), () => false)); // prettier-ignore
  const options = { key: server.key, cert: server.chain, ca: authority.certificate, ALPNProtocols: ['h2'] };
  door = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (socket) => {
    names.push(socket.getPeerCertificate().subjectaltname);
    const inner = connect(port, '127.0.0.1');
    for (const one of [socket, inner]) one.on('error', () => [socket, inner].forEach((end) => end.destroy()));
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(door.address() as AddressInfo).port}`;
});
afterAll(() => {
  door.close();
  temporal.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const settings = () => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_TLS_CLIENT_CERT_PATH: client.certFile,
  TEMPORAL_TLS_CLIENT_KEY_PATH: client.keyFile,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.file,
  TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
});
const connectionsOf = (env: Record<string, string>) => overlay(defaultConnections(folder), env);

describe('a Temporal that asks for a client certificate', () => {
  it('is reached by commands and by the worker with the certificate and the authority of the settings', async () => {
    const connections = connectionsOf(settings());
    expect(connections.temporal.address).toBe(address);
    const command = await connectTemporal(connections);
    const found = [];
    for await (const one of new Client({ connection: command }).workflow.list()) found.push(one);
    expect(found).toEqual([]);
    await command.close();
    const native = await NativeConnection.connect(temporalConnectOptions(connections.temporal, {}));
    await native.close();
    expect(new Set(names)).toEqual(new Set(['DNS:worker.test']));
  });

  it.each([
    ['no certificate', { TEMPORAL_TLS_CLIENT_CERT_PATH: '', TEMPORAL_TLS_CLIENT_KEY_PATH: '' }],
    ['no authority', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '' }],
    ['another name of the server', { TEMPORAL_TLS_SERVER_NAME: 'other.test' }],
    ['no TLS', { TEMPORAL_TLS: 'false' }],
  ])('is not reached with %s, which says what to look at', async (_name, wrong) => {
    const before = names.length;
    const failed = connectTemporal(connectionsOf({ ...settings(), ...wrong }));
    await expect(failed).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(address) as string,
      details: { hint: expect.stringContaining('TEMPORAL_TLS') as string },
    });
    expect(names.length).toBe(before);
  });
});
