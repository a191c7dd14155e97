#!/bin/sh
# Installs qwen: from the checkout this script lies in, or, run alone, from a release archive.
#
#   sh install.sh [--prefix DIR] [--no-completions] [--uninstall] [--help]
#
# Run alone it downloads, over HTTPS, $QWEN_INSTALL_URL/qwen-$QWEN_INSTALL_VERSION-TARGET.tar.gz and the file
# SHA256SUMS beside it, and installs nothing whose checksum does not match.
set -eu

prefix=${QWEN_INSTALL_PREFIX:-$HOME/.local}
completions=yes
action=install

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0"
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

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
case $prefix in
    /*) ;;
    *) prefix=$(pwd)/$prefix ;;
esac

bash_dir=$prefix/share/bash-completion/completions
zsh_dir=$prefix/share/zsh/site-functions
fish_dir=$prefix/share/fish/vendor_completions.d
man_dir=$prefix/share/man/man1
# By name: other programs' pages may begin with qwen- too.
pages="qwen qwen-auth qwen-chat qwen-complete qwen-completions qwen-config qwen-doctor qwen-last qwen-man qwen-models
    qwen-sessions qwen-upload"

if [ "$action" = uninstall ]; then
    remove() { # remove FILE, and what an installation that was killed left of it
        rm -f "$1.new"
        if [ -e "$1" ]; then
            rm -f "$1"
            say "removed $1"
        fi
    }
    for file in "$prefix/bin/qwen" "$bash_dir/qwen" "$zsh_dir/_qwen" "$fish_dir/qwen.fish"; do
        remove "$file"
    done
    for page in $pages; do
        remove "$man_dir/$page.1"
    done
    # Folders that are empty now go too; others stay.
    for folder in "$bash_dir" "$zsh_dir" "$fish_dir" "$man_dir" "$prefix/share/bash-completion" \
        "$prefix/share/zsh" "$prefix/share/fish" "$prefix/share/man" "$prefix/share" "$prefix/bin" "$prefix"; do
        rmdir "$folder" 2>/dev/null || true
    done
    say "Conversations and settings were not touched; \`qwen config path\` told where they are."
    exit 0
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/qwen-install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

from_checkout() {
    has cargo || fail "cargo is missing, which builds qwen" "install Rust with rustup, then run this again"
    say "building (this takes a few minutes the first time)"
    (cd "$here" && cargo build --release --locked)
    built=$here/target/release/qwen
    [ -z "${CARGO_TARGET_DIR:-}" ] || built=$CARGO_TARGET_DIR/release/qwen
    cp "$built" "$scratch/qwen"
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
    case $1 in
        https://* | http://127.0.0.1:* | http://localhost:*) ;;
        *) fail "refusing to download over anything but HTTPS: $1" ;;
    esac
    if has curl; then
        curl -fsSL --proto '=https,http' -o "$2" "$1"
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
    url=${QWEN_INSTALL_URL:-}
    version=${QWEN_INSTALL_VERSION:-}
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

here=$(cd "$(dirname "$0")" 2>/dev/null && pwd) || here=
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

put() { # put MODE FILE PLACE: in one step, so that a running qwen is not disturbed
    mkdir -p "$(dirname "$3")" || fail "cannot make $(dirname "$3")" "choose another folder with --prefix"
    cp "$2" "$3.new" || fail "cannot write $3" "choose another folder with --prefix"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
    say "installed $3"
}

put 755 "$scratch/qwen" "$prefix/bin/qwen"
if [ "$completions" = yes ]; then
    for shell in bash zsh fish; do
        has "$shell" || continue
        case $shell in
            bash) put 644 "$scratch/completions/qwen.bash" "$bash_dir/qwen" ;;
            zsh)
                put 644 "$scratch/completions/_qwen" "$zsh_dir/_qwen"
                case $prefix in
                    /usr | /usr/local) ;;
                    *) say "note: zsh finds it with this line before compinit: fpath=(\"$zsh_dir\" \$fpath)" ;;
                esac
                ;;
            fish) put 644 "$scratch/completions/qwen.fish" "$fish_dir/qwen.fish" ;;
        esac
    done
fi
for page in $pages; do
    put 644 "$scratch/completions/$page.1" "$man_dir/$page.1"
done

first=$(command -v qwen 2>/dev/null || true)
if [ -n "$first" ] && [ "$first" != "$prefix/bin/qwen" ]; then
    say "warning: another program named qwen is earlier on the PATH: $first"
    say "         put $prefix/bin before it, or call $prefix/bin/qwen"
elif [ -z "$first" ]; then
    say "note: $prefix/bin is not on the PATH; add it: export PATH=\"$prefix/bin:\$PATH\""
fi
say "try it: qwen -p demo complete help"
