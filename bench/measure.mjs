// Campaigns that must hold: kills at every step, updates under load, and the property tests with random seeds.
// Run by `npm run measure`; `npm test` runs it with `--small`, without the property tests. Exits 1 when something did not hold.
import { spawnSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';
import { killsOfBackup } from './backup.mjs';
import { canaryCampaigns } from './canary.mjs';
import { killsOfApply, quietReconcile } from './desired.mjs';
import { killsOfRotation, usesOfRotation } from './rotation.mjs';
import { quantile, startStack } from './stack.mjs';
import { truthCampaign } from './truth.mjs';

const small = process.argv.includes('--small');
const stack = await startStack();
const failures = [];

try {
  await killCampaign(small ? 2 : 100);
  await hungComponents(small ? ['worker'] : ['worker', 'caddy', 'nats', 'temporal', 'openbao', 'worker', 'caddy']);
  await truthCampaign(stack, hold, {
    changes: small ? 15 : 200,
    routes: small ? 6 : 20,
    seed: Number(process.env.HECATE_PROPERTY_SEED) || Date.now() % 100_000,
  });
  await updatesUnderLoad(small ? 10 : 200);
  await killsOfSignIn(small ? 2 : 100);
  await canaryCampaigns(stack, hold, small);
  await killsOfApply(stack, hold, small ? { rounds: 2, routes: 300 } : { rounds: 100, routes: 1_000 });
  await quietReconcile(stack, hold, small ? 300 : 10_000);
  await manyProtectedRoutes(small ? { policies: 3, routes: 10 } : { policies: 100, routes: 1000 });
} finally {
  await stack.stop();
}
await rotations();
await backups();
if (!small) hold(randomProperties(), 'property tests failed with a random seed; HECATE_PROPERTY_SEED repeats one');
for (const failure of failures) console.log(`FAILED  ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);

/** Rotations on a stack of their own: who watches the log of the other would have to take up new keys. */
async function rotations() {
  const own = await startStack({ watchesLog: false });
  try {
    await usesOfRotation(own, hold, { rotations: small ? 1 : 20 });
    await killsOfRotation(own, hold, { rounds: small ? 2 : 100 });
  } finally {
    await own.stop();
  }
}

/** Backups on a stack of their own: a restore must not find what others change. */
async function backups() {
  const own = await startStack({ watchesLog: false });
  try {
    await killsOfBackup(own, hold, { rounds: small ? 3 : 100 });
  } finally {
    await own.stop();
  }
  if (!small) hold(spawnSync(process.execPath, ['bench/backup-scale.mjs'], { stdio: 'inherit' }).status === 0, 'backup-scale failed'); // prettier-ignore
}

function hold(condition, what) {
  if (!condition) failures.push(what);
}

/** Runs the unit tests with random seeds; a failure prints its seed. */
function randomProperties() {
  const env = { ...process.env, HECATE_PROPERTY_SEED: 'random' };
  return spawnSync('node_modules/.bin/vitest', ['run', '--project', 'unit'], { env, stdio: 'inherit' }).status === 0;
}

/** Kills the worker between the commit and the outcome of a create, an update or a delete; each must end once, and Caddy equal the log. */
async function killCampaign(rounds) {
  const recovery = [];
  let halfDone = 0;
  for (let i = 0; i < rounds; i++) {
    const domain = `kill-${Math.floor(i / 3)}.example.com`;
    const operation = ['route.create', 'route.update', 'route.delete'][i % 3];
    const input = {
      'route.create': { domain, upstream: stack.upstream },
      'route.update': { domain, headers: { 'X-Round': String(i) } },
      'route.delete': { domain, force: true },
    }[operation];
    const pid = workerPid();
    const committed = stack.halfDone({ laterMs: laterMs(i) });
    const ending = stack.run(operation, input);
    if (await committed) halfDone++;
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    const { exitCode, result } = await ending;
    recovery.push(performance.now() - killedAt);
    hold(exitCode === 0, `round ${i}: ${operation} ended with ${exitCode}: ${result.detail}`);
    const answer = await get(domain);
    hold(
      answer.status === (operation === 'route.delete' ? 404 : 200),
      `round ${i}: ${domain} answers ${answer.status} after ${operation}`,
    );
    await until(() => workerPid() !== pid);
  }
  hold(halfDone >= rounds / 2, `only ${halfDone} of ${rounds} kills came before the outcome`);
  const history = JSON.parse(stack.hecate('history', '--all', '-o', 'json').stdout);
  const ids = history.map((commit) => commit.id);
  hold(new Set(ids).size === ids.length, 'a commit is in the log twice');
  // `up` makes the first operator, and the worker registers the environment's own credentials.
  const own = new Set(['operator.create', 'secret.register']);
  const made = history.filter(({ operation }) => !own.has(operation));
  hold(made.length === rounds, `${made.length} commits for ${rounds} operations`);
  hold(history.length === made.length + 2, `${history.length - made.length} commits of Hecate itself`);
  hold(
    history.every((commit) => commit.outcome === 'completed'),
    'a commit did not end as completed',
  );
  console.log(
    `${rounds} kills of the worker, ${halfDone} before the outcome: recovery p50 ${quantile(recovery, 0.5).toFixed(0)} ms (target 3000), p95 ${quantile(recovery, 0.95).toFixed(0)} ms`,
  );
}

/** Stops each component with SIGSTOP while an update is carried out; it must work again within 30 s, and the update end once. */
async function hungComponents(names) {
  const domain = 'hung.example.com';
  await stack.run('route.create', { domain, upstream: stack.upstream });
  const took = [];
  for (const [i, name] of names.entries()) {
    const component = () => stack.status().components.find((one) => one.name === name);
    const { pid } = component();
    const started = performance.now();
    process.kill(pid, 'SIGSTOP');
    // An update that meets the hung component may be refused; it is never half done.
    const ending = stack.run('route.update', { domain, headers: { 'X-Hung': String(i) } }).catch(() => null);
    const isBack = () => component()?.state === 'running' && component().pid !== pid;
    for (const deadline = started + 60_000; !isBack() && performance.now() < deadline;) await sleep(100);
    took.push(performance.now() - started);
    hold(took.at(-1) < 30_000, `${name} was not back within 30 s after SIGSTOP`);
    await ending;
    hold((await get(domain)).status === 200, `${domain} is not served after ${name} hung`);
  }
  const worst = Math.max(...took) / 1000;
  console.log(
    `${names.length} components stopped by SIGSTOP (${names.join(', ')}): back after at most ${worst.toFixed(1)} s`,
  );
}

/** Half of the kills come right after the commit, the others spread over the steps that follow. */
function laterMs(round) {
  return round % 2 === 0 ? 0 : 1 + ((round * 7) % 60);
}

/** Kills the worker while policies and protected routes come and go under constant requests of strangers. */
async function killsOfSignIn(rounds) {
  const domain = 'guarded.example.com';
  const steps = [
    ['auth-policy.create', { name: 'guard', groups: ['staff'] }],
    ['route.create', { domain, upstream: stack.upstream, authPolicy: 'guard' }],
    ['route.delete', { domain, force: true }],
    ['auth-policy.delete', { name: 'guard' }],
  ];
  const recovery = [];
  let halfDone = 0;
  let passed = 0;
  let asked = 0;
  let running = true;
  const stranger = (async () => {
    while (running) {
      const { status } = await get(domain).catch(() => ({ status: 0 }));
      asked++;
      if (status >= 200 && status < 300) passed++;
    }
  })();
  for (let i = 0; i < rounds; i++) {
    const [operation, input] = steps[i % steps.length];
    const pid = workerPid();
    const committed = stack.halfDone({ laterMs: 10 * laterMs(i) });
    const ending = stack.run(operation, input);
    if (await committed) halfDone++;
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    const { exitCode, result } = await ending;
    recovery.push(performance.now() - killedAt);
    hold(
      exitCode === 0 && result.behind.length === 0,
      `${operation} ended with ${exitCode}: ${JSON.stringify(result)}`,
    );
    await until(() => workerPid() !== pid);
  }
  running = false;
  await stranger;
  hold(halfDone >= rounds / 2, `only ${halfDone} of ${rounds} kills around sign-in came before the outcome`);
  hold(passed === 0, `${passed} of ${asked} strangers passed`);
  const { status, stdout } = stack.hecate('read', 'test', 'auth');
  hold(status === 0, `authentik is not as the log says:\n${stdout}`);
  console.log(
    `${rounds} kills of the worker around sign-in, ${halfDone} before the outcome: ${passed} of ${asked} strangers passed, recovery p50 ${quantile(recovery, 0.5).toFixed(0)} ms, p95 ${quantile(recovery, 0.95).toFixed(0)} ms`,
  );
}

/** Measures the cost of one more protected route when there are many. */
async function manyProtectedRoutes({ policies, routes }) {
  const inBatches = async (count, run) => {
    for (let from = 0; from < count; from += 25) {
      const batch = Array.from({ length: Math.min(25, count - from) }, (_, i) => run(from + i));
      for (const { exitCode, result } of await Promise.all(batch)) hold(exitCode === 0, JSON.stringify(result));
    }
  };
  const started = performance.now();
  await inBatches(policies, (i) => stack.run('auth-policy.create', { name: `p${i}`, groups: ['staff'] }));
  const created = [];
  const one = async (i) => {
    const begun = performance.now();
    const ending = await stack.run('route.create', {
      domain: `r${i}.example.com`,
      upstream: stack.upstream,
      authPolicy: `p${i % policies}`,
    });
    created.push(performance.now() - begun);
    return ending;
  };
  const first = await one(0);
  hold(first.exitCode === 0, JSON.stringify(first.result));
  await inBatches(routes - 1, (i) => one(i + 1));
  const seconds = (performance.now() - started) / 1000;
  await one(routes);
  const [atFirst, atLast] = [created[0], created.at(-1)];
  console.log(
    `${policies} policies and ${routes} protected routes in ${seconds.toFixed(0)} s; one more then took ${atLast.toFixed(0)} ms (${atFirst.toFixed(0)} ms for the first)`,
  );
}

/** Updates one route over and over while another one serves requests and holds a WebSocket. */
async function updatesUnderLoad(updates) {
  const upstream = createServer((_, response) => response.end('steady')).listen(0, '127.0.0.1');
  await new Promise((resolve) => upstream.once('listening', resolve));
  new WebSocketServer({ server: upstream }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  const address = `127.0.0.1:${upstream.address().port}`;
  for (const domain of ['steady.example.com', 'moving.example.com']) {
    const { exitCode } = await stack.run('route.create', { domain, upstream: address });
    hold(exitCode === 0, `${domain} was not created`);
  }
  const { hostname, port } = new URL(stack.connections.caddy[0].http);
  const socket = new WebSocket(`ws://${hostname}:${port}/`, { headers: { host: 'steady.example.com' } });
  let closed = 0;
  socket.on('close', () => closed++);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

  const started = performance.now();
  const counts = await underLoad(async () => {
    for (let i = 0; i < updates; i++) {
      const { exitCode } = await stack.run('route.update', {
        domain: 'moving.example.com',
        headers: { 'X-Update': String(i) },
      });
      hold(exitCode === 0, `update ${i} ended with ${exitCode}`);
    }
  });
  const pauseMs = (performance.now() - started) / updates;
  hold(counts.wrong === 0, `${counts.wrong} of ${counts.sent} answers were 5xx or wrong`);
  hold(closed === 0, 'the WebSocket of another route was closed');
  const bare = await underLoad(() => reloadBare(updates, pauseMs));
  socket.terminate();
  upstream.closeAllConnections();
  upstream.close();
  console.log(
    `${updates} updates under ${counts.sent} requests: ${counts.wrong} wrong, ${counts.resets} connections reset (${bare.resets} of ${bare.sent} when Caddy alone is reloaded as often), ${closed} WebSockets closed`,
  );
}

/** Requests both routes from four clients while `work` runs. */
async function underLoad(work) {
  const counts = { sent: 0, resets: 0, wrong: 0 };
  let running = true;
  const clients = Array.from({ length: 4 }, async () => {
    while (running) {
      for (const host of ['steady.example.com', 'moving.example.com']) {
        counts.sent++;
        await get(host).then(
          ({ status, body }) => (status === 200 && body === 'steady' ? undefined : counts.wrong++),
          () => counts.resets++,
        );
      }
    }
  });
  await work();
  running = false;
  await Promise.all(clients);
  return counts;
}

/** The same Caddy, written to directly at the same pace. Its generation stays, so Hecate has nothing to put right. */
async function reloadBare(times, pauseMs) {
  const path = '/config/apps/http/servers/hecate';
  const server = JSON.parse(await admin('GET', path));
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await admin('PATCH', path, JSON.stringify({ ...server, read_header_timeout: 60_000_000_000 + i }));
    await sleep(Math.max(0, pauseMs - (performance.now() - started)));
  }
}

function admin(method, path, body) {
  const socketPath = stack.connections.caddy[0].admin.replace(/^unix\//, '');
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const sent = request({ socketPath, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    sent.on('error', reject).end(body);
  });
}

function workerPid() {
  return stack.status().components.find((component) => component.name === 'worker')?.pid ?? null;
}

async function until(check) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    const value = check();
    if (value && workerPid() !== null) return;
  }
  throw new Error('did not come about within 20 s');
}

function get(host) {
  const { hostname, port } = new URL(stack.connections.caddy[0].http);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, headers: { host }, agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sent.on('error', reject).end();
  });
}
