// Entry of the notary: a process of its own that signs heads of the log with a key that the worker does not have, and gives
// them to witnesses outside. May import domain, ports, adapters and stack; nothing imports it.
import { existsSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { notaryFiles } from '../adapters/audit/notary-record.js';
import { notaryKey } from '../adapters/audit/notary-key.js';
import { notaryProblems, type NotaryStatus } from '../adapters/audit/notary-status.js';
import { makePrivateFolder, writeJson } from '../adapters/files/private-files.js';
import { openRawLog } from '../adapters/log/raw-log.js';
import { durationMs, secondsText } from '../domain/values/duration.js';
import { Failure } from '../ports/failure.js';
import { notaryNats } from '../stack/connections.js';
import { homeLayout } from '../stack/home-layout.js';
import { hecateHome, loadConnections } from '../stack/load-connections.js';
import { createNotary } from './notary.js';
import { witnessesFrom } from './witnesses.js';

const SIGN_OF_LIFE_MS = 1_000;
/** Time after which a notary that could not sign, or a witness that did not take a checkpoint, is tried again. */
const AGAIN_MS = 30_000;
/** Time after which a NATS that did not answer is asked again. */
const RECONNECT_MS = 3_000;

process.umask(0o077);
run(process.argv[2] ?? hecateHome(process.env)).catch((error: unknown) => {
  const { message, details } = error instanceof Failure ? error : { message: String(error), details: {} };
  note([message, details.hint].filter(Boolean).join('; '));
  process.exit(70);
});

async function run(home: string): Promise<void> {
  const folder = homeLayout(home).notary;
  makePrivateFolder(folder);
  const files = notaryFiles(folder);
  const now = () => new Date().toISOString();
  const key = notaryKey(files.key);
  const every = everyMs();
  const openLog = () => {
    const connections = loadConnections({ ...process.env, HECATE_HOME: home });
    if (connections === null) throw new Failure('unavailable', 'NATS is not known yet', { hint: 'Run: hecate up' });
    return openRawLog(notaryNats(connections));
  };
  const witnesses = witnessesFrom(process.env, { key, now });
  const notary = createNotary({ openLog, folder, key, witnesses, now });
  const nothing = { problem: null, kind: null, since: null, hint: null, checkpoint: null, witnesses: [] };
  const starting: NotaryStatus = { at: now(), ...nothing };
  writeJson(files.status, starting);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
  let said = '';
  for (let next = 0; ;) {
    const isAsked = existsSync(join(folder, 'wanted'));
    if (isAsked || Date.now() >= next) {
      rmSync(join(folder, 'wanted'), { force: true });
      const status = await notary.checkpoint();
      writeJson(files.status, status);
      const problems = notaryProblems(status);
      if (problems.join('\n') !== said) problems.forEach(note);
      said = problems.join('\n');
      next = Date.now() + againAfterMs(status, every);
    }
    const time = new Date();
    utimesSync(files.status, time, time);
    await sleep(SIGN_OF_LIFE_MS / 4);
  }
}

/** Time (ms) until the next checkpoint. */
function againAfterMs({ problem, kind, witnesses }: NotaryStatus, every: number): number {
  if (problem !== null && kind !== 'lost') return Math.min(RECONNECT_MS, every);
  return problem !== null || witnesses.some((one) => one.problem !== null) ? Math.min(AGAIN_MS, every) : every;
}

/** Time between two checkpoints, `HECATE_CHECKPOINT_EVERY`. */
function everyMs(): number {
  const text = process.env['HECATE_CHECKPOINT_EVERY'] ?? '10m';
  const parsed = secondsText.safeParse(text);
  if (parsed.success) return durationMs(parsed.data);
  throw new Failure('invalid', `HECATE_CHECKPOINT_EVERY ${JSON.stringify(text)} is no duration`, {
    hint: 'Example: 10m',
  });
}

function note(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}
