import { visible } from './visible.js';

/** Where a person sees how far something is: a terminal has one line that is rewritten in place, everything else keeps every line. */
export interface ProgressOutput {
  /** What is done, or was found out. */
  happened(text: string): void;
  /** What is being done now; only a terminal shows it. */
  present(text: string): void;
  /** Takes the rewritten line away, before something else is written. */
  clear(): void;
}

/** What a progress output writes to. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'write'> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

const ERASE_LINE = '\r\x1b[2K';
const USUAL_WIDTH = 80;

/** Progress as talk: on stderr, unless a test looks. */
export function createProgressOutput(stream: ProgressStream = process.stderr): ProgressOutput {
  if (stream.isTTY !== true) {
    return {
      happened: (text) => void stream.write(`· ${visible(text)}\n`),
      present: () => undefined,
      clear: () => undefined,
    };
  }
  let shown = '';
  const rewrite = (text: string) => {
    if (text === shown) return;
    shown = text;
    // A line that is wider than the terminal could not be taken back; some terminals say that they are 0 wide.
    stream.write(`${ERASE_LINE}${visible(text).slice(0, (stream.columns || USUAL_WIDTH) - 1)}`);
  };
  return {
    happened: (text) => rewrite(`· ${text}`),
    present: (text) => rewrite(`· ${text}`),
    clear: () => rewrite(''),
  };
}
