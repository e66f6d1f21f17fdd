import { readFileSync } from 'node:fs';
import { Failure } from '../../ports/failure.js';
import { optionName, type Flag } from './flags.js';

/** A command's options with the contents of its files in their place. */
export interface Taken {
  readonly options: Record<string, unknown>;
  /** What goes through Vault, by the id that stands in the options instead. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** How {@link takeFiles} reads and names. */
export interface Taking {
  /** Content of a file; `-` is standard input. */
  readonly read: (path: string) => string;
  readonly newId: () => string;
}

const LARGEST_BYTES = 1_048_576;

/** Reads the files that flags name. Throws `invalid`, naming the flag and the file, never what is in it. */
export function takeFiles(flags: readonly Flag[], options: Record<string, unknown>, { read, newId }: Taking): Taken {
  const taken = { ...options };
  const secrets = new Map<string, string>();
  for (const flag of flags.filter(({ file }) => file !== null)) {
    const path = options[optionName(flag.flag)];
    if (typeof path !== 'string' || path === 'none') continue;
    const content = contentOf(flag.flag, path, read);
    if (flag.file === 'text') taken[optionName(flag.flag)] = content;
    else secrets.set((taken[optionName(flag.flag)] = newId()), content);
  }
  return { options: taken, secrets };
}

/** Reads a file of this machine, or standard input to its end. */
export function readFile(path: string): string {
  return readFileSync(path === '-' ? 0 : path, 'utf8');
}

function contentOf(flag: string, path: string, read: Taking['read']): string {
  let content: string;
  try {
    content = read(path);
  } catch (cause) {
    const why = (cause as { code?: string }).code ?? 'it cannot be read';
    throw new Failure('invalid', `--${flag} ${JSON.stringify(path)}: ${why}`, {
      hint: 'Name a file that you can read.',
    });
  }
  if (content.trim() === '') throw new Failure('invalid', `--${flag} ${JSON.stringify(path)}: it is empty`);
  if (content.length <= LARGEST_BYTES) return content;
  throw new Failure('invalid', `--${flag} ${JSON.stringify(path)}: it is larger than ${LARGEST_BYTES} bytes`);
}
