// What a shell needs to mark its prompts and commands (OSC 133) and to tell its folder (OSC 7), to be put
// into its own start-up file. Pure; Settings, Terminal shows it, a test runs each shell with it.

export interface ShellMarks {
	readonly shell: 'bash' | 'zsh' | 'fish';
	/** Where it goes on the machine. */
	readonly file: string;
	readonly text: string;
}

/** The file is read again by a shell in the shell: each begins for itself, and only once. */
export const SHELL_MARKS: readonly ShellMarks[] = [
	{
		shell: 'bash',
		file: '~/.bashrc',
		text: String.raw`# Prompts, commands and the folder for the terminal (OSC 133 and 7)
if [[ $- == *i* && -z \${__marks-} ]]; then
  __marks=1
  __marks_prompt() {
    local status=$? folder=\${PWD//\%/%25}
    folder=\${folder//\#/%23}
    printf '\e]133;D;%s\a\e]7;file://%s%s\a' "$status" "$HOSTNAME" "\${folder//\?/%3F}"
    return "$status"
  }
  PROMPT_COMMAND="__marks_prompt\${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
  PS1='\[\e]133;A\a\]'$PS1'\[\e]133;B\a\]'
  PS0='\e]133;C\a'\${PS0-}
fi`.replaceAll('\\${', '${')
	},
	{
		shell: 'zsh',
		file: '~/.zshrc',
		text: String.raw`# Prompts, commands and the folder for the terminal (OSC 133 and 7)
if [[ -o interactive && -z \${__marks-} ]]; then
  __marks=1
  __marks_precmd() {
    local last=$? folder=\${PWD//\%/%25}
    folder=\${folder//\#/%23}
    printf '\e]133;D;%s\a\e]7;file://%s%s\a' $last "$HOST" "\${folder//\?/%3F}"
    [[ $PS1 == *'133;A'* ]] || PS1=$'%{\e]133;A\a%}'$PS1$'%{\e]133;B\a%}'
  }
  __marks_preexec() { printf '\e]133;C\a' }
  precmd_functions=(__marks_precmd $precmd_functions)
  preexec_functions+=(__marks_preexec)
fi`.replaceAll('\\${', '${')
	},
	{
		shell: 'fish',
		file: '~/.config/fish/config.fish',
		text: String.raw`# Prompts, commands and the folder for the terminal (OSC 133 and 7)
if status is-interactive; and not set -q __marks
  set -g __marks 1
  function __marks_folder --on-event fish_prompt
    printf '\e]7;file://%s%s\a' (hostname) (string escape --style=url -- $PWD)
  end
  # From version 4 on it marks commands by itself.
  if test (string split . -- $version)[1] -lt 4
    function __marks_prompt --on-event fish_prompt
      printf '\e]133;A\a'
    end
    function __marks_begin --on-event fish_preexec
      printf '\e]133;C\a'
    end
    function __marks_end --on-event fish_postexec
      printf '\e]133;D;%s\a' $status
    end
  end
end`
	}
];
