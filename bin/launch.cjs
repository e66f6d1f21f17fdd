// Loads the bundles of dist/ with V8's code cache, so that each command need not compile them again.
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '..', 'dist');
const cacheFolder = join(dist, `cache-${process.version}-${process.arch}`);

exports.launch = function launch() {
  if (!existsSync(join(dist, 'cli.cjs'))) {
    process.stderr.write('error: hecate is not built\nhint: Run: npm ci && npm run build\n');
    process.exit(70);
  }
  load('cli.cjs');
};

function load(name) {
  const file = join(dist, name);
  const cacheFile = join(cacheFolder, name);
  const source = readFileSync(file, 'utf8');
  const cachedData = existsSync(cacheFile) ? readFileSync(cacheFile) : undefined;
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    cachedData,
  });
  const module = { exports: {} };
  const native = createRequire(file);
  const require = (id) => (id.startsWith('./') && id.endsWith('.cjs') ? load(id.slice(2)) : native(id));
  script.runInThisContext()(module.exports, Object.assign(require, native), module, file, dist);
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => save(cacheFile, script));
  return module.exports;
}

// Runs at exit, so that the cache contains the functions that were used.
function save(file, script) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, script.createCachedData());
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // Without a cache, for example in a read-only folder, commands are only slower.
  }
}
