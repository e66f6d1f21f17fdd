import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { notaryFiles } from '../../adapters/audit/notary-record.js';
import { notaryKey } from '../../adapters/audit/notary-key.js';
import {
  notaryProblems,
  notarySilentForMs,
  readNotaryStatus,
  type NotaryStatus,
} from '../../adapters/audit/notary-status.js';
import { originOf, verifierKeyText } from '../../domain/audit/checkpoint.js';
import { exitCodes } from '../../domain/refusal.js';
import { Failure } from '../../ports/failure.js';
import { homeLayout } from '../../stack/home-layout.js';
import { connectionsHere } from '../connect/connections-here.js';
import { environmentHere } from '../connect/environment.js';
import { toStderr } from '../print/visible.js';

const WAIT_MS = 60_000;
const ALIVE_MS = 15_000;

/** Has the notary of this home sign the head of the log now, and prints the note. Returns the exit code: 6 when a witness does not have it. */
export async function checkpoint(): Promise<number> {
  const { notary: folder } = homeLayout(connectionsHere().home);
  if (notarySilentForMs(folder) > ALIVE_MS) throw notRunning(folder);
  const before = readNotaryStatus(folder);
  writeFileSync(join(folder, 'wanted'), '', { mode: 0o600 });
  const status = await newStatus(folder, before);
  const problems = notaryProblems(status);
  if (status.problem !== null)
    throw new Failure('lost', status.problem, status.hint === null ? {} : { hint: status.hint });
  process.stdout.write(status.checkpoint?.note ?? '');
  for (const line of [
    ...problems,
    ...status.witnesses.flatMap(({ place, warning }) => (warning === null ? [] : [`${place}: ${warning}`])),
  ])
    toStderr(line);
  return problems.length > 0 ? exitCodes.unavailable.code : exitCodes.done.code;
}

/** Prints the notary's public key, for `audit verify --key`. */
export async function key(): Promise<void> {
  const connections = connectionsHere();
  const files = notaryFiles(homeLayout(connections.home).notary);
  if (!existsSync(files.key)) throw notRunning(files.folder);
  const origin = originOf(await environmentHere(connections));
  process.stdout.write(`${verifierKeyText(notaryKey(files.key).verifierKey(origin))}\n`);
}

async function newStatus(folder: string, before: NotaryStatus | null): Promise<NotaryStatus> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline;) {
    const now = readNotaryStatus(folder);
    if (now !== null && now.at !== before?.at && !existsSync(join(folder, 'wanted'))) return now;
    await sleep(100);
  }
  throw new Failure('unavailable', `the notary made no checkpoint within ${WAIT_MS / 1_000} s`, {
    system: 'notary',
    hint: 'It may be reading a long log. See: hecate logs notary',
  });
}

function notRunning(folder: string): Failure {
  return new Failure('unavailable', `no notary runs here: ${folder} shows no sign of life`, {
    system: 'notary',
    hint: 'Start it: hecate up. Where it runs on another machine, run the command there.',
  });
}
