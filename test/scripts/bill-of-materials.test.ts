import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const PRINT = "import('./scripts/bill-of-materials.mjs').then((one) => process.stdout.write(one.billOfMaterials()))";

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly 'bom-ref': string } };
  readonly components: readonly { readonly name: string; readonly version: string; readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

it('lists every package that Hecate runs with, and none that only development needs', () => {
  const { stdout } = spawnSync(process.execPath, ['-e', PRINT], { encoding: 'utf8', maxBuffer: 64 << 20 });
  const { bomFormat, metadata, components, dependencies } = JSON.parse(stdout) as Bill;
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version: string; dev?: boolean; devOptional?: boolean }>;
  };
  const wanted = Object.entries(lock.packages).flatMap(([path, { version, dev, devOptional }]) =>
    path === '' || dev || devOptional ? [] : [`${path.split('node_modules/').at(-1)}@${version}`],
  );
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'hecate']);
  expect(wanted.filter((one) => !listed.has(one))).toEqual([]);
  expect(listed).not.toContain(expect.stringMatching(/^(?:vitest|eslint|typescript)@/));
  const refs = new Set([metadata.component, ...components].map((one) => one['bom-ref']));
  expect(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref))).toEqual([]);
});
