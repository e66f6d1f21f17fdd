// Imports Caddyfiles that are given, applies what they became, and compares every answer: `node bench/import-answers.mjs FILE…`.
// The originals run in a Caddy of their own, what they became in that of a stack. Exits 1 when an answer differs; `--show N` of them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, questionsOf } from './import-questions.mjs';
import { startOriginal } from './import-original.mjs';
import { adapted, staged, startEchoes } from './import-staged.mjs';
import { freePort, startStack } from './stack.mjs';

const words = process.argv.slice(2);
const at = words.indexOf('--show');
const shown = at === -1 ? 3 : Number(words.splice(at, 2)[1]);
const stack = await startStack();
const folder = mkdtempSync(join(stack.home, 'import-'));
const original = await startOriginal(stack.caddyProgram, folder);
const totals = { wholly: 0, partly: 0, nothing: 0, refused: 0, questions: 0, differences: 0 };

try {
  for (const file of words) await one(file);
} finally {
  original.stop();
  await stack.stop();
}
console.log(JSON.stringify(totals));
process.exit(totals.differences === 0 ? 0 : 1);

async function one(file) {
  const name = basename(file);
  const { config, refused } = adapted(stack.caddyProgram, file, readFileSync(file, 'utf8'));
  if (config === undefined) return said(name, 'refused', [`does not adapt: ${refused}`]);
  const echoes = startEchoes(folder);
  try {
    const { apps, ports } = await staged(config, { freePort, echoes });
    const refusal = await original.load(apps);
    if (refusal !== null) return said(name, 'refused', [`does not load: ${refusal.trim().slice(0, 300)}`]);
    await compare(name, { apps, ports });
  } finally {
    echoes.stop();
  }
}

async function compare(name, { apps, ports }) {
  const target = join(folder, 'manifests');
  rmSync(target, { recursive: true, force: true });
  const command = ['import', 'caddy', '--from', original.admin, '--to', target, '-o', 'json'];
  const { status, stdout, stderr } = stack.hecate(...command);
  if (status !== 0) throw new Error(`import of ${name}: ${stderr}`);
  const { resources, left, foreign } = JSON.parse(stdout);
  const routes = resources.filter(({ kind }) => kind === 'Route').map((route) => route.name);
  const questions = questionsOf(apps, ports).filter((question) => isOf(routes, question));
  await ready(questions);
  const before = await answersOf(questions, ({ port }) => port);
  if (routes.length > 0) applyFolder(target);
  const after = await answersOf(questions, ({ place }) => ownPort(place));
  const differences = questions.flatMap((question, index) =>
    after[index] === before[index] ? [] : [{ question, was: before[index], is: after[index] }],
  );
  totals.questions += questions.length;
  totals.differences += differences.length;
  const kind = routes.length === 0 ? 'nothing' : left.length === 0 ? 'wholly' : 'partly';
  said(name, kind, [
    `${routes.length} imported, ${left.length} left, ${questions.length} questions, ${differences.length} differences`,
    ...foreign.map(({ path, reason }) => `foreign: ${path}: ${reason}`),
    ...differences
      .slice(0, shown)
      .map(
        ({ question, was, is }) =>
          `differs ${JSON.stringify({ ...question, body: undefined })}\n      was ${was.slice(0, 1500)}\n      is  ${is.slice(0, 1500)}`,
      ),
  ]);
}

function said(name, kind, lines) {
  totals[kind] += 1;
  console.log(`${kind.padEnd(8)} ${name}`);
  for (const line of lines) console.log(`    ${line}`);
}

function applyFolder(target) {
  const { status, stderr, stdout } = stack.hecate('update', 'apply', '--from-git', target, '--prune', '--yes');
  if (status !== 0) throw new Error(`apply ended with ${status}: ${stderr}${stdout}`);
}

function isOf(routes, { host, place }) {
  const any = host.replace(/^[^.]+/, '*');
  return (place === 'http' || place === 'https') && (routes.includes(host) || routes.includes(any));
}

function ownPort(place) {
  const { http, https } = stack.connections.caddy[0];
  return Number(new URL(place === 'http' ? http : https).port);
}

/** Certificates are made in the background. */
async function ready(questions) {
  const first = questions.filter(
    ({ place, host }, i) =>
      place === 'https' && questions.findIndex((q) => q.place === 'https' && q.host === host) === i,
  );
  for (const question of first) {
    for (
      let i = 0;
      i < 8 && (await answer(question, { port: question.port, secure: true })).startsWith('no answer');
      i++
    )
      await sleep(250);
  }
}

/** Eight at a time. */
async function answersOf(questions, portOf) {
  const answers = [];
  let next = 0;
  const ask = async () => {
    while (next < questions.length) {
      const index = next++;
      const question = questions[index];
      const at = { port: portOf(question), secure: question.place === 'https' };
      answers[index] = await unlessReset(() => answer(question, at));
    }
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return answers;
}

/** A reload resets some connections that arrive in that instant, and an early answer meets a body that is still sent. */
async function unlessReset(question) {
  for (let attempt = 1; ; attempt++) {
    const got = await question();
    if (attempt === 12 || !got.startsWith('no answer: closed')) return got;
    await sleep(20);
  }
}
