import { Argument, type Command } from 'commander';
import { complete, type NameLookup } from '../completion/complete.js';
import { completionScript, shells } from '../completion/script.js';
import { programExitCodes } from '../print/exit-codes.js';

/** Time that the log may take to answer a Tab. */
const PATIENCE_MS = 1_000;

/** Adds the command that prints a completion script. */
export function addCompletion(program: Command): void {
  const name = program.name();
  program
    .command('completion')
    .description('Print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `\nExamples:\n  source <(${name} completion bash)\n  ${name} completion fish > ~/.config/fish/completions/${name}.fish\n\n${programExitCodes}`,
    )
    .action((shell: string) => void process.stdout.write(completionScript(shell, name, process.argv[1] ?? name)));
}

/**
 * Prints the values that fit at the last of these words, one a line, with a tab before its description. When the log does not
 * answer within a second, prints only the values that need no log.
 */
export async function answerCompletion(program: Command, words: readonly string[]): Promise<void> {
  const found = await complete(program, words, patient(lookUp)).catch(() => []);
  const lines = found.map(({ value, description }) => (description ? `${value}\t${firstLine(description)}` : value));
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

async function lookUp(...asked: Parameters<NameLookup>): ReturnType<NameLookup> {
  return (await import('../completion/index.js')).lookUp(...asked);
}

function patient(lookup: NameLookup): NameLookup {
  return async (names) => {
    const late = new Promise<never[]>((resolve) => setTimeout(() => resolve([]), PATIENCE_MS).unref());
    return Promise.race([lookup(names).catch(() => []), late]);
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
