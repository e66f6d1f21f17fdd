import type { EventEmitter } from 'node:events';

/** Where a command writes, and how it ends. */
export interface Written {
  readonly stdout: EventEmitter;
  readonly stderr: EventEmitter;
  readonly exit: () => void;
}

/**
 * Whoever reads our data has read enough, as in `hecate history | head`. Talk that nobody reads ends nothing: what was begun
 * goes on, and saying what went wrong with it would go wrong again, for ever.
 */
export function bearReadersGone({ stdout, stderr, exit }: Written): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    exit();
  });
  stderr.on('error', () => undefined);
}
