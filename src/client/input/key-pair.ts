import { Option, type Command } from 'commander';
import { Failure } from '../../ports/failure.js';
import { completing } from './completes.js';
import { once, optionOf, type Flag } from './flags.js';

/** A key pair that a command makes: the field that gets its public half, and the file for its private half. */
export interface WantedKeyPair {
  readonly field: string;
  /** Null: the private half is printed. */
  readonly file: string | null;
}

/** Adds the flags of a command that makes a key pair. */
export function addKeyPairFlags(command: Command, flags: readonly Flag[]): void {
  const flag = flags.find(({ keyPair }) => keyPair !== null);
  if (flag === undefined) return;
  if (flag.keyPair === 'on-request')
    command.addOption(new Option('--new-key', 'replace its key; the one before is refused from then on'));
  const file = new Option(
    '--key-file <file>',
    'write the private key into this file, with mode 0600 (default: print it)',
  );
  command.addOption(completing(file.argParser(once('--key-file')), { paths: 'file' }));
}

/** Returns the key pair to make; null: none. Throws `invalid` for flags that exclude each other. */
export function wantedKeyPair(
  flags: readonly Flag[],
  options: Readonly<Record<string, unknown>>,
): WantedKeyPair | null {
  const flag = flags.find(({ keyPair }) => keyPair !== null);
  if (flag === undefined) return null;
  const isGiven = optionOf(options, flag.flag) !== undefined;
  const { newKey, keyFile, dryRun, plan, wait } = options;
  if (isGiven && newKey === true) throw new Failure('invalid', `--${flag.flag} and --new-key exclude each other`);
  const isWanted = !isGiven && (flag.keyPair === 'always' || newKey === true);
  if (!isWanted && keyFile !== undefined) {
    const other = flag.keyPair === 'on-request' && !isGiven ? 'needs --new-key' : 'needs a key that this command makes';
    throw new Failure('invalid', `--key-file ${other}`);
  }
  if (!isWanted) return null;
  if (plan !== undefined && dryRun !== true) {
    throw new Failure('invalid', `--plan needs --${flag.flag}: each run would make another key`);
  }
  if (wait === false) {
    throw new Failure(
      'invalid',
      `--no-wait needs --${flag.flag}: the private key is given out when the operation has ended`,
    );
  }
  return { field: flag.field, file: typeof keyFile === 'string' ? keyFile : null };
}
