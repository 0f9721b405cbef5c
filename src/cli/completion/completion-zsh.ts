import { argumentCases, pathCases, valueCases, type CompletedCommand } from './completed-command.ts';
import { shellQuoted } from '../../app/session/shell-quoted.ts';

/** The script for zsh. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef oppatch
# zsh completion of oppatch
_oppatch_ask() {
  local line
  local -a found ready
  found=("\${(@f)$(oppatch complete "$1" -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $found; do
    line="\${line//:/\\\\:}"
    ready+=("\${line/$'\\t'/:}")
  done
  if [[ "\${found[1]%%$'\\t'*}" == *= ]]; then _describe "$1" ready -S ''; else _describe "$1" ready; fi
}
_oppatch() {
  local command='' word previous="\${words[CURRENT-1]}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
${pathCases(commands)}
    esac
  done
  if [[ "\${words[CURRENT]}" == --*=* ]]; then
    previous="\${words[CURRENT]%%=*}"
    compset -P 1 '*='
  fi
  case "$command:$previous" in
${commands.flatMap((command) => valueCases(command, '_files', listed)).join('\n')}
  esac
  if [[ "\${words[CURRENT]}" != -* ]]; then
    case "$command" in
${argumentCases(commands)}
    esac
  fi
  local -a candidates
  case "$command" in
${commands.map(wordCase).join('\n')}
  esac
  _describe 'oppatch' candidates
  _files
}
if [ "$funcstack[1]" = "_oppatch" ]; then _oppatch "$@"; else compdef _oppatch oppatch; fi`;
}

function listed(choices: readonly string[]): string {
  return `compadd -- ${choices.map(shellQuoted).join(' ')}`;
}

function wordCase({ path, words, options }: CompletedCommand): string {
  const long = options.flatMap(({ flags, description }) =>
    flags
      .filter((flag) => flag.startsWith('--'))
      .map((flag) => shellQuoted(`${flag}:${description.replaceAll(':', ' ')}`)),
  );
  return `    ${shellQuoted(path)}) candidates=(${[...words.map(shellQuoted), ...long, shellQuoted('--help:help')].join(' ')}) ;;`;
}
