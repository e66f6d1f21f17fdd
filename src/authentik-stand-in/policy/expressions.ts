import { execFile } from 'node:child_process';
import { expressionShim } from './expression-shim.js';
import type { Fields, Login } from '../store/state.js';

/** The evaluator of expression policies, as {@link createExpressions} returns it. */
export type Expressions = ReturnType<typeof createExpressions>;
/** The event of the session's sign-in, and the time (Unix ms). */
type Asked = { readonly login: Login | null; readonly now: number };
type Ran = { passing?: boolean; syntax?: string; raised?: string; messages?: string[] };

const timeoutMs = 2000;
const nobody = { groups: [], all_groups: [], devices: [] };

/** Creates an evaluator that runs expressions with the machine's python3, for at most 2 s. Every failure denies access. */
export function createExpressions({ log, python = 'python3' }: { log: (line: string) => void; python?: string }) {
  const run = (input: Fields) =>
    new Promise<Ran>((resolve) => {
      const child = execFile(python, ['-I', '-c', expressionShim], { timeout: timeoutMs }, (error, stdout) => {
        if (error === null) return resolve(parse(stdout));
        const why = 'killed' in error && error.killed ? `took over ${timeoutMs} ms` : error.message.split('\n')[0];
        log(`an expression policy could not be evaluated, so it denies access: ${why}`);
        resolve({ raised: 'the expression was not evaluated' });
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(JSON.stringify(input));
    });
  return {
    /** Returns Python's syntax error; null when the expression compiles, or when python3 is missing. */
    problemOf: async (expression: string): Promise<string | null> =>
      (await run({ expression, run: false, user: nobody, context: {}, request: null })).syntax ?? null,
    /** Runs an expression. `request`: null when no browser asks. */
    evaluate: async (
      expression: string,
      user: Fields,
      { context, request }: { readonly context: Fields; readonly request: Asked | null },
    ) => {
      const { passing = false, raised, messages = [] } = await run({ expression, run: true, user, context, request });
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
