/** With `--exit-code`: something would change, or differs. */
export const WOULD_CHANGE = 8;

/** Stands in the help of every command that changes something. */
export const operationExitCodes = `Exit codes:
  0    done, or nothing to change
  1    a system refused or the check afterwards failed; undone
  2    the request is invalid
  3    the named thing is not there
  4    it exists already, is in use, or somebody moved first
  5    our credentials were refused
  6    a system is down; says which and where
  7    a person must act: the undo failed, or the log was lost
  8    with --dry-run --exit-code: something would change
  70   a bug
  130  detached by Ctrl-C; the operation goes on`;

/** Stands in the help of every command that only reads. */
export const readExitCodes = `Exit codes:
  0    answered
  2    the request is invalid
  3    the named thing is not there
  6    a system is down; says which and where
  7    the log was lost, or an older one restored
  70   a bug`;

/** Stands in the help of the commands that look at routes. */
export const healthExitCodes = `Exit codes:
  0    every route that was looked at works
  2    the request is invalid
  3    there is no such route
  6    a route does not work, or a system is down; says which
  70   a bug`;

/** Stands in the help of the commands of the embedded stack. */
export const stackExitCodes = `Exit codes:
  0    done; everything that should run answers
  2    the request is invalid
  3    there is no such component
  4    a port is taken
  6    something does not run or cannot be had; says which
  7    everything runs, but the log was lost or an older one restored
  70   a bug`;

/** Stands in the help of commands that check files. */
export const validateExitCodes = `Exit codes:
  0    nothing is wrong; there may be advice
  2    something is wrong, or with --strict there is a warning
  3    there is no such folder
  70   a bug`;

/** Stands in the help of commands that write files. */
export const fileExitCodes = `Exit codes:
  0    done
  2    the request is invalid
  3    what is to be read is not there
  4    a file there would be overwritten
  6    a system is down; says which and where
  70   a bug`;
