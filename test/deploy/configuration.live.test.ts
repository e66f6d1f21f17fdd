import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureServer } from '../../src/stack/servers/ensure-server.js';
import { freePort } from '../contracts/nats-server.js';

let home: string;
const init = join(import.meta.dirname, '../../dist/init.cjs');

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hecate-deploy-'));
  execFileSync(process.execPath, [init, 'keys'], { env: { ...process.env, HECATE_HOME: home } });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the configuration that a deployment mounts', () => {
  it('is accepted by nats-server', async () => {
    const program = await ensureServer('nats-server', process.env);
    const { status, stderr } = spawnSync(program, ['-t', '-c', join(home, 'nats/nats.conf')], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });

  it('is accepted by caddy', async () => {
    const program = await ensureServer('caddy', process.env);
    const args = ['validate', '--config', join(home, 'caddy/bootstrap.json')];
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, HOME: home } });
    expect(status, stderr).toBe(0);
  });

  it('starts OpenBao, which answers as not initialised', async () => {
    const [program, port, cluster] = await Promise.all([ensureServer('bao', process.env), freePort(), freePort()]);
    const config = join(home, 'openbao/openbao.hcl');
    const text = readFileSync(config, 'utf8').replaceAll('0.0.0.0', '127.0.0.1').replaceAll('openbao:', '127.0.0.1:');
    writeFileSync(config, text.replaceAll(':8200', `:${port}`).replaceAll(':8201', `:${cluster}`));
    const server = spawn(program, ['server', `-config=${config}`], {
      stdio: 'ignore',
      env: { ...process.env, HOME: home },
    });
    try {
      const address = `http://127.0.0.1:${port}/v1/sys/health`;
      for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
        const status = await fetch(address).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 501) break;
        if (Date.now() > deadline) expect.fail(`it answers ${status}`);
      }
    } finally {
      server.kill('SIGKILL');
    }
  });

  it('can be read by its owner only, and is the same when made again', () => {
    const files = ['nats/worker.seed', 'nats/nats.conf', 'openbao/seal.key'];
    const before = files.map((file) => readFileSync(join(home, file), 'latin1'));
    execFileSync(process.execPath, [init, 'keys'], { env: { ...process.env, HECATE_HOME: home } });
    expect(files.map((file) => readFileSync(join(home, file), 'latin1'))).toEqual(before);
    for (const file of files) expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
  });
});
