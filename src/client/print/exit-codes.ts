/** Exit code with `--exit-code`: something would change, or differs. */
export const WOULD_CHANGE = 8;

const INVALID = 'the request is invalid';
const DOWN = 'a server is down; the message names it';
const BUG = 'a bug in Hecate';
const LOST = 'the log was lost, or an older copy was restored';
const DETACHED = 'detached by Ctrl-C; it goes on in the background';

/** Exit codes as they stand in a command's help. */
function exitCodes(meanings: Readonly<Record<number, string>>): string {
  const lines = Object.entries(meanings).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`);
  return ['Exit codes:', ...lines].join('\n');
}

/** For commands that change resources. */
export const operationExitCodes = exitCodes({
  0: 'done, or nothing to change',
  1: 'a server refused the change or the check afterwards failed; the change was undone',
  2: INVALID,
  3: 'a named resource does not exist',
  4: 'conflict: it exists already, is in use, or was changed by another operation',
  5: 'a server refused our credentials',
  6: DOWN,
  7: `a person must act: the undo failed, or ${LOST}`,
  8: 'with --dry-run --exit-code: something would change',
  70: BUG,
  130: DETACHED,
});

/** For commands that only read the log. */
export const readExitCodes = exitCodes({
  0: 'done',
  2: INVALID,
  3: 'the named resource does not exist',
  6: DOWN,
  7: LOST,
  70: BUG,
});

/** For commands that report the health of routes. */
export const healthExitCodes = exitCodes({
  0: 'all routes asked for work',
  2: INVALID,
  3: 'the route does not exist',
  6: 'a route does not work, or a server is down; the output names it',
  7: LOST,
  70: BUG,
});

/** For `read test auth`. */
export const stackExitCodes = exitCodes({
  0: 'done, and everything works',
  2: INVALID,
  3: 'the named thing does not exist',
  6: 'something does not work, or a server is down; the output names it',
  70: BUG,
});

/** For `up`. */
export const upExitCodes = exitCodes({
  0: 'all servers run',
  2: INVALID,
  4: 'a port is in use',
  6: 'a server did not start or could not be installed; the output names it',
  7: LOST,
  70: BUG,
});

/** For `status`. */
export const statusExitCodes = exitCodes({
  0: 'all servers run',
  2: INVALID,
  6: 'a server does not run; the output names it',
  7: LOST,
  70: BUG,
});

/** For `down`. */
export const downExitCodes = exitCodes({
  0: 'stopped',
  2: 'the request is invalid, or the folder is not a home of Hecate',
  6: 'a server could not be stopped',
  70: BUG,
});

/** For `logs`. */
export const logsExitCodes = exitCodes({ 0: 'done', 2: INVALID, 3: 'the server does not exist', 70: BUG });

/** For `follow`. */
export const followExitCodes = exitCodes({
  0: 'it completed, or there was nothing to change',
  1: 'it was undone',
  2: 'the id is not the id of an operation, or the operation was refused as invalid',
  3: 'the operation does not exist, or it was refused because a resource does not',
  4: 'it was refused because of a conflict',
  5: 'a server refused our credentials',
  6: DOWN,
  7: 'a person must act: the undo failed',
  70: BUG,
  130: DETACHED,
});

/** For `cancel`. */
export const cancelExitCodes = exitCodes({
  0: 'cancelled and undone',
  2: 'the id is not the id of an operation',
  3: 'the operation does not exist',
  4: 'too late: it had ended',
  6: DOWN,
  70: BUG,
  130: DETACHED,
});

/** For `update state reconcile`. */
export const reconcileExitCodes = exitCodes({
  0: 'no drift, or all drift was repaired',
  1: 'some drift could not be repaired; the output names it',
  2: INVALID,
  4: 'another reconcile is running',
  5: 'a server refused our credentials',
  6: 'a repository or a server could not be read; the output names it',
  8: 'with --exit-code: something differs',
  70: BUG,
  130: DETACHED,
});

/** For commands that manage schedules. */
export const scheduleExitCodes = exitCodes({
  0: 'done',
  2: INVALID,
  3: 'the schedule does not exist',
  4: 'a schedule of that name exists already',
  6: DOWN,
  70: BUG,
});

/** For commands that use no server. */
export const programExitCodes = exitCodes({ 0: 'done', 2: INVALID, 70: BUG });

/** For `update validate`. */
export const validateExitCodes = exitCodes({
  0: 'no errors; there may be warnings',
  2: 'an error, or with --strict a warning; or the request is invalid',
  3: 'the folder does not exist',
  70: BUG,
});

/** For commands that write manifests. */
export const fileExitCodes = exitCodes({
  0: 'done',
  2: INVALID,
  3: 'the file or the folder to read does not exist',
  4: 'a file would be overwritten; --force overwrites it',
  6: DOWN,
  70: BUG,
});
