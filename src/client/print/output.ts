// Output for a person: tables, plans, results and errors, and the same as JSON or YAML. May import the domain.
import { once } from 'node:events';
import { asTyped } from './as-typed.js';
import { forPerson } from './painted.js';
import { oneLine, visible, visibleJson, visibleYaml } from './visible.js';
import { cutTo, displayWidth, outputWidth, padTo, wrapTo } from './width.js';

/** The formats of `-o`. */
export type OutputFormat = 'table' | 'json' | 'yaml';

/** Prints data to stdout in a format; `table` draws it for a person. */
export async function print(format: OutputFormat, data: unknown, table: () => string): Promise<void> {
  printText(await rendered(format, data, table));
}

/** Prints an answer that is rendered already. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
  printed = true;
}

/** Prints one line of a long answer; waits while the reader of stdout is slower. */
export async function printLine(line: string): Promise<void> {
  printed = true;
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

let printed = false;

/** Returns true when an answer was printed. */
export function hasPrinted(): boolean {
  return printed;
}

/** Returns data as text in a format, without the last line break. */
export async function rendered(format: OutputFormat, data: unknown, table: () => string): Promise<string> {
  switch (format) {
    case 'json':
      return visibleJson(data, process.stdout.isTTY ? 2 : 0);
    case 'yaml':
      return (await visibleYaml(data)).trimEnd();
    case 'table':
      return forPerson(asTyped(table()));
  }
}

const GAP = '  ';
/** A column is cut to no less than this, or than its heading. */
const NARROWEST = 8;

/**
 * Returns a table without borders that is no wider than the width given: long cells are cut, those of the widest columns
 * first and those of the first column last. Columns whose head is in `whole` are never cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { width = outputWidth(), whole = [] }: { readonly width?: number; readonly whole?: readonly string[] } = {},
): string {
  const lines = [head, ...rows.map((row) => row.map((cell) => oneLine(cell)))];
  const widths = fitted(head, lines, { width, whole });
  return lines
    .map((line) => line.map((cell, i) => padTo(cutTo(cell, widths[i] ?? 1), widths[i] ?? 1)).join(GAP))
    .map((line) => cutTo(line.trimEnd(), width))
    .join('\n');
}

function fitted(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  { width, whole }: { readonly width: number; readonly whole: readonly string[] },
): number[] {
  const widths = head.map((_, i) => Math.max(...lines.map((line) => displayWidth(line[i] ?? ''))));
  const least = head.map((name, i) => {
    const own = widths[i] ?? 0;
    return whole.includes(name) ? own : Math.min(own, Math.max(displayWidth(name), NARROWEST));
  });
  let over = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (head.length - 1) - width;
  while (over > 0) {
    const spare = widths.map((one, i) => (one > (least[i] ?? 0) ? one : 0));
    const widest = Math.max(...spare.slice(1), 0);
    const column = widest > 0 ? spare.indexOf(widest, 1) : 0;
    if ((spare[column] ?? 0) === 0) break;
    widths[column] = (widths[column] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

/** A name for a person and what there is to say, a line each; null and an empty list: nothing. */
export type Field = readonly [label: string, value: string | readonly string[] | null];

/** Returns fields as lines of a label and a value; long values go on below their beginning. */
export function fieldLines(fields: readonly Field[], width: number = outputWidth()): string {
  const shown = fields.flatMap(([label, value]) => {
    const lines = (value === null ? [] : [value].flat()).map((line) => visible(line).replace(/[\t\n]+/g, ' '));
    return lines.length === 0 ? [] : [{ label, lines }];
  });
  const labels = Math.max(...shown.map(({ label }) => displayWidth(label))) + 1;
  return shown
    .flatMap(({ label, lines }) =>
      lines
        .flatMap((line) => wrapTo(line, Math.max(width - labels - 2, 20)))
        .map((line, i) => `${padTo(i === 0 ? `${label}:` : '', labels)}  ${line}`.trimEnd()),
    )
    .join('\n');
}
