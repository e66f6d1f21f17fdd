// Loads the bundles of dist/ with V8's code cache, so that a command does not compile what the last one compiled.
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '..', 'dist');
const cacheFolder = join(dist, `cache-${process.version}-${process.arch}`);

exports.launch = function launch() {
  if (!existsSync(join(dist, 'cli.cjs'))) {
    process.stderr.write('hecate is not built. Run: npm ci && npm run build\n');
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

// After the run, so that the functions that were used are in it.
function save(file, script) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, script.createCachedData());
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A folder that cannot be written costs speed only.
  }
}
