// Backups, prunes and restores of which the worker, the command or both are killed at a random moment. Run by `npm run measure`;
// alone: node bench/backup.mjs [--rounds N] [--seed N].
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { bin, quantile, startStack } from './stack.mjs';

const ROUTES = 20;
const KINDS = ['full', 'incremental', 'restore', 'prune', 'components'];
const VICTIMS = ['worker', 'command', 'both'];
const ENDED_WITHIN_MS = 120_000;

function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Kills at random moments of backups, prunes and restores. `latest` must name a whole backup after each, and a restore must have
 * restored everything or nothing.
 */
export async function killsOfBackup(stack, hold, { rounds, seed = Date.now() % 100_000 }) {
  const random = generator(seed);
  const folder = mkdtempSync(join(tmpdir(), 'hecate-backup-bench-'));
  try {
    for (let i = 0; i < ROUTES; i++)
      await stack.run('route.create', { domain: `r${i}.example.com`, upstream: stack.upstream });
    const first = stack.hecate('backup', 'full', '--destination', folder);
    if (first.status !== 0) throw new Error(`the first backup ended with ${first.status}: ${first.stderr}`);
    const count = { restored: 0, 'not restored': 0 };
    const took = [];
    for (let round = 0; round < rounds; round++) {
      const kind = KINDS[round % KINDS.length];
      const victim = VICTIMS[random(VICTIMS.length)];
      const said = `round ${round} (seed ${seed}): backup ${kind}, SIGKILL of ${victim}`;
      const target = routesOf(stack);
      if (kind === 'incremental' || kind === 'full') await touch(stack, random, round);
      if (kind === 'restore') {
        // What is to be restored is the state of the newest backup.
        const made = stack.hecate('backup', 'incremental', '--since', 'last', '--destination', folder);
        hold(made.status === 0, `${said}: an increment before it ended with ${made.status}: ${made.stderr}`);
        for (let i = 0; i < 3; i++) await touch(stack, random, round * 10 + i);
        stack.hecate('delete', 'route', '--domain', `r${random(ROUTES)}.example.com`, '--force');
      }
      const before = routesOf(stack);
      const started = performance.now();
      const command = start(stack, argumentsOf(kind, folder));
      await sleep(random(kind === 'restore' ? 3_000 : 1_500));
      const pid = workerPid(stack);
      if (victim !== 'command' && pid !== null) process.kill(pid, 'SIGKILL');
      if (victim !== 'worker') command.child.kill('SIGKILL');
      await Promise.race([command.ended, sleep(ENDED_WITHIN_MS)]);
      await settled(stack, hold, said);
      took.push(performance.now() - started);
      wholeLatest(folder, hold, said);
      if (kind === 'restore') {
        const after = routesOf(stack);
        hold([before, target].includes(after), `${said}: it is restored in part`);
        count[after === target ? 'restored' : 'not restored']++;
        const again = stack.hecate(...argumentsOf('restore', folder));
        hold(again.status === 0, `${said}: the restore after it ended with ${again.status}: ${again.stderr}`);
        hold(routesOf(stack) === target, `${said}: the restore after it restored something else`);
      }
      command.child.kill('SIGKILL');
    }
    const verified = stack.hecate('read', 'verify', '--against-backup', join(folder, 'latest'), '--exit-code');
    hold([0, 8].includes(verified.status), `read verify ended with ${verified.status}: ${verified.stderr}`);
    hold(
      readdirSync(folder).every((name) => !name.endsWith('.partial')),
      `files that are not whole are left: ${readdirSync(folder).join(', ')}`,
    );
    console.log(
      `${rounds} kills in backups, prunes and restores (seed ${seed}): latest always whole unless named, restores ${JSON.stringify(count)}, settled after p50 ${(quantile(took, 0.5) / 1000).toFixed(1)} s, at most ${(Math.max(...took) / 1000).toFixed(1)} s`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function argumentsOf(kind, folder) {
  return {
    full: ['backup', 'full', '--destination', folder],
    incremental: ['backup', 'incremental', '--since', 'last', '--destination', folder],
    components: ['backup', '--components', 'routes', '--destination', folder],
    prune: ['backup', 'prune', '--destination', folder, '--keep-last', '3'],
    restore: ['backup', 'restore', '--from', join(folder, 'latest'), '--yes'],
  }[kind];
}

function start({ env }, args) {
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: 'ignore' });
  return { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

async function touch(stack, random, value) {
  const domain = `r${random(ROUTES)}.example.com`;
  await stack.run('route.update', { domain, headers: { 'X-Round': String(value) } }).catch(() => undefined);
}

function routesOf(stack) {
  const listed = JSON.parse(stack.hecate('list', 'routes', '-o', 'json').stdout);
  return JSON.stringify(listed.map(({ metadata, spec }) => [metadata.name, spec]));
}

function workerPid(stack) {
  return stack.status().components.find(({ name }) => name === 'worker')?.pid ?? null;
}

/** Waits until a worker runs and no operation does. */
async function settled(stack, hold, said) {
  const deadline = performance.now() + ENDED_WITHIN_MS;
  while (performance.now() < deadline) {
    const { components } = stack.status();
    const operations = JSON.parse(stack.hecate('list', 'operations', '-o', 'json').stdout || 'null');
    const runs = Array.isArray(operations) && operations.some(({ state }) => state === 'running');
    if (components.every(({ state }) => state === 'running') && Array.isArray(operations) && !runs) return;
    await sleep(250);
  }
  hold(false, `${said}: something still runs after ${ENDED_WITHIN_MS / 1000} s`);
}

/** `latest` must name a backup whose file has the hash that its record and `latest` say. */
function wholeLatest(folder, hold, said) {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  try {
    const { name, sha256 } = read('latest');
    const record = read(`${name}.json`);
    const found = createHash('sha256')
      .update(readFileSync(join(folder, record.file)))
      .digest('hex');
    hold(found === sha256 && record.sha256 === sha256, `${said}: latest names ${name}, whose file is another one`);
  } catch (error) {
    hold(false, `${said}: latest: ${error.message}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = (flag, usual) =>
    process.argv.includes(flag) ? Number(process.argv[process.argv.indexOf(flag) + 1]) : usual;
  const stack = await startStack({ watchesLog: false });
  const failures = [];
  const hold = (condition, what) => {
    if (condition) return;
    failures.push(what);
    console.log(`FAILED  ${what}`);
  };
  try {
    await killsOfBackup(stack, hold, { rounds: given('--rounds', 100), seed: given('--seed', Date.now() % 100_000) });
  } finally {
    await stack.stop();
  }
  process.exit(failures.length === 0 ? 0 : 1);
}
