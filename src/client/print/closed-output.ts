import type { EventEmitter } from 'node:events';

/** The two output streams of a command, and its exit. */
export interface Outputs {
  readonly stdout: EventEmitter;
  readonly stderr: EventEmitter;
  readonly exit: () => void;
}

/**
 * Ends the command quietly when the reader of stdout closes it, as in `hecate history | head`. A closed stderr ends
 * nothing: the command continues, and reporting that error would fail the same way.
 */
export function tolerateClosedOutput({ stdout, stderr, exit }: Outputs): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    exit();
  });
  stderr.on('error', () => undefined);
}
