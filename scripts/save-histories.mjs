// Saves histories of all workflows for the replay tests: node scripts/save-histories.mjs VERSION. Saved histories are never
// edited, since operations of a released version may still run after an upgrade. To keep the machine's name out of them:
// unshare --uts sh -c 'hostname saved && node scripts/save-histories.mjs VERSION'
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bin, root, startStack } from '../bench/stack.mjs';

const version = process.argv[2] ?? 'unreleased';
const stack = await startStack();
const connection = await Connection.connect({ address: stack.connections.temporal.address });
const client = new Client({ connection });

const server = stack.status().components.find((component) => component.name === 'temporal');
const temporal = process.env.HECATE_TEMPORAL_BIN ?? readlinkSync(`/proc/${server.pid}/exe`);

const folder = mkdtempSync(join(tmpdir(), 'hecate-histories-'));
const accounts = join(folder, 'accounts');
writeFileSync(accounts, 'ada:lovelace\n');

/** Waits until the newest answer satisfies `isMet`. */
async function until(what, answer, isMet) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if (isMet(await answer())) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited a minute in vain: ${what}`);
}

async function workflows(query) {
  const found = [];
  for await (const one of client.workflow.list(query === undefined ? {} : { query })) found.push(one);
  return found;
}

const ended = (type, status = 'Completed') =>
  until(
    `a workflow ${type} ends`,
    () => workflows(`WorkflowType = "${type}" AND ExecutionStatus = "${status}"`),
    (found) => found.length > 0,
  );

/** Returns the name of a history's file: type and subject of the workflow, and its end. */
async function nameOf({ workflowId, runId, type, status }) {
  const result =
    status.name === 'RUNNING'
      ? Promise.resolve({ result: 'running' })
      : client.workflow.getHandle(workflowId, runId).result();
  const ending = await result.then(
    (value) => value?.result ?? 'completed',
    (error) => error.cause?.type ?? 'cancelled',
  );
  const subject = workflowId
    .replace(/^hecate-[a-z0-9]+\//, '')
    .replace(/\/[^/]*$/, '')
    .replace(/[^a-z0-9]+/g, '-');
  return `${type}-${subject}-${ending}-${version}.json`;
}

try {
  const domain = 'app.example.com';
  // Some commands are to fail; the output names all that did. This process must not wait for a command with `stack.hecate`:
  // the upstream runs in it and would not answer meanwhile.
  const cli = async (...args) => {
    const child = spawn(process.execPath, [bin, ...args], { env: stack.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    const [status] = await once(child, 'close');
    if (status !== 0) console.log(`exit ${status}: ${args.join(' ')}\n${stderr}`);
  };
  await cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  await cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  await cli('update', 'route', '--domain', domain, '--upstream', stack.upstream);
  await cli('update', 'route', '--domain', domain, '--upstream', '127.0.0.1:9');
  await cli('create', 'route', '--domain', 'xn--0.example.com', '--upstream', stack.upstream);
  await cli('create', 'auth-policy', '--name', 'staff-only', '--groups', 'staff');
  await cli('update', 'route', '--domain', domain, '--auth-policy', 'staff-only');
  // Receives that the bypass is open.
  const topic = ['--type', 'ntfy', '--url', `http://${stack.upstream}/topic`];
  await cli('create', 'alert-sink', '--name', 'chat', ...topic, '--allow-plaintext', '--allow-private-addresses');
  await cli('test', 'alert', '--sink', 'chat');
  await cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '2s', '--reason', 'saved');
  await ended('bypass');
  await cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '1h', '--reason', 'saved');
  // Signals the workflow.
  await cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '2h', '--reason', 'saved again');
  const [ending] = await workflows('WorkflowType = "bypass" AND ExecutionStatus = "Running"');
  await client.workflow.getHandle(ending.workflowId).cancel();
  await ended('bypass', 'Canceled');
  // Cancelling ends the workflow and not the bypass.
  await cli('update', 'route', '--domain', domain, '--auth-bypass=off');
  await cli('create', 'secret', '--name', 'team', '--from-file', accounts);
  await cli('update', 'route', '--domain', domain, '--auth-policy', 'none', '--force');
  await cli('delete', 'auth-policy', '--name', 'staff-only');
  const canary = (...flags) => cli('update', 'route', '--domain', domain, ...flags);
  const another = `localhost:${stack.upstream.split(':')[1]}`;
  await canary('--canary-upstream', another, '--canary-steps', '5,100', '--canary-interval', '2s', '--force');
  await canary('--canary-pause');
  // Calls the workflow's update.
  await cli('read', 'canary', '--domain', domain);
  await canary('--canary-resume');
  await ended('canary');
  await stack.admin('DELETE', '/config/apps/http/servers/hecate/logs');
  await cli('update', 'state', 'reconcile');
  await cli('create', 'schedule', 'reconcile', '--every', '10s');
  await ended('scheduledReconcile');
  await cli('update', 'schedule', '--name', 'reconcile', '--pause', '--reason', 'saved');
  await cli('delete', 'schedule', '--name', 'reconcile');
  await cli('read', 'requests', '--domain', domain);
  await cli('read', 'config', 'caddy');
  // Another change of the same route ends the first probation; the second passes without requests.
  await cli('update', 'route', '--domain', domain, '--upstream', another, '--probation', '1h');
  await cli('update', 'route', '--domain', domain, '--upstream', stack.upstream, '--probation', '20s');
  await ended('probation');
  // One delivery is still going on.
  await ended('deliverAlerts', 'Running');
  const { stdout } = spawnSync(process.execPath, [bin, 'history', '--all', '-o', 'json'], {
    env: stack.env,
    encoding: 'utf8',
  });
  const created = JSON.parse(stdout).findLast(({ operation }) => operation === 'route.create');
  await cli('update', 'rollback', '--to-commit', String(created.sequence));
  await canary('--canary-upstream', another, '--canary-percentage', '10', '--force');
  await canary('--canary-percentage', '50');
  await canary('--rollback-canary');
  const saved = new Set();
  // Of several that have one name, the longest tells most.
  for (const one of (await workflows()).sort((a, b) => b.historyLength - a.historyLength)) {
    const name = await nameOf(one);
    if (saved.has(name)) continue;
    saved.add(name);
    const show = ['workflow', 'show', '--workflow-id', one.workflowId, '--run-id', one.runId, '--output', 'json'];
    const history = execFileSync(temporal, [...show, '--address', stack.connections.temporal.address], {
      encoding: 'utf8',
    });
    // Nothing of the machine that recorded it.
    const scrubbed = JSON.parse(history.replaceAll(/\d+@[\w-]+/g, 'recorded'), (key, value) =>
      key === 'identity' || key === 'stackTrace' ? 'recorded' : value,
    );
    // `wx`: a saved history is never written again.
    writeFileSync(join(root, 'test/replay/histories', name), JSON.stringify(scrubbed, null, 1), { flag: 'wx' });
    console.log(name);
  }
} finally {
  rmSync(folder, { recursive: true });
  await connection.close();
  await stack.stop();
}
