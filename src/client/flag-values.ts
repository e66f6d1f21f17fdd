import type { Flag } from './input/flags.js';
import { notATime, timeOf } from './input/moment.js';

/** What is given for a flag, as its field takes it; problems are added, a sentence each. */
export function given(flag: Flag, value: unknown, problems: string[]): unknown {
  if (flag.kind === 'pairs') return pairs(flag, value as string[], problems);
  if (flag.kind === 'items') return isNone(value as string[]) ? [] : value;
  if (flag.kind === 'moment') return moment(flag, String(value), problems);
  if (flag.kind === 'number') return value === '' || Number.isNaN(Number(value)) ? value : Number(value);
  if (flag.kind === 'list')
    return value === 'none'
      ? []
      : String(value)
          .split(',')
          .map((item) => item.trim());
  return value === true && flag.bare !== null ? flag.bare : value;
}

function moment({ flag }: Flag, text: string, problems: string[]): string | undefined {
  const at = timeOf(text, new Date()) ?? undefined;
  if (at === undefined) problems.push(`--${flag} ${JSON.stringify(text)}: ${notATime}`);
  return at;
}

function pairs(flag: Flag, values: readonly string[], problems: string[]): Record<string, string> {
  const record: Record<string, string> = {};
  if (isNone(values)) return record;
  for (const value of values) {
    const at = value.indexOf('=');
    const name = value.slice(0, at).trim();
    if (at < 1)
      problems.push(
        `--${flag.flag} ${JSON.stringify(value)}: ${at < 0 ? 'it has no =' : 'it has no name'}; give name=value`,
      );
    else if (name === '__proto__') problems.push(`--${flag.flag} ${JSON.stringify(value)}: ${name} cannot be set`);
    else if (Object.hasOwn(record, name))
      problems.push(`--${flag.flag} ${JSON.stringify(value)}: ${name} is given twice`);
    else record[name] = value.slice(at + 1);
  }
  return record;
}

function isNone(values: readonly string[]): boolean {
  return values.length === 1 && values[0] === 'none';
}
