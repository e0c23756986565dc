# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the weir authors
#
# Completion of weirctl's words in bash: commands, options, files, instances,
# and the addresses of the running mixer.  Needs nothing of bash-completion.

# The line up to the cursor as words without their quotes, in `words`; the last
# is the one that is being typed.  (COMP_WORDS is cut at ':' and '=', too.)
_weirctl_words() {
    local line=${COMP_LINE:0:COMP_POINT} c quote='' word='' i begun=''
    words=()
    for ((i = 0; i < ${#line}; i++)); do
        c=${line:i:1}
        if [[ $quote == "$c" ]]; then
            quote=''
        elif [[ -n $quote ]]; then
            word+=$c
        elif [[ $c == [\'\"] ]]; then
            quote=$c begun=1
        elif [[ $c == \\ ]]; then
            word+=${line:++i:1} begun=1
        elif [[ $c == [[:blank:]] ]]; then
            [[ -n $begun ]] && words+=("$word")
            word='' begun=''
        else
            word+=$c begun=1
        fi
    done
    words+=("$word")
}

# Offer the lines of stdin that begin with what is being typed.
_weirctl_offer() {
    local line
    while IFS= read -r line; do
        [[ $line == "$cur"* ]] && COMPREPLY+=("$line")
    done
}

_weirctl_addresses() {
    _weirctl_offer < <("$program" "${where[@]}" complete "$1" "$cur" \
        2>/dev/null </dev/null)
    # More is to be typed behind a '/'.
    [[ ${COMPREPLY[0]-} == */ ]] && compopt -o nospace 2>/dev/null
}

_weirctl_files() {
    compopt -o filenames 2>/dev/null
    _weirctl_offer < <(compgen "$1" -- "$cur")
}

# The value of the option `$1`.
_weirctl_option() {
    case $1 in
    -n | --name)
        _weirctl_offer < <("$program" "${where[@]}" complete name "$cur" \
            2>/dev/null </dev/null) ;;
    --run-dir) _weirctl_files -d ;;
    esac
}

# A word after the command; `n` were typed before it.
_weirctl_argument() {
    local command=$1 n=$2 before=$3
    case $command in
    get) _weirctl_addresses get ;;
    watch)
        if [[ $before == --rate ]]; then
            return
        elif [[ $cur == -* ]]; then
            _weirctl_offer < <(printf '%s\n' --rate --no-wait)
        else
            _weirctl_addresses get
        fi ;;
    set)
        if ((n == 0)); then
            _weirctl_addresses set
        elif ((n == 1)); then
            _weirctl_offer < <("$program" "${where[@]}" complete argument \
                "$before" 2>/dev/null </dev/null)
        fi ;;
    call) ((n == 0)) && _weirctl_addresses call ;;
    load)
        if [[ $cur == -* ]]; then
            _weirctl_offer < <(printf '%s\n' --merge -)
        else
            _weirctl_files -f
        fi ;;
    meters) _weirctl_offer < <(printf '%s\n' --plain) ;;
    esac
}

_weirctl() {
    local program=$1 cur i word words=() where=()
    COMPREPLY=()
    _weirctl_words
    cur=${words[-1]}
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        case $word in
        -n | -t | --name | --target | --run-dir)
            if ((i + 2 == ${#words[@]})); then
                _weirctl_option "$word"
                return
            fi
            where+=("$word" "${words[++i]}") ;;
        -n?* | -t?* | --name=* | --target=* | --run-dir=*) where+=("$word") ;;
        -*) ;;
        *)
            _weirctl_argument "$word" $((${#words[@]} - i - 2)) \
                "${words[-2]}"
            return ;;
        esac
    done
    case $cur in
    --name=* | --run-dir=*)
        word=${cur%%=*} cur=${cur#*=}
        _weirctl_option "$word" ;;
    -*)
        _weirctl_offer < <(printf '%s\n' -n --name -t --target --run-dir \
            -q --quiet -v --verbose -h --help -V --version) ;;
    *)
        _weirctl_offer < <(printf '%s\n' ping get set call watch list dump \
            load meters) ;;
    esac
}

complete -F _weirctl weirctl
