// Saves histories of all workflows for the replay tests: node scripts/save-histories.mjs VERSION. Saved histories are never
// edited, since operations of a released version may still run after an upgrade.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { root, startStack } from '../bench/stack.mjs';

const version = process.argv[2] ?? 'unreleased';
const stack = await startStack();
const connection = await Connection.connect({ address: stack.connections.temporal.address });
const client = new Client({ connection });

const server = stack.status().components.find((component) => component.name === 'temporal');
const temporal = process.env.HECATE_TEMPORAL_BIN ?? readlinkSync(`/proc/${server.pid}/exe`);

const folder = mkdtempSync(join(tmpdir(), 'hecate-histories-'));
const accounts = join(folder, 'accounts');
writeFileSync(accounts, 'ada:lovelace\n');

try {
  const domain = 'app.example.com';
  const cli = (...args) => stack.hecate(...args);
  cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('update', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('update', 'route', '--domain', domain, '--upstream', '127.0.0.1:9');
  cli('create', 'route', '--domain', 'xn--0.example.com', '--upstream', stack.upstream);
  cli('delete', 'route', '--domain', domain, '--dry-run');
  cli('create', 'auth-policy', '--name', 'staff-only', '--groups', 'staff');
  cli('update', 'route', '--domain', domain, '--auth-policy', 'staff-only');
  cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '2s', '--reason', 'saved');
  cli('read', 'test', 'auth');
  cli('read', 'health');
  cli('create', 'secret', '--name', 'team', '--from-file', accounts);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  cli('update', 'route', '--domain', domain, '--auth-policy', 'none');
  cli('delete', 'auth-policy', '--name', 'staff-only');
  const canary = (...flags) => cli('update', 'route', '--domain', domain, ...flags);
  const another = `localhost:${stack.upstream.split(':')[1]}`;
  canary('--canary-upstream', another, '--canary-steps', '5,100', '--canary-interval', '2s', '--force');
  canary('--canary-pause');
  cli('read', 'canary', '--domain', domain);
  canary('--canary-resume');
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  cli('update', 'state', 'reconcile', '--dry-run');
  await stack.admin('DELETE', '/config/apps/http/servers/hecate/logs');
  cli('update', 'state', 'reconcile');
  cli('create', 'schedule', 'reconcile', '--every', '10s');
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  cli('delete', 'schedule', '--name', 'reconcile');
  cli('update', 'rollback', '--to-commit', '1');
  canary('--canary-upstream', stack.upstream, '--canary-percentage', '10', '--force');
  canary('--canary-percentage', '50');
  canary('--rollback-canary');
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const show = ['workflow', 'show', '--workflow-id', workflowId, '--run-id', runId, '--output', 'json'];
    const history = execFileSync(temporal, [...show, '--address', stack.connections.temporal.address], {
      encoding: 'utf8',
    });
    const isRunning = (await handle.describe()).status.name === 'RUNNING';
    const ended = isRunning ? Promise.resolve({ result: 'running' }) : handle.result();
    const ending = await ended.then(
      (result) => result?.result ?? result?.planned?.kind ?? 'completed',
      (error) => error.cause?.type ?? 'cancelled',
    );
    const name = `${type}-${workflowId.replace(/\/[^/]*$/, '').replace(/[^a-z-]+/g, '-')}-${ending}-${version}.json`;
    // Remove details of the machine that recorded it.
    const scrubbed = JSON.parse(history.replaceAll(/\d+@[\w-]+/g, 'recorded'), (key, value) =>
      key === 'identity' || key === 'stackTrace' ? 'recorded' : value,
    );
    writeFileSync(join(root, 'test/replay/histories', name), JSON.stringify(scrubbed, null, 1));
    console.log(name);
  }
} finally {
  rmSync(folder, { recursive: true });
  await connection.close();
  await stack.stop();
}
