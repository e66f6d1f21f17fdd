import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { build } from 'esbuild';

/**
 * How many times as many steps a module's work takes for more as for less: 8 for eight times as many when it is linear. Steps
 * are calls and passes through blocks of JavaScript, those of libraries too; the same on a busy machine as on an idle one.
 * What built-in functions do inside, such as `indexOf`, is not counted.
 */
export async function growth<Module>(
  file: string,
  work: (module: Module, count: number) => void,
  { less, more }: { readonly less: number; readonly more: number },
): Promise<number> {
  const source = await bundleOf(file);
  const steps = countSteps(source, (module: Module, counted) => {
    // Once before counting, so that what is set up on first use is not counted.
    work(module, less);
    return [counted(() => work(module, less)), counted(() => work(module, more))];
  });
  return (steps[1] ?? 0) / (steps[0] ?? 0);
}

async function bundleOf(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  return outputFiles[0]?.text ?? '';
}

type Counted = (work: () => void) => number;

/** V8 counts blocks only in what it compiles after the counting began: hence a module of its own. */
function countSteps<Module>(source: string, use: (module: Module, counted: Counted) => number[]): number[] {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    const module = { exports: {} };
    // A text that was never compiled before, so that V8 does not take it from its cache.
    const script = new Script(`(function (exports, require, module) {${source}\n})//${Math.random()}`, {
      filename: FILE,
    });
    (script.runInThisContext() as (...all: unknown[]) => void)(module.exports, createRequire(import.meta.url), module);
    return use(module.exports as Module, (work) => {
      takeSteps(session);
      work();
      return takeSteps(session);
    });
  } finally {
    session.disconnect();
  }
}

const FILE = 'growth-under-test.cjs';

/** Counts since the last call; V8 starts again from zero. */
function takeSteps(session: Session): number {
  let steps = 0;
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    const own = result.filter(({ url }) => url === FILE).flatMap(({ functions }) => functions);
    steps = own.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0);
  });
  return steps;
}
