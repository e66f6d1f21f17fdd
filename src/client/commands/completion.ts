import type { Command } from 'commander';
import { Failure } from '../../ports/failure.js';

/** A completion script with every command and flag; it starts nothing when it completes. */
export function completion(shell: string, program: Command): string {
  const paths = pathsOf(program, []);
  switch (shell) {
    case 'bash':
      return bash(program.name(), paths);
    case 'zsh':
      return `#compdef ${program.name()}\nautoload -U +X bashcompinit && bashcompinit\n${bash(program.name(), paths)}`;
    case 'fish':
      return fish(program.name(), paths);
    default:
      throw new Failure('invalid', `there is no completion for ${shell}`, { hint: 'Name bash, zsh or fish.' });
  }
}

interface Path {
  readonly words: readonly string[];
  /** What may follow: commands and flags. */
  readonly next: readonly string[];
}

function pathsOf(command: Command, words: readonly string[]): Path[] {
  const flags = command.options.map((option) => option.long ?? option.short ?? '');
  const nouns = command.commands.map((inner) => inner.name());
  // `eos create hecate route` is what that command line is made for.
  const through = words.length === 1 && nouns.length > 0 && rootOf(command).name() === 'eos' ? ['hecate'] : [];
  const own = { words, next: [...through, ...nouns, ...flags, '--help'] };
  return [own, ...command.commands.flatMap((inner) => pathsOf(inner, [...words, inner.name()]))];
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

function bash(name: string, paths: readonly Path[]): string {
  const cases = paths.map(
    ({ words, next }) => `    ${JSON.stringify(words.join(' '))}) next=${JSON.stringify(next.join(' '))} ;;`,
  );
  return `_${name}() {
  local words=() word next
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* || $word == hecate ]] || words+=("$word"); done
  case "\${words[*]:0:2}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${name} ${name}
`;
}

function fish(name: string, paths: readonly Path[]): string {
  return paths
    .map(({ words, next }) => {
      const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ') || '__fish_use_subcommand';
      return `complete -c ${name} -f -n '${seen}' -a '${next.join(' ')}'`;
    })
    .join('\n')
    .concat('\n');
}
