// Rotations of Hecate's own credentials while they are used and servers are killed. Run by `npm run measure`;
// alone: node bench/rotation.mjs [--rounds N] [--uses] [--seed N].
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connect, nkeyAuthenticator } from 'nats';
import { quantile, startStack } from './stack.mjs';

const SECRETS = ['authentik-api-token', 'nats-worker', 'nats-cli', 'vault-worker', 'vault-cli'];
const VICTIMS = ['worker', 'temporal', 'nats', 'openbao', 'authentik'];
/** Rotations that take longer are named. */
const SLOW_MS = 30_000;
const ENDED_WITHIN_MS = 180_000;

/** Asks the systems themselves: each value that a home ever had, by the secret's name. */
function systemsOf({ home, connections }) {
  const text = (...path) => readFileSync(join(home, ...path), 'utf8').trim();
  const { vault, authentik, nats } = connections;
  const isStatus = async (wanted, url, init) => {
    const { status } = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    if (status >= 500) throw new Error(`${url} answers ${status}`);
    return status === wanted;
  };
  const vaultLogin = (role) => ({
    read: () => text('openbao', `${role}.secret-id`),
    accepts: (secretId) =>
      isStatus(200, `${vault.address}/v1/auth/approle/login`, {
        method: 'POST',
        body: JSON.stringify({ role_id: text('openbao', `${role}.role-id`), secret_id: secretId }),
      }),
  });
  const natsUser = (user) => ({
    read: () => text('nats', `${user}.seed`),
    async accepts(seed) {
      try {
        const authenticator = nkeyAuthenticator(Buffer.from(seed));
        const nc = await connect({ servers: nats.url, authenticator, maxReconnectAttempts: 0, timeout: 3_000 });
        await nc.close();
        return true;
      } catch (error) {
        if (error.code === 'AUTHORIZATION_VIOLATION') return false;
        throw error;
      }
    },
    // NATS refuses some connections that begin while it reads its configuration again, also of users that stay. Clients try again.
    async use(read) {
      for (let attempt = 1; ; attempt++) {
        const isAccepted = await this.accepts(read()).catch(() => undefined);
        if (isAccepted === true || attempt === 10) return isAccepted;
        await sleep(100);
      }
    },
  });
  return {
    'authentik-api-token': {
      read: () => readFileSync(authentik.tokenFile, 'utf8').trim(),
      accepts: (token) =>
        isStatus(200, `${authentik.url}/api/v3/core/users/me/`, { headers: { authorization: `Bearer ${token}` } }),
      async count(token) {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await fetch(`${authentik.url}/api/v3/core/tokens/?page_size=500&intent=api`, { headers });
        const { results } = await answer.json();
        return results.filter(({ identifier }) => identifier.startsWith('hecate')).length;
      },
    },
    'nats-worker': natsUser('worker'),
    'nats-cli': natsUser('cli'),
    'vault-worker': vaultLogin('worker'),
    'vault-cli': vaultLogin('cli'),
  };
}

/** The same question again while the server is away. */
async function persistent(ask) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(500);
    }
  }
}

function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Rotates secrets and kills a random server at a random moment of each. Each rotation must end as completed or undone, with exactly
 * one valid value at the system, the one in the home.
 */
export async function killsOfRotation(stack, hold, { rounds, seed = Date.now() % 100_000 }) {
  const systems = systemsOf(stack);
  const random = generator(seed);
  const known = new Map(SECRETS.map((name) => [name, new Set([systems[name].read()])]));
  const ends = {};
  const took = [];
  for (let round = 0; round < rounds; round++) {
    const name = SECRETS[round % SECRETS.length];
    const victim = VICTIMS[random(VICTIMS.length)];
    const how = random(3) === 0 ? 'SIGSTOP' : 'SIGKILL';
    const said = `round ${round} (seed ${seed}): ${name}, ${how} of ${victim}`;
    await persistent(async () => {
      const { components } = stack.status();
      if (components.some(({ state }) => state !== 'running')) throw new Error('not every component runs');
    });
    const before = statusOf(stack, name);
    const { pid } = stack.status().components.find((one) => one.name === victim);
    const started = performance.now();
    const begun = stack.run('secret.rotate', { name, grace: '0s' }).catch((error) => error);
    await sleep(random(1_500));
    process.kill(pid, how);
    await begun;
    const after = await settled(stack, name);
    took.push(performance.now() - started);
    if (took.at(-1) > SLOW_MS) console.log(`${said}: ${Math.round(took.at(-1) / 1000)} s`);
    if (after === null) {
      hold(false, `${said}: still running after ${ENDED_WITHIN_MS / 1000} s: ${JSON.stringify(statusOf(stack, name))}`);
      break;
    }
    const isNew = after.lastRotation?.id !== before.lastRotation?.id;
    const end = isNew ? after.lastRotation.result : 'not begun';
    ends[end] = (ends[end] ?? 0) + 1;
    hold(end !== 'still-accepted', `${said}: ${end}`);
    const current = systems[name].read();
    known.get(name).add(current);
    for (const value of known.get(name)) {
      const isValid = await persistent(() => systems[name].accepts(value));
      hold(
        isValid === (value === current),
        `${said}: ${value === current ? 'the value in force is refused' : 'an old value is accepted'}`,
      );
    }
    const count = await systems[name].count?.(current);
    hold(count === undefined || count === 1, `${said}: ${count} credentials at the system`);
  }
  console.log(
    `${rounds} rotations with a kill in each (seed ${seed}): ${JSON.stringify(ends)}, ended after p50 ${(quantile(took, 0.5) / 1000).toFixed(1)} s, at most ${(Math.max(...took) / 1000).toFixed(1)} s`,
  );
}

/** Uses each credential all the time while it is rotated. None may be refused. */
export async function usesOfRotation(stack, hold, { rotations, kinds = SECRETS }) {
  const systems = systemsOf(stack);
  for (const name of kinds) {
    const { read, accepts } = systems[name];
    const used = { count: 0, refused: 0, unanswered: 0 };
    let isOver = false;
    const use = async () => {
      while (!isOver) {
        used.count++;
        // Read and used in one breath, as a command does.
        const isAccepted = await (systems[name].use?.(read) ?? accepts(read())).catch((error) =>
          console.log(`${name}: ${error.message}`),
        );
        if (isAccepted === false) used.refused++;
        if (isAccepted === undefined) used.unanswered++;
      }
    };
    const users = Array.from({ length: 4 }, use);
    const started = performance.now();
    const old = [];
    for (let i = 0; i < rotations; i++) {
      old.push(read());
      await stack.run('secret.rotate', { name, grace: '1s' });
      const after = await settled(stack, name);
      hold(
        after?.lastRotation?.result === 'completed',
        `rotation ${i} of ${name}: ${JSON.stringify(after?.lastRotation)}`,
      );
    }
    isOver = true;
    await Promise.all(users);
    const seconds = (performance.now() - started) / 1000;
    hold(used.refused === 0, `${name}: ${used.refused} of ${used.count} uses refused`);
    for (const value of old) hold(!(await accepts(value)), `${name}: an old value is accepted`);
    console.log(
      `${rotations} rotations of ${name} under ${(used.count / seconds).toFixed(0)} uses a second: ${used.refused} of ${used.count} refused, ${used.unanswered} not answered`,
    );
  }
}

function statusOf(stack, name) {
  const { stdout, stderr, status } = stack.hecate('read', 'secret', 'status', '--name', name, '-o', 'json');
  if (status !== 0) throw new Error(stderr);
  return facts(JSON.parse(stdout));
}

function facts(read) {
  const { rotation = null, lastRotation = null } = read.status ?? read;
  return { rotation, lastRotation };
}

/** The secret when no rotation of it runs any more; null after a time. */
async function settled(stack, name) {
  for (const deadline = performance.now() + ENDED_WITHIN_MS; performance.now() < deadline;) {
    try {
      const found = statusOf(stack, name);
      if (found.rotation === null) return found;
    } catch {
      // NATS is away.
    }
    await sleep(500);
  }
  return null;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, usual) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? usual : Number(process.argv[at + 1]);
  };
  const at = process.argv.indexOf('--secrets');
  const named = at < 0 ? null : process.argv[at + 1].split(',');
  const failures = [];
  const hold = (condition, what) => condition || (failures.push(what), console.log(`FAILED  ${what}`));
  const stack = await startStack({ watchesLog: false });
  try {
    if (process.argv.includes('--uses'))
      await usesOfRotation(stack, hold, { rotations: option('rotations', 20), kinds: named ?? SECRETS });
    else await killsOfRotation(stack, hold, { rounds: option('rounds', 100), seed: option('seed', undefined) });
  } finally {
    await stack.stop();
  }
  process.exit(failures.length === 0 ? 0 : 1);
}
