import Table from 'cli-table3';
import { forPerson } from './painted.js';
import { visible } from './visible.js';

export type OutputFormat = 'table' | 'json' | 'yaml';

/** Data to stdout in the format that was asked for; `table` draws it for a person. */
export async function print(format: OutputFormat, data: unknown, table: () => string): Promise<void> {
  process.stdout.write(`${await rendered(format, data, table)}\n`);
  printed = true;
}

let printed = false;

/** Whether an answer was printed. */
export function hasPrinted(): boolean {
  return printed;
}

async function rendered(format: OutputFormat, data: unknown, table: () => string): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(data, null, process.stdout.isTTY ? 2 : 0);
    case 'yaml':
      return (await import('yaml')).stringify(data).trimEnd();
    case 'table':
      return forPerson(table());
  }
}

/** A table without borders, as other command lines print it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const drawn = new Table({
    head: [...head],
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  // Before the columns are measured.
  drawn.push(...rows.map((row) => row.map(visible)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
