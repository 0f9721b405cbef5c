import { argumentCases, pathCases, valueCases, type CompletedCommand } from './completed-command.ts';
import { shellQuoted } from '../../app/session/shell-quoted.ts';

/** The script for bash 4 and later. `=` parts words there, so a value behind `--flag=` is a word of its own. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of oppatch
_oppatch_ask() {
  local candidates
  candidates=$(oppatch complete "$1" -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)
  local IFS=$'\\n'
  mapfile -t COMPREPLY < <(compgen -W "\${candidates//\\'/\\\\\\'}" -- "$current")
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
_oppatch_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
_oppatch() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${pathCases(commands)}
    esac
  done
  case "$command:$previous" in
${commands.flatMap((command) => valueCases(command, '_oppatch_files', listed)).join('\n')}
  esac
  if [[ $current != -* ]]; then
    case "$command" in
${argumentCases(commands)}
    esac
    if [[ \${#COMPREPLY[@]} -gt 0 ]]; then return; fi
  fi
  local flags='' words=''
  case "$command" in
${commands.map(wordCase).join('\n')}
  esac
  if [[ $current == -* ]]; then words=$flags; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then _oppatch_files; fi
}
complete -F _oppatch oppatch`;
}

function listed(choices: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W ${shellQuoted(choices.join(' '))} -- "$current")`;
}

function wordCase({ path, words, options }: CompletedCommand): string {
  const long = options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--')));
  const flags = shellQuoted([...long, '--help'].join(' '));
  return `    ${shellQuoted(path)}) flags=${flags} words=${shellQuoted(words.join(' '))} ;;`;
}
