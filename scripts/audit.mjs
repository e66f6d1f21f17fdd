// Fails when a package that Hecate runs with has a known vulnerability of level high or critical which
// scripts/accepted-advisories.json does not accept with a reason. Ends with 75, which `npm test` shows as SKIP, when the
// registry has no answer. `--report FILE` judges a saved answer of `npm audit --json`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FAILS_AT = ['high', 'critical'];
const SKIPPED = 75;
/** Time for the registry's answer. */
const TIMEOUT_MS = 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const accepted = JSON.parse(readFileSync(option('--accepted') ?? new URL('accepted-advisories.json', import.meta.url)));
const report = parsed(option('--report') === undefined ? audited() : readFileSync(option('--report'), 'utf8'));

if (report?.vulnerabilities === undefined) {
  console.log(`SKIPPED audit: the registry gave no answer (${report?.message ?? 'not reachable, or not JSON'})`);
  process.exit(SKIPPED);
}
const found = advisories(report.vulnerabilities);
const refused = found.filter(({ id }) => !reasonOf(id));
for (const { id, name, severity, title } of refused) console.log(`audit: ${name}: ${severity}: ${title} (${id})`);
for (const { id } of found.filter(({ id }) => reasonOf(id))) console.log(`audit: ${id} is accepted: ${reasonOf(id)}`);
if (refused.length > 0) {
  console.log('Update the package, or accept the advisory with its reason in scripts/accepted-advisories.json.');
  process.exit(1);
}

/** Returns each advisory of the levels that fail once. */
function advisories(vulnerabilities) {
  const all = Object.values(vulnerabilities)
    .flatMap(({ via }) => via)
    .filter((one) => typeof one === 'object' && FAILS_AT.includes(one.severity))
    .map(({ url, name, severity, title }) => ({ id: url.split('/').at(-1), name, severity, title }));
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

function reasonOf(id) {
  return accepted[id]?.trim();
}

function audited() {
  const args = ['audit', '--omit=dev', '--json', '--package-lock-only'];
  return spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: TIMEOUT_MS }).stdout ?? '';
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
