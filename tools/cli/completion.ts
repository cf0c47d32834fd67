// Scripts that teach a shell a command's words. They ask the command's own file, so they work in any folder, through an alias, and after npx.
import { fileURLToPath } from 'node:url';

/** The hidden option by which a script asks; the words so far follow, the program's name first. yargs answers it. */
export const ASKED = '--get-yargs-completions';

/**
 * The script for the shell that SHELL names, or bash's. A word that nothing is known of is left to the shell, which completes
 * names of files.
 *
 * @param entry `import.meta.url` of the program's own file.
 */
export function completionScript(program: string, entry: string, shell = process.env.SHELL ?? ''): string {
  const file = `"${fileURLToPath(entry).replace(/["$`\\]/g, '\\$&')}"`; // all three shells read it alike
  if (shell.includes('zsh')) return zsh(program, `SHELL=zsh node ${file} ${ASKED}`);
  if (shell.includes('fish')) return fish(program, `SHELL=fish node ${file} ${ASKED}`);
  return bash(program, `SHELL=bash node ${file} ${ASKED}`);
}

// No mapfile: macOS has bash 3.2. A completion of npx that is there already stays.
const bash = (program: string, ask: string): string => `_complete_${program}() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(${ask} "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _complete_${program} ${program}
_complete_after_npx() {
  local of=_complete_\${COMP_WORDS[1]}
  ((COMP_CWORD > 1)) && declare -F "$of" >/dev/null || return 0
  COMP_WORDS=("\${COMP_WORDS[@]:1}")
  COMP_CWORD=$((COMP_CWORD - 1))
  "$of"
}
complete -p npx >/dev/null 2>&1 || complete -o bashdefault -o default -F _complete_after_npx npx
`;

const zsh = (program: string, ask: string): string => `#compdef ${program}
_complete_${program}() {
  local -a known
  known=("\${(@f)$(${ask} "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n $known[1] ]]; then _describe 'word' known; else _files; fi
}
_complete_after_npx() {
  local of=_complete_$words[2]
  if (( CURRENT > 2 && $+functions[$of] )); then shift words; (( CURRENT -= 1 )); $of; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _complete_${program} "$@"
else
  compdef _complete_${program} ${program}
  (( $+_comps[npx] )) || compdef _complete_after_npx npx
fi
`;

// fish adds completions to those that are there.
const fish = (program: string, ask: string): string => `function __complete_${program}
  set -l words (commandline -opc) (commandline -ct)
  if test "$words[1]" = npx
    set -e words[1]
  end
  ${ask} $words 2>/dev/null
end
complete -c ${program} -a '(__complete_${program})'
complete -c npx -n 'set -l words (commandline -opc); test "$words[2]" = ${program}' -a '(__complete_${program})'
`;
