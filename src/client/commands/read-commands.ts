import type { Command } from 'commander';
import { addFlags, flagsOf, optionName } from '../input/flags.js';
import { groupOf } from './command-group.js';
import { readExitCodes } from '../print/exit-codes.js';
import { reads } from '../reads/catalogue.js';
import type { Read } from '../reads/read.js';
import { runRead, type ReadOptions } from './run-read.js';
import { addOutput, addPast } from './output-option.js';

/** Adds every read of the catalogue. `verb` finds or adds a command by the first word of a path. */
export function addReads(program: Command, verb: (text: string) => Command): void {
  for (const read of reads) addRead(groupOf(read.path, program, verb), read);
}

function addRead(parent: Command, read: Read): void {
  const { path, summary, hasPast, examples, exitCodes = readExitCodes } = read;
  const command = parent.command(path.at(-1) ?? '').description(summary);
  const flags = flagsOf(read);
  addFlags(command, flags);
  (hasPast ? addPast : addOutput)(command)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  hecate ${line}`).join('\n')}\n\n${exitCodes}`)
    .action(async (options: ReadOptions) => {
      // `read route --domain app.example.com health`: the flag stands before the last word of the path.
      const before = Object.fromEntries(
        flags.map(({ flag }) => optionName(flag)).map((name) => [name, parent.getOptionValue(name) as unknown]),
      );
      process.exitCode = await runRead(read, { ...before, ...options });
    });
}
