import { Failure } from '../../ports/failure.js';

/** Shells that have a completion script. */
export const shells = ['bash', 'zsh', 'fish'];

/**
 * Returns a completion script. It asks `PROGRAM __complete WORDS…` at each Tab, so it need not change when commands do.
 * `program` is the absolute path of the program; the word that was typed is called where that file is gone.
 */
export function completionScript(shell: string, name: string, program: string): string {
  switch (shell) {
    case 'bash':
      return bash(name, quoted(program));
    case 'zsh':
      return zsh(name, quoted(program));
    case 'fish':
      return fish(name, quoted(program));
    default:
      throw new Failure('invalid', `no completion script exists for ${shell}`, {
        hint: `Give one of: ${shells.join(', ')}.`,
      });
  }
}

/** In single quotes, as all three shells read them. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

// `:file` and `:folder` ask for names of files; in every other line the value ends at the tab. Bash inserts a value as it
// stands, so the script quotes it (zsh and fish do so themselves) and asks without the backslashes of an earlier Tab.
function bash(name: string, program: string): string {
  return `_${name}() {
  local program=${program} word=\${COMP_WORDS[COMP_CWORD]} line
  [[ -x $program ]] || program=\${COMP_WORDS[0]}
  [[ $word == '=' || $word == ':' ]] && word=
  local -a words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
      :folder) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word") ;;
      *) printf -v line %q "\${line%%$'\\t'*}"; COMPREPLY+=("$line") ;;
    esac
  done < <("$program" __complete "\${words[@]//\\\\/}" 2>/dev/null)
}
complete -F _${name} ${name}
`;
}

function zsh(name: string, program: string): string {
  return `#compdef ${name}
_${name}() {
  local program=${program} line
  local -a values described
  [[ -x $program ]] || program=\${words[1]}
  while IFS= read -r line; do
    case $line in
      :file) compset -P 1 '--*='; _files ;;
      :folder) compset -P 1 '--*='; _files -/ ;;
      *) values+=("\${line%%$'\\t'*}"); described+=("\${line/$'\\t'/  }") ;;
    esac
  done < <("$program" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#values )) && compadd -l -d described -- "\${values[@]}"
}
compdef _${name} ${name}
`;
}

function fish(name: string, program: string): string {
  return `function __${name}_complete
  set -l program ${program}
  set -l words (commandline -opc) (commandline -ct)
  test -x $program; or set program $words[1]
  set -l word (commandline -ct | string replace -r '^--[^=]*=' '')
  for line in ($program __complete $words[2..-1] 2>/dev/null)
    switch $line
      case :file
        __fish_complete_path "$word"
      case :folder
        __fish_complete_directories "$word" ''
      case '*'
        printf '%s\\n' $line
    end
  end
end
complete -c ${name} -f -a '(__${name}_complete)'
`;
}
