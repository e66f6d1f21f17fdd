import { backupComponents, isComponentOfBackup } from '../../domain/backup/components.js';
import { nearest } from '../../domain/data/nearest.js';
import { Failure } from '../../ports/failure.js';
import { making, type MakeOptions } from './take/full.js';
import { runBackup } from './take/run-backup.js';

/** Options of `backup --components`. */
export interface ComponentsOptions extends MakeOptions {
  /** Names of components with commas. */
  readonly components?: string;
  readonly encrypt: boolean;
}

/** Backs up the state of some components. Returns the exit code. */
export async function components(options: ComponentsOptions): Promise<number> {
  if (options.components === undefined) {
    throw new Failure('invalid', '--components is missing', {
      hint: 'Back up everything: hecate backup full --destination PLACE. Or name components: hecate backup --components routes,auth-policies --destination PLACE',
    });
  }
  return runBackup(options, {
    ...making(options),
    operation: 'backup.components',
    components: componentsIn(options.components),
    isEncrypted: options.encrypt,
  });
}

function componentsIn(text: string): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !isComponentOfBackup(name));
  if (names.length > 0 && unknown === undefined) return [...new Set(names)];
  const close = unknown === undefined ? undefined : nearest(unknown, backupComponents);
  const message = `--components ${JSON.stringify(text)}: ${unknown === undefined ? 'it names none' : `${JSON.stringify(unknown)} is not a component`}`;
  throw new Failure('invalid', message, {
    hint: close === undefined ? `Components: ${backupComponents.join(', ')}` : `Did you mean ${close}?`,
  });
}
