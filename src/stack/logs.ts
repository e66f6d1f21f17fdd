import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { Failure } from '../ports/failure.js';
import { componentNames, homeLayout } from './home-layout.js';
import { hecateHome } from './load-connections.js';

/** The end of one component's log. */
export interface LogTail {
  readonly component: string;
  readonly file: string;
  readonly lines: readonly string[];
}

/** Reads the last 200 lines of each component's log, or of one. Throws `missing` for an unknown component. */
export async function logs(
  env: Readonly<Record<string, string | undefined>>,
  component?: string,
): Promise<readonly LogTail[]> {
  const layout = homeLayout(hecateHome(env));
  const known: readonly string[] = ['supervisor', ...componentNames];
  if (component !== undefined && !known.includes(component)) {
    throw new Failure('missing', `the stack has no component ${component}`, {
      hint: `Give one of ${known.join(', ')}, for example: hecate logs worker`,
    });
  }
  return known
    .filter((name) => component === undefined || name === component)
    .map((name) => ({ component: name, file: layout.log(name), lines: lastLines(layout.log(name), 200) }));
}

/** Reads the last lines of a file, from its last 64 kB only. Returns none when the file does not exist. */
export function lastLines(file: string, count: number): readonly string[] {
  if (!existsSync(file)) return [];
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, 64 * 1024));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count);
  } finally {
    closeSync(descriptor);
  }
}
