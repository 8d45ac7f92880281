/* Two shell scripts. */
#include "harness/cli/commands/completion.h"

#include <string.h>

/* Bash takes words apart at '=' and ':', and wants back only what stands behind the last of them.
 * What has a meaning behind a tab is shown without it: bash has no place for meanings. */
static const char bash[] =
    "# bash completion for killpoint (killpoint --completion bash)\n"
    "_killpoint() {\n"
    "    local IFS=$'\\n' i line before words=()\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        if ((${#words[@]} > 0)) && [[ ${COMP_WORDS[i]} == [:=]* || ${COMP_WORDS[i-1]} == *[:=] "
    "]]; then\n"
    "            words[${#words[@]}-1]+=${COMP_WORDS[i]}\n"
    "        else\n"
    "            words+=(\"${COMP_WORDS[i]}\")\n"
    "        fi\n"
    "    done\n"
    "    before=${words[${#words[@]}-1]}\n"
    "    before=${before%\"${before##*[:=]}\"}\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        :files) COMPREPLY+=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]#=}\")) ;;\n"
    "        :dirs) COMPREPLY+=($(compgen -d -- \"${COMP_WORDS[COMP_CWORD]#=}\")) ;;\n"
    "        :*) ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            COMPREPLY+=(\"${line#\"$before\"}\")\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" --complete \"${words[@]}\" 2>/dev/null)\n"
    "    [[ ${COMPREPLY[0]-} != *[=:] ]] || compopt -o nospace\n"
    "    for line in \"${COMPREPLY[@]}\"; do\n"
    "        [[ ! -d $line ]] || compopt -o filenames\n"
    "    done\n"
    "}\n"
    "complete -F _killpoint killpoint\n";

static const char zsh[] =
    "#compdef killpoint\n"
    "# zsh completion for killpoint (killpoint --completion zsh)\n"
    "_killpoint() {\n"
    "    local line\n"
    "    local -a found\n"
    "    for line in \"${(@f)$(\"${(Q)words[1]}\" --complete \"${(@Q)words[2,CURRENT]}\" "
    "2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "        :files) _files ;;\n"
    "        :dirs) _files -/ ;;\n"
    "        :*|'') ;;\n"
    "        *) found+=(\"${${line//:/\\\\:}/$'\\t'/:}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#found} == 0 )) || _describe killpoint found\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _killpoint ]; then\n"
    "    _killpoint \"$@\"\n"
    "else\n"
    "    compdef _killpoint killpoint\n"
    "fi\n";

bool completion_put(const char *shell, FILE *stream)
{
    const char *script = strcmp(shell, "bash") == 0 ? bash : strcmp(shell, "zsh") == 0 ? zsh : NULL;

    if (script != NULL) {
        (void)fputs(script, stream);
    }
    return script != NULL;
}
