/** First words of all command lines. The help of the program has the same ones; a test compares them. */
export const firstWords = [
  ...[
    'create',
    'update',
    'delete',
    'list',
    'read',
    'move',
    'test',
    'import',
    'init',
    'history',
    'why',
    'audit',
    'diff',
    'follow',
    'backup',
    'cancel',
    'finish',
    'reveal',
  ],
  ...['export', 'schema', 'up', 'status', 'down', 'logs', 'completion', 'help'],
] as const;

const COMMAND_LINE = new RegExp(
  String.raw`(?<!\beos [a-z-]+ )\bhecate (-o [a-z]+ )?(${firstWords.join('|')})\b(?!-)`,
  'g',
);

/** Returns the name by which the program was started: `eos`, or `hecate`. */
export function programName(): 'eos' | 'hecate' {
  return process.env['HECATE_PROGRAM'] === 'eos' ? 'eos' : 'hecate';
}

/**
 * Returns a text with its command lines as the user types them: through `eos`, `hecate update route` is
 * `eos update hecate route`. Messages and hints of every part of Hecate name the program `hecate`.
 */
export function asTyped(text: string, name: 'eos' | 'hecate' = programName()): string {
  return name === 'eos' ? text.replace(COMMAND_LINE, (_, output = '', verb) => `eos ${output}${verb} hecate`) : text;
}
