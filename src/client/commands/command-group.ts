import type { Command } from 'commander';

const groupHelp: Readonly<Record<string, string>> = {
  test: 'Check something without changing it',
  schedule: 'Run something at regular intervals',
  secret: 'Secrets',
  rotation: 'Rotations of secrets',
};

/**
 * Returns the command that the last word of a path stands under; adds the words between that do not exist yet. `verb` finds
 * or adds a command by the first word.
 */
export function groupOf(
  path: readonly [string, ...string[]],
  program: Command,
  verb: (text: string) => Command,
): Command {
  if (path.length === 1) return program;
  return path.slice(1, -1).reduce((parent, word) => {
    const known = parent.commands.find((command) => command.name() === word);
    return known ?? parent.command(word).description(groupHelp[word] ?? word);
  }, verb(path[0]));
}
