import { execFile } from 'node:child_process';
import { expressionShim } from './expression-shim.js';
import type { Fields } from '../store/state.js';

export type Expressions = ReturnType<typeof createExpressions>;
type Ran = { passing?: boolean; syntax?: string; raised?: string; messages?: string[] };

const timeoutMs = 2000;
const nobody = { groups: [], all_groups: [] };

/** Evaluates expression policies with the machine's python3. Whatever goes wrong is a denial. */
export function createExpressions({ log, python = 'python3' }: { log: (line: string) => void; python?: string }) {
  const run = (input: Fields) =>
    new Promise<Ran>((resolve) => {
      const child = execFile(python, ['-I', '-c', expressionShim], { timeout: timeoutMs }, (error, stdout) => {
        if (error === null) return resolve(parse(stdout));
        const why = 'killed' in error && error.killed ? `took over ${timeoutMs} ms` : error.message.split('\n')[0];
        log(`an expression policy was not evaluated, and denies: ${why}`);
        resolve({ raised: 'the expression was not evaluated' });
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(JSON.stringify(input));
    });
  return {
    /** What Python says against the expression; null when it compiles, or when there is no Python to ask. */
    problemOf: async (expression: string): Promise<string | null> =>
      (await run({ expression, run: false, user: nobody, context: {} })).syntax ?? null,
    evaluate: async (expression: string, user: Fields, context: Fields) => {
      const { passing = false, raised, messages = [] } = await run({ expression, run: true, user, context });
      if (raised === undefined) return { passing, messages };
      return { passing: false, messages: [...messages, raised], raised: true as const };
    },
  };
}

function parse(text: string): Ran {
  try {
    return JSON.parse(text) as Ran;
  } catch {
    return { raised: 'the expression ended without an answer' };
  }
}
