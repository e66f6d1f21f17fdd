const CODES = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

export type Paint = keyof typeof CODES;

/** A text for stdout in a colour; plain where nobody looks at it, or where `NO_COLOR` is set (no-color.org). */
export function painted(paint: Paint, text: string): string {
  const isWanted = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return isWanted ? `\u001b[${CODES[paint]}m${text}\u001b[0m` : text;
}
