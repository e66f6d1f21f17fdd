// Runs all checks and tests; with `--fast` only those without a running stack. Ends with the failures, their reasons, and
// the line `N passed, N failed`, which counts each test and each check. Files with real servers that failed are run once
// more, alone: a failure that does not come again is printed as FLAKY, with its reason, and does not fail the run.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { install } from './install.mjs';

const fast = process.argv.includes('--fast');
const bin = (name) => `node_modules/.bin/${name}`;
const gates = [
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['types', bin('tsc'), ['--noEmit']],
  ['lint', bin('eslint'), ['.']],
  ['import graph', bin('depcruise'), ['src', '--output-type', 'err']],
  ['dead code', bin('knip'), []],
];
/** Gates that ask the network. One that ends with 75 had no answer: it is shown as SKIP, and again at the end. */
const networkGates = [['audit of the packages', process.execPath, ['scripts/audit.mjs']]];
const NO_ANSWER = 75;
const lanes = fast ? ['unit', 'flow'] : ['unit', 'flow', 'live', 'e2e'];

/** Most files of a lane that are run again: more failures than that are not chance. */
const MOST_AGAIN = 3;
/** Lanes whose failures may come from the machine, since they wait for real servers. */
const withServers = ['live', 'e2e'];

let passed = 0;
const failures = [];
const flaky = [];
const skipped = [];
const count = (ok, name) => (ok ? passed++ : failures.push(name));

install();
await Promise.all([...gates, ...(fast ? [] : networkGates)].map(([name, command, args]) => gate(name, command, args)));
const folder = mkdtempSync(join(tmpdir(), 'hecate-results-'));
for (const lane of lanes) {
  const first = runLane(lane, `${lane}.json`);
  const again = first.files.filter(({ broken }) => broken.length > 0).map(({ name }) => name);
  const isTriedAgain = withServers.includes(lane) && again.length > 0 && again.length <= MOST_AGAIN;
  const second = isTriedAgain ? runLane(lane, `${lane}-again.json`, again) : { files: [], unexplained: [] };
  const secondOf = ({ name }) => second.files.find((file) => file.name === name);
  const files = first.files.map((file) => secondOf(file) ?? file);
  passed += files.reduce((sum, file) => sum + file.passed, 0);
  const broken = [...files.flatMap((file) => file.broken), ...first.unexplained, ...second.unexplained];
  failures.push(...broken.map((name) => `${lane}: ${name}`));
  const mended = first.files.filter((file) => secondOf(file)?.broken.length === 0);
  flaky.push(...mended.flatMap((file) => file.broken).map((name) => `${lane}: ${name}`));
}
for (const [name, file] of fast
  ? []
  : [
      ['bench, small', 'bench/bench.mjs'],
      ['bench of traffic figures, small', 'bench/traffic.mjs'],
      ['measure, small', 'bench/measure.mjs'],
    ]) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [file, '--small'], { stdio: ['ignore', 1, 2] });
  report(status === 0, name, started);
}
rmSync(folder, { recursive: true });
for (const name of skipped) console.log(`\nSKIPPED ${name}: no answer; see above`);
for (const name of flaky) console.log(`\nFLAKY (passed when it was run again) ${name}`);
for (const failure of failures) console.log(`\nFAIL ${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);

/** Runs a lane, or only some of its files, and returns the result of each file. */
function runLane(lane, report, files = []) {
  const file = join(folder, report);
  const args = ['run', '--project', lane, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { status } = spawnSync(bin('vitest'), [...args, ...files], { stdio: ['ignore', 1, 2] });
  const results = read(file).testResults.map((result) => ({
    name: relative('.', result.name),
    passed: result.assertionResults.filter((test) => test.status === 'passed').length,
    broken: failedOf(result),
  }));
  // A run can fail without a failed test, for example when no test is found.
  const isUnexplained = status !== 0 && results.every(({ broken }) => broken.length === 0);
  return {
    files: results,
    unexplained: isUnexplained ? ['vitest failed without a failed test; see its output above'] : [],
  };
}

/** Runs a gate beside the others; its output is printed as a whole, so that outputs do not mix. */
function gate(name, command, args) {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      if (status === NO_ANSWER) skip(name);
      else report(status === 0, name, started);
      resolve();
    });
  });
}

function skip(name) {
  console.log(`SKIP ${name}`);
  skipped.push(name);
}

function report(ok, name, started) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  count(ok, name);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { testResults: [] };
  }
}

/** Returns the failed tests of a file, or the file when it did not load, with the first lines of their messages. */
function failedOf({ name, status, message, assertionResults }) {
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length === 0) return status === 'failed' ? [described(relative('.', name), message)] : [];
  return tests.map((test) => described(`${relative('.', name)}: ${test.fullName}`, test.failureMessages.join('\n')));
}

function described(name, why = '') {
  const lines = why.split('\n').slice(0, 12);
  return [name, ...lines].join('\n    ');
}
