import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { forPerson } from '../print/painted.js';
import type { Key } from './keys.js';
import type { Size } from './view.js';

// Alternate screen, no cursor, no wrapping of long lines; and all of it back.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The whole terminal, as long as a command draws on it. */
export interface Screen {
  size(): Size;
  /** Draws lines from the top. They are made visible here: what they hold cannot move the cursor or colour anything. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back to the shell until the process is continued, as Ctrl-Z does. */
  suspend(): void;
  /** Gives the terminal back as it was. Also happens when the process ends in any way but SIGKILL. */
  leave(): void;
}

/** Functions that the screen calls. */
export interface ScreenEvents {
  readonly onKey: (key: Key) => void;
  /** The size of the terminal has changed, or the process was continued. */
  readonly onResize: () => void;
}

/** Takes over the terminal. Keys are read only where stdin is a terminal too. */
export function enterScreen(stdin: ReadStream, stdout: WriteStream, { onKey, onResize }: ScreenEvents): Screen {
  const readsKeys = stdin.isTTY;
  let isEntered = false;
  const enter = () => {
    if (isEntered) return;
    isEntered = true;
    if (readsKeys) stdin.setRawMode(true);
    stdout.write(ENTER);
  };
  const release = () => {
    if (!isEntered) return;
    isEntered = false;
    writeNow(stdout, LEAVE);
    if (readsKeys) stdin.setRawMode(false);
  };
  const keypress = (_text: string | undefined, key: Key) => onKey(key);
  const continued = () => {
    enter();
    onResize();
  };
  if (readsKeys) {
    emitKeypressEvents(stdin);
    stdin.on('keypress', keypress).resume();
  }
  stdout.on('resize', onResize);
  process.on('SIGCONT', continued);
  // Before the error is printed: the alternate screen would take it along.
  process.on('uncaughtExceptionMonitor', release);
  process.on('exit', release);
  enter();
  return {
    size: () => ({ width: stdout.columns || 80, height: stdout.rows || 24 }),
    draw(lines) {
      if (!isEntered) return;
      const drawn = lines.map((line) => forPerson(line) + CLEAR_LINE).join('\r\n');
      stdout.write(HOME + drawn + CLEAR_BELOW);
    },
    suspend() {
      release();
      process.kill(process.pid, 'SIGTSTP');
    },
    leave() {
      release();
      stdin.off('keypress', keypress).pause();
      stdout.off('resize', onResize);
      process.off('SIGCONT', continued).off('uncaughtExceptionMonitor', release).off('exit', release);
    },
  };
}

/** Writes even while the process exits. A terminal that is gone needs nothing. */
function writeNow({ fd }: WriteStream & { readonly fd?: number }, text: string): void {
  try {
    writeSync(fd ?? 1, text);
  } catch {
    // EPIPE, EIO: the terminal was closed.
  }
}
