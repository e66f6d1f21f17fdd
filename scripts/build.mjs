// Bundles the programs into dist/, and lists the packages in them in dist/sbom.cdx.json. Does nothing when no source changed. Fails when an entry is missing.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { billOfMaterials } from './bill-of-materials.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, 'sources.sha256');

const entries = {
  cli: 'src/client/main.ts',
  reads: 'src/client/reads/index.ts',
  manifests: 'src/client/manifests/index.ts',
  run: 'src/client/run/index.ts',
  stack: 'src/client/stack/index.ts',
  monitor: 'src/client/monitor/index.ts',
  reconcile: 'src/client/reconcile/index.ts',
  completion: 'src/client/completion/index.ts',
  backup: 'src/client/backup/index.ts',
  audit: 'src/client/audit/index.ts',
  hecate: 'src/client/index.ts',
  supervisor: 'src/stack/supervisor.ts',
  worker: 'src/worker/main.ts',
  drill: 'src/worker/drill/main.ts',
  notary: 'src/notary/main.ts',
  init: 'src/stack/init.ts',
  'authentik-stand-in': 'src/authentik-stand-in/main.ts',
};

/** Builds these folders as separate bundles. Only some commands load them, so the others start faster. */
const lazy = {
  name: 'lazy',
  setup(bundle) {
    bundle.onResolve(
      { filter: /^\.\.\/(reads|manifests|run|stack|monitor|reconcile|completion|backup|audit)\/index\.js$/ },
      ({ path, kind }) => (kind === 'dynamic-import' ? { path: `./${path.split('/')[1]}.cjs`, external: true } : null),
    );
  },
};

const sources = fingerprint();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit(0);

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: true,
  supported: { 'dynamic-import': false },
  // `import.meta.url` has no meaning in CommonJS.
  define: {
    'import.meta.url': '__bundle_url',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
  banner: { js: "const __bundle_url=require('node:url').pathToFileURL(__filename).href;" },
  external: ['@temporalio/worker', '@temporalio/core-bridge', 'esbuild', './sync-cli.cjs'],
  plugins: [lazy],
  logLevel: 'warning',
});
const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'src/workflows/index.ts'),
  workflowInterceptorModules: [join(root, 'src/workflows/entry/interceptors.ts')],
  payloadConverterPath: join(root, 'src/workflows/entry/payload-converter.ts'),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(join(dist, 'workflows.js'), code);
writeFileSync(join(dist, 'sbom.cdx.json'), billOfMaterials());
writeFileSync(stamp, sources);

function fingerprint() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'scripts/build.mjs', 'package-lock.json']) {
    const path = join(root, folder);
    if (!existsSync(path)) continue;
    for (const file of files(path)) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function files(path) {
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
