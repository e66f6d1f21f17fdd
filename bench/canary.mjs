// Campaigns about canaries on a running stack: the split, canaries that equal the stable side, ones that fail, and kills.
import { execFile } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bin } from './stack.mjs';

/** Runs them all; `hold(condition, what)` notes what did not hold. */
export async function canaryCampaigns(stack, hold, small) {
  const lab = await startLab(stack);
  try {
    await split(lab, hold, small ? 1_000 : 10_000);
    await equals(lab, hold, small ? 2 : 50);
    await failing(lab, hold, small ? 1 : 10);
    await killed(lab, hold, small ? 2 : 30);
  } finally {
    lab.stop();
  }
}

/** Fresh visitors of a canary of 10% while other routes change all the time; the figures must be the upstreams' own. */
async function split({ stack, stable, canary, visits }, hold, visitors) {
  const domain = 'split.example.com';
  await done(stack, 'route.create', { domain, upstream: stable.address });
  await done(stack, 'route.create', { domain: 'busy.example.com', upstream: stable.address });
  await done(stack, 'route.canary.start', { domain, canaryUpstream: canary.address, canaryPercentage: 10 });
  let running = true;
  let changes = 0;
  const busy = (async () => {
    for (; running; changes++) {
      await done(stack, 'route.update', { domain: 'busy.example.com', headers: { 'X-Change': String(changes) } });
    }
  })();
  const seen = await visits(domain, visitors);
  running = false;
  await busy;
  const share = seen.canary / visitors;
  // Five standard deviations: exceeded by chance once in 1.7 million runs.
  const spread = 5 * Math.sqrt((0.1 * 0.9) / visitors);
  hold(Math.abs(share - 0.1) <= spread, `${share} of ${visitors} visitors got a canary of 10%`);
  hold(seen.wrong === 0, `${seen.wrong} wrong answers while other routes changed`);
  // Without blocking this process, whose servers Hecate asks meanwhile.
  const args = [bin, 'read', 'canary', '--domain', domain, '-o', 'json'];
  const { status } = JSON.parse((await promisify(execFile)(process.execPath, args, { env: stack.env })).stdout);
  const shown = { stable: status.figures.stable.requests, canary: status.figures.canary.requests };
  const truth = { stable: stable.answered, canary: canary.answered };
  hold(
    JSON.stringify(shown) === JSON.stringify(truth),
    `shown ${JSON.stringify(shown)}, true ${JSON.stringify(truth)}`,
  );
  await done(stack, 'route.canary.rollback', { domain, rollbackCanary: true });
  console.log(
    `${visitors} fresh visitors at 10% during ${changes} changes: ${(share * 100).toFixed(2)}% to the canary, figures as the upstreams counted`,
  );
}

/** Canaries that do what the stable side does, half of them both failing at 2%; none may be rolled back. */
async function equals({ stack, stable, canary, visits }, hold, runs) {
  let rolledBack = 0;
  const one = async (i) => {
    const domain = `equal-${i}.example.com`;
    await done(stack, 'route.create', { domain, upstream: stable.address });
    await done(stack, 'route.canary.start', {
      domain,
      canaryUpstream: canary.address,
      canarySteps: [20, 60],
      canaryInterval: '2s',
      canaryMaxErrorRate: '1%',
      canaryMinRequests: 20,
    });
    const ended = await untilEnded(stack, domain, () => visits(domain, 60, 4));
    if (ended !== 'route.canary.promote') rolledBack++;
  };
  for (let from = 0; from < runs; from += AT_ONCE) {
    stable.failing = canary.failing = from % (2 * AT_ONCE) === 0 ? 0.02 : 0;
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, runs - from) }, (_, i) => one(from + i)));
  }
  stable.failing = canary.failing = 0;
  hold(rolledBack === 0, `${rolledBack} of ${runs} canaries that equal the stable side were rolled back`);
  console.log(`${runs} canaries that equal the stable side: ${rolledBack} rolled back`);
}

const AT_ONCE = 5;

/** Canaries that fail 5%: each must be rolled back within one interval. */
async function failing({ stack, stable, canary, visits }, hold, runs) {
  const intervalMs = 30_000;
  const took = [];
  canary.failing = 0.05;
  for (let i = 0; i < runs; i++) {
    const domain = `failing-${i}.example.com`;
    await done(stack, 'route.create', { domain, upstream: stable.address });
    const limits = { canaryInterval: `${intervalMs}ms`, canaryMaxErrorRate: '1%' };
    const began = performance.now();
    await done(stack, 'route.canary.start', {
      domain,
      canaryUpstream: canary.address,
      canaryPercentage: 25,
      ...limits,
    });
    const ended = await untilEnded(stack, domain, () => visits(domain, 400, 8));
    took.push(performance.now() - began);
    hold(ended === 'route.canary.rollback', `a canary that fails 5% ended with ${ended}`);
  }
  canary.failing = 0;
  const longest = Math.max(...took);
  hold(longest < intervalMs, `a canary that fails 5% was rolled back after ${longest.toFixed(0)} ms`);
  console.log(
    `${runs} canaries that fail 5%: all rolled back, the last after ${(longest / 1000).toFixed(1)} s (interval 30 s)`,
  );
}

/** Kills the worker in turn while a canary waits, and between the commit and the outcome of a step; it must go through its plan, once. */
async function killed({ stack, stable, canary, visits, workerPid, restarted }, hold, kills) {
  const domain = 'killed.example.com';
  const steps = [10, 30, 50, 100];
  const plan = JSON.stringify([10, 30, 50, 100, null]);
  let left = kills;
  for (let round = 0; left > 0; round++) {
    if (round === 0) await done(stack, 'route.create', { domain, upstream: stable.address });
    const to = round % 2 === 0 ? canary.address : stable.address;
    await done(stack, 'route.canary.start', {
      domain,
      canaryUpstream: to,
      canarySteps: steps,
      canaryInterval: '1500ms',
    });
    const wrong = [];
    const ended = await untilEnded(stack, domain, async () => {
      const seen = await visits(domain, 20, 4);
      if (seen.wrong > 0) wrong.push(seen.wrong);
      if (left <= 0) return;
      const pid = workerPid();
      // A canary that has ended meanwhile commits nothing more.
      if (left % 2 === 0 && !(await stack.halfDone({ withinMs: 5_000 }))) return;
      left--;
      process.kill(pid, 'SIGKILL');
      await restarted(pid);
    });
    hold(ended === 'route.canary.promote', `round ${round} of kills ended with ${ended}`);
    hold(wrong.length === 0, `round ${round} of kills: ${wrong} wrong answers`);
    const percentages = canaryChanges(stack, domain).slice(-steps.length - 1);
    hold(JSON.stringify(percentages) === plan, `round ${round} of kills went through ${JSON.stringify(percentages)}`);
  }
  console.log(`${kills} kills of the worker during canaries: each went through its steps once`);
}

/** The percentages that the log has for a domain's canaries, in order; null: one ended. */
function canaryChanges(stack, domain) {
  return commits(stack, domain)
    .flatMap(({ changes }) => changes.filter(({ kind }) => kind === 'Canary'))
    .map(({ after }) => after?.percentage ?? null);
}

function commits(stack, domain) {
  return JSON.parse(stack.hecate('history', '--all', '--domain', domain, '-o', 'json').stdout).reverse();
}

/** Does `meanwhile` again and again until the canary of this domain has ended; answers by which operation. */
async function untilEnded(stack, domain, meanwhile) {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
    await meanwhile();
    const last = commits(stack, domain).at(-1);
    if (last.changes.some(({ kind, after }) => kind === 'Canary' && after === null)) return last.operation;
  }
  return 'nothing within two minutes';
}

async function done(stack, operation, input) {
  const { exitCode, result } = await stack.run(operation, input);
  if (exitCode !== 0) throw new Error(`${operation} ended with ${exitCode}: ${result.detail}`);
}

async function startLab(stack) {
  const [stable, canary] = await Promise.all([startSide('stable'), startSide('canary')]);
  const agent = new Agent({ keepAlive: true, maxSockets: 40 });
  const { hostname, port } = new URL(stack.connections.caddy[0].http);
  const visit = (host) =>
    new Promise((resolve) => {
      const sent = request({ host: hostname, port, headers: { host }, agent, timeout: 10_000 }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      // A reload resets some connections: such a visitor comes again.
      sent.on('error', () => resolve(null)).end();
    });
  /** Fresh visitors, some at a time; a 500 of an upstream is an answer of its own, anything else is wrong. */
  const visits = async (host, count, atOnce = 20) => {
    const seen = { stable: 0, canary: 0, wrong: 0 };
    let next = 0;
    const one = async () => {
      while (next++ < count) {
        let answer = null;
        while (answer === null) answer = await visit(host);
        if (answer.body in seen && (answer.status === 200 || answer.status === 500)) seen[answer.body]++;
        else seen.wrong++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return seen;
  };
  const workerPid = () => stack.status().components.find(({ name }) => name === 'worker')?.pid ?? null;
  const restarted = async (pid) => {
    for (let now = workerPid(); now === null || now === pid; now = workerPid()) await sleep(50);
  };
  const stop = () => {
    agent.destroy();
    for (const side of [stable, canary]) side.close();
  };
  return { stack, stable, canary, visits, workerPid, restarted, stop };
}

async function startSide(name) {
  const side = { address: '', answered: 0, failing: 0, close: () => server.close() };
  const server = createServer(({ headers }, response) => {
    // Hecate's own checks are no visitors: one that failed would refuse the canary.
    const isVisitor = headers['user-agent'] !== 'hecate-check';
    if (isVisitor) side.answered++;
    response.statusCode = isVisitor && Math.random() < side.failing ? 500 : 200;
    response.end(name);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  side.address = `127.0.0.1:${server.address().port}`;
  return side;
}
