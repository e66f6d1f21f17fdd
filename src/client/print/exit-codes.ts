import { exitCodes, type ExitCode } from '../../domain/exit-codes.js';

/** Meanings of exit codes in the help of a command; `true` takes the usual meaning. */
type Meanings = Partial<Record<ExitCode, string | true>>;

function helpOf(meanings: Meanings): string {
  const lines = (Object.keys(exitCodes) as ExitCode[]).flatMap((name) => {
    const { code, meaning } = exitCodes[name];
    const told = meanings[name];
    return told === undefined ? [] : [`  ${String(code).padEnd(3)}  ${told === true ? meaning : told}`];
  });
  return `Exit codes:\n${lines.join('\n')}`;
}

const request = { invalid: true, missing: true, unavailable: true, bug: true } as const;

/** Exit codes of commands that change something. */
export const operationExitCodes = helpOf({
  ...request,
  ...{ done: true, undone: true, conflict: true, denied: true, lost: true, detached: true },
  wouldChange: 'with --dry-run --exit-code: something would change',
});

/** Exit codes of commands that only read. */
export const readExitCodes = helpOf({
  ...request,
  done: 'answered',
  lost: 'the log was lost, or an older one was restored',
});

/** Exit codes of commands that ask whether routes work. */
export const healthExitCodes = helpOf({
  ...request,
  done: 'every route that was asked about works',
  missing: 'the route does not exist',
  unavailable: 'a route does not work, or a system is down; the output names it',
});

/** Exit codes of commands of the embedded stack. */
export const stackExitCodes = helpOf({
  ...request,
  done: 'done; everything that should run answers',
  missing: 'the component does not exist',
  conflict: 'a port is in use',
  denied: 'this user may not listen on a port',
  unavailable: 'something does not run or cannot be installed; the output names it',
  lost: 'everything runs, but the log was lost or an older one was restored',
});

/** Exit codes of commands that check files. */
export const validateExitCodes = helpOf({
  done: 'no errors; there may be warnings',
  invalid: 'there are errors, or with --strict warnings',
  missing: 'the folder does not exist',
  bug: true,
});

/** Exit codes of commands that write files. */
export const fileExitCodes = helpOf({
  ...request,
  done: 'done',
  missing: 'what is to be read does not exist',
  conflict: 'a file would be overwritten',
});
