#!/bin/sh
# Installs qwen: from the checkout this script lies in, or, run alone, from a release archive.
#
# Run alone it downloads, over HTTPS, $QWEN_INSTALL_URL/qwen-$QWEN_INSTALL_VERSION-TARGET.tar.gz and the file
# SHA256SUMS beside it, and installs nothing whose checksum does not match.
set -eu

usage() {
    cat <<'END'
Installs qwen: from the checkout this script lies in, or, run alone, from a release archive.

  sh install.sh [--prefix DIR] [--no-completions]
  sh install.sh [--prefix DIR] --uninstall

  --prefix DIR      where bin/ and share/ are or will be made (default: ~/.local, or $QWEN_INSTALL_PREFIX)
  --no-completions  the program and its manual pages alone
  --uninstall       remove what was installed, and the folders that were made for it

Alone it downloads qwen-$QWEN_INSTALL_VERSION-SYSTEM.tar.gz and SHA256SUMS from $QWEN_INSTALL_URL; the script of a
release knows both.
END
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# By name: other programs' pages may begin with qwen- too.
pages="qwen qwen-auth qwen-batch qwen-chat qwen-complete qwen-completions qwen-config qwen-doctor qwen-image qwen-last qwen-man
    qwen-models qwen-serve qwen-sessions qwen-templates qwen-upload qwen-usage"

from_checkout() {
    # Where rustup puts it, and a shell that is older than that does not look.
    home=${CARGO_HOME:-${HOME:-}/.cargo}
    has cargo || [ ! -x "$home/bin/cargo" ] || PATH=$home/bin:$PATH
    has cargo || fail "cargo is missing, which builds qwen" \
        "install Rust with rustup (https://rustup.rs), then run this again"
    has cc || [ -n "${CC:-}" ] || fail "cc is missing, the C compiler that the build needs" \
        "install gcc or clang, then run this again"
    say "building with cargo, which shows how far it is: about three minutes the first time on two cores, then under one"
    begun=$(date +%s)
    # Where it is built must be known here, whatever cargo's own settings say.
    built=${CARGO_TARGET_DIR:-target}
    # No path of this machine in what is built, as .ci/build has it; a unit separator parts the flags.
    part=$(printf '\037')
    flags=${CARGO_ENCODED_RUSTFLAGS:-$(printf %s "${RUSTFLAGS:-}" | tr -s ' ' "$part")}
    # The variable takes the place of the flags in .cargo/config.toml.
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-amd64) flags=${flags:+$flags$part}-Crelro-level=partial$part-Clink-arg=-Wl,-z,now ;;
    esac
    for rule in "${HOME:-/nowhere}=/home" "$home=/cargo" "$here=/qwen"; do
        flags=${flags:+$flags$part}--remap-path-prefix=$rule
    done
    (cd "$here" && CARGO_ENCODED_RUSTFLAGS=$flags cargo build --release --locked --target-dir "$built")
    say "built in $(($(date +%s) - begun)) seconds"
    case $built in
        /*) ;;
        *) built=$here/$built ;;
    esac
    cp "$built/release/qwen" "$scratch/qwen"
    cp -R "$here/completions" "$scratch/completions"
}

target() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-amd64) say x86_64-unknown-linux-musl ;;
        Linux-aarch64 | Linux-arm64) say aarch64-unknown-linux-musl ;;
        Darwin-arm64) say aarch64-apple-darwin ;;
        Darwin-x86_64) say x86_64-apple-darwin ;;
        *) return 1 ;;
    esac
}

fetch() { # fetch URL FILE
    # A redirect must not leave HTTPS either.
    case $1 in
        https://*) schemes='=https' ;;
        *@*) fail "refusing to download over anything but HTTPS: $1" ;;
        http://127.0.0.1:* | http://localhost:*) schemes='=http' ;;
        *) fail "refusing to download over anything but HTTPS: $1" ;;
    esac
    if has curl; then
        # On a terminal it shows how far it is.
        if [ -t 2 ]; then shows=--progress-bar; else shows=--silent; fi
        curl "$shows" -fL --proto "$schemes" -o "$2" "$1"
    elif has wget; then
        wget -q -O "$2" "$1"
    else
        fail "neither curl nor wget is there to download with"
    fi
}

checksum() { # checksum FILE
    if has sha256sum; then
        sha256sum "$1" | cut -d' ' -f1
    elif has shasum; then
        shasum -a 256 "$1" | cut -d' ' -f1
    else
        fail "neither sha256sum nor shasum is there to check the download with"
    fi
}

from_release() {
    if [ -z "$url" ] || [ -z "$version" ]; then
        fail "this script lies in no checkout, and no release was named" \
            "run it from the checkout, or set QWEN_INSTALL_URL and QWEN_INSTALL_VERSION"
    fi
    triple=$(target) || fail "there is no release for $(uname -s) on $(uname -m)" "build it from the checkout"
    archive=qwen-$version-$triple.tar.gz
    say "downloading $archive"
    fetch "$url/$archive" "$scratch/$archive" || fail "cannot download $url/$archive"
    fetch "$url/SHA256SUMS" "$scratch/SHA256SUMS" || fail "cannot download $url/SHA256SUMS"
    wanted=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$scratch/SHA256SUMS")
    [ -n "$wanted" ] || fail "SHA256SUMS does not name $archive"
    found=$(checksum "$scratch/$archive")
    [ "$found" = "$wanted" ] || fail "the checksum of $archive is wrong; nothing was installed" \
        "the download was damaged or tampered with; try again"
    (cd "$scratch" && tar -xzf "$archive" --strip-components=1)
    [ -f "$scratch/qwen" ] || fail "$archive holds no qwen"
}

# What this script has put where, a line each, `file PATH` or `folder PATH`: an uninstallation takes away no more.
is_recorded() { # is_recorded LINE
    [ -f "$record" ] && grep -qxF -e "$1" "$record"
}
note() { # note LINE
    is_recorded "$1" || printf '%s\n' "$1" >>"$record"
}

make() { # make FOLDER, and those above it that are missing; made: those, the deepest first
    made=
    missing=$1
    while [ ! -d "$missing" ]; do
        made="$made$missing
"
        missing=$(dirname "$missing")
    done
    mkdir -p "$1" || fail "cannot make $1" "choose another folder with --prefix"
}
note_made() {
    [ -z "$made" ] || printf '%s' "$made" | while IFS= read -r folder; do
        note "folder $folder"
    done
}

put() { # put MODE FILE PLACE: in one step, so that a running qwen is not disturbed
    make "$(dirname "$3")"
    note_made
    note "file $3"
    cp "$2" "$3.new" || fail "cannot write $3" "choose another folder with --prefix"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
    say "installed $3"
}

uninstall() {
    if [ ! -f "$record" ]; then
        say "nothing that this script installed is in $prefix"
        return
    fi
    # What an installation that was killed left goes too.
    sed -n 's/^file //p' "$record" | while IFS= read -r file; do
        rm -f "$file.new"
        [ -e "$file" ] || continue
        rm -f "$file" || fail "cannot remove $file"
        say "removed $file"
    done
    folders=$(sed -n 's/^folder //p' "$record" | LC_ALL=C sort -r)
    rm -f "$record"
    # The deepest first; one that holds something of others' by now stays.
    printf '%s\n' "$folders" | while IFS= read -r folder; do
        rmdir "$folder" 2>/dev/null || true
    done
    say "Conversations and settings were not touched: they are in the folder qwen-cli below ~/.config, ~/.local/share"
    say "and ~/.cache; on macOS below ~/Library/Application Support and ~/Library/Caches."
}

# All of it is read before any of it is done, so that a script cut short on its way through a pipe does nothing.
main() {
    url=${QWEN_INSTALL_URL:-}
    version=${QWEN_INSTALL_VERSION:-}
    prefix=${QWEN_INSTALL_PREFIX:-${HOME:+$HOME/.local}}
    completions=yes
    action=install
    while [ $# -gt 0 ]; do
        case $1 in
            --prefix)
                [ $# -ge 2 ] || fail "--prefix needs a folder"
                prefix=$2
                shift
                ;;
            --prefix=*) prefix=${1#--prefix=} ;;
            --no-completions) completions=no ;;
            --uninstall) action=uninstall ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) fail "unknown option: $1" "sh install.sh --help" ;;
        esac
        shift
    done
    [ -n "$prefix" ] || fail "no folder to install to was named" "--prefix DIR"
    case $prefix in
        *"
"*) fail "the folder's name has more than one line" ;;
        /*) ;;
        *) prefix=$(pwd)/$prefix ;;
    esac
    while [ "$prefix" != / ] && [ "$prefix" != "${prefix%/}" ]; do
        prefix=${prefix%/}
    done

    bash_dir=$prefix/share/bash-completion/completions
    zsh_dir=$prefix/share/zsh/site-functions
    fish_dir=$prefix/share/fish/vendor_completions.d
    man_dir=$prefix/share/man/man1
    record=$prefix/share/qwen-install/record

    if [ "$action" = uninstall ]; then
        uninstall
        exit 0
    fi

    # MODE, file and place of each, a line each.
    parts="755 qwen $prefix/bin/qwen"
    if [ "$completions" = yes ]; then
        ! has bash || parts="$parts
644 completions/qwen.bash $bash_dir/qwen"
        ! has zsh || parts="$parts
644 completions/_qwen $zsh_dir/_qwen"
        ! has fish || parts="$parts
644 completions/qwen.fish $fish_dir/qwen.fish"
    fi
    for page in $pages; do
        parts="$parts
644 completions/$page.1 $man_dir/$page.1"
    done
    printf '%s\n' "$parts" | while read -r mode file place; do
        if [ -e "$place" ] || [ -L "$place" ]; then
            is_recorded "file $place" || fail "$place is there already, and this script did not put it there" \
                "remove it, or choose another folder with --prefix"
        fi
    done

    scratch=$(mktemp -d "${TMPDIR:-/tmp}/qwen-install.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM

    # Through a pipe there is no file that lies anywhere: then what was named is downloaded.
    here=
    if [ -f "$0" ] || [ -z "$url" ]; then
        here=$(cd "$(dirname "$0")" 2>/dev/null && pwd) || here=
    fi
    if [ -n "$here" ] && [ -f "$here/Cargo.toml" ] && grep -q '^name = "qwen-cli"' "$here/Cargo.toml"; then
        from_checkout
    else
        from_release
    fi

    # All of it is there before any of it is put in its place.
    for file in qwen.bash _qwen qwen.fish; do
        [ -f "$scratch/completions/$file" ] || fail "completions/$file is missing; nothing was installed"
    done
    for page in $pages; do
        [ -f "$scratch/completions/$page.1" ] || fail "completions/$page.1 is missing; nothing was installed"
    done

    make "$(dirname "$record")"
    note_made
    printf '%s\n' "$parts" | while read -r mode file place; do
        put "$mode" "$scratch/$file" "$place"
    done
    if [ "$completions" = yes ] && has zsh; then
        case $prefix in
            /usr | /usr/local) ;;
            *) say "note: zsh finds its completions with this line before compinit: fpath=(\"$zsh_dir\" \$fpath)" ;;
        esac
    fi

    call=$prefix/bin/qwen
    first=$(command -v qwen 2>/dev/null || true)
    if [ -z "$first" ]; then
        say "note: $prefix/bin is not on the PATH; add it: export PATH=\"$prefix/bin:\$PATH\""
    elif [ "$(cd "$(dirname "$first")" && pwd -P)" != "$(cd "$prefix/bin" && pwd -P)" ]; then
        say "warning: another program named qwen is earlier on the PATH: $first"
        say "         put $prefix/bin before it, or call $prefix/bin/qwen"
    else
        call=qwen
    fi
    say "try it: $call -p demo complete help"
}

main "$@"
