import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Property that npm gives a package which only development needs. */
const OF_DEVELOPMENT = 'cdx:npm:package:development';

/**
 * Returns the software bill of materials (CycloneDX, JSON) of all packages that Hecate runs with, from the lockfile. npm's own
 * `--omit dev` also leaves out packages that development needs besides.
 */
export function billOfMaterials() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const bill = JSON.parse(execFileSync('npm', args, { cwd: root, maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 2] }));
  const components = bill.components.filter(({ properties = [] }) =>
    properties.every(({ name }) => name !== OF_DEVELOPMENT),
  );
  const kept = new Set([bill.metadata.component, ...components].map((one) => one['bom-ref']));
  const dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
  // npm takes the name of the folder.
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const metadata = { ...bill.metadata, component: { ...bill.metadata.component, name } };
  return `${JSON.stringify({ ...bill, metadata, components, dependencies }, null, 2)}\n`;
}
