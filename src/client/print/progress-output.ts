import { asTyped } from './as-typed.js';
import { visible } from './visible.js';

/** Shows how far an operation is. */
export interface ProgressOutput {
  /** Prints a line for a step that is done, or a problem that was found. */
  happened(text: string): void;
  /** Shows the step that is running, on the last line of a terminal; prints nothing elsewhere. */
  present(text: string): void;
  /** Erases the line of {@link present} before something else is printed. */
  clear(): void;
}

/** The stream that progress is written to. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'write'> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

const ERASE_LINE = '\r\x1b[2K';
const USUAL_WIDTH = 80;

/**
 * Progress on stderr. `plainEveryMs`: the pause between two lines about the present step where there is no terminal; absent: it is not
 * shown there.
 */
export function createProgressOutput(
  stream: ProgressStream = process.stderr,
  { plainEveryMs }: { readonly plainEveryMs?: number | undefined } = {},
): ProgressOutput {
  const line = (text: string) => `· ${visible(asTyped(text))}\n`;
  if (stream.isTTY !== true) {
    const happened = (text: string) => void stream.write(line(text));
    if (plainEveryMs === undefined) return { happened, present: () => undefined, clear: () => undefined };
    return { happened, present: nowAndThen(happened, plainEveryMs), clear: () => undefined };
  }
  let shown = '';
  const rewrite = (text: string) => {
    if (text === shown) return;
    shown = text;
    // A wrapped line could not be erased; some terminals report a width of 0.
    stream.write(`${ERASE_LINE}${visible(text).slice(0, (stream.columns || USUAL_WIDTH) - 1)}`);
  };
  return {
    happened(text) {
      stream.write(`${shown === '' ? '' : ERASE_LINE}${line(text)}`);
      shown = '';
    },
    present: (text) => rewrite(`· ${text}`),
    clear: () => rewrite(''),
  };
}

/** Passes a text on when it changed and the last one was passed on long enough ago; the first one waits as long. */
function nowAndThen(happened: (text: string) => void, everyMs: number): (text: string) => void {
  let [shown, at] = ['', performance.now()];
  return (text) => {
    if (text === shown || performance.now() - at < everyMs) return;
    [shown, at] = [text, performance.now()];
    happened(text);
  };
}

/** Progress that is not shown, for `--quiet` and for output that programs read. */
export const noProgressOutput: ProgressOutput = {
  happened: () => undefined,
  present: () => undefined,
  clear: () => undefined,
};
