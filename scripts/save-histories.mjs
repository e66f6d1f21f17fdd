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
  // Some commands are to fail; the output names all that did.
  const cli = (...args) => {
    const { status, stderr } = stack.hecate(...args);
    if (status !== 0) console.log(`exit ${status}: ${args.join(' ')}\n${stderr}`);
  };
  cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('create', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('update', 'route', '--domain', domain, '--upstream', stack.upstream);
  cli('update', 'route', '--domain', domain, '--upstream', '127.0.0.1:9');
  cli('create', 'route', '--domain', 'xn--0.example.com', '--upstream', stack.upstream);
  cli('create', 'auth-policy', '--name', 'staff-only', '--groups', 'staff');
  cli('update', 'route', '--domain', domain, '--auth-policy', 'staff-only');
  cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '2s', '--reason', 'saved');
  await ended('bypass');
  cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '1h', '--reason', 'saved');
  // Signals the workflow.
  cli('update', 'route', '--domain', domain, '--auth-bypass', '--duration', '2h', '--reason', 'saved');
  const [ending] = await workflows('WorkflowType = "bypass" AND ExecutionStatus = "Running"');
  await client.workflow.getHandle(ending.workflowId).cancel();
  await ended('bypass', 'Canceled');
  // Cancelling ends the workflow and not the bypass.
  cli('update', 'route', '--domain', domain, '--auth-bypass=off');
  cli('create', 'secret', '--name', 'team', '--from-file', accounts);
  cli('update', 'route', '--domain', domain, '--auth-policy', 'none', '--force');
  cli('delete', 'auth-policy', '--name', 'staff-only');
  const canary = (...flags) => cli('update', 'route', '--domain', domain, ...flags);
  const another = `localhost:${stack.upstream.split(':')[1]}`;
  canary('--canary-upstream', another, '--canary-steps', '5,100', '--canary-interval', '2s', '--force');
  canary('--canary-pause');
  // Calls the workflow's update.
  cli('read', 'canary', '--domain', domain);
  canary('--canary-resume');
  await ended('canary');
  await stack.admin('DELETE', '/config/apps/http/servers/hecate/logs');
  cli('update', 'state', 'reconcile');
  cli('create', 'schedule', 'reconcile', '--every', '10s');
  await ended('scheduledReconcile');
  cli('update', 'schedule', '--name', 'reconcile', '--pause', '--reason', 'saved');
  cli('delete', 'schedule', '--name', 'reconcile');
  cli('update', 'rollback', '--to-commit', '1');
  canary('--canary-upstream', another, '--canary-percentage', '10', '--force');
  canary('--canary-percentage', '50');
  canary('--rollback-canary');
  const saved = new Set();
  for (const one of await workflows()) {
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
