#!/bin/sh
# How SyftBox starts this app: `sh run.sh` or `./run.sh`, with the app's folder as SyftBox sees it.
set -eu
name=cpu-member

# As it was called, links kept: when SyftBox removes the link to this folder, the app ends.
folder=$(cd "$(dirname "$0")" && pwd)
cd "$folder"
PATH="$PATH:$HOME/.cargo/bin"

# The binary replaces this shell, so a signal to the app reaches it.
start_if_it_runs() {
    if [ -x "$1" ] && "$1" --version >/dev/null 2>&1; then
        exec "$1" run --app-folder "$folder"
    fi
}

platform=$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
start_if_it_runs "$folder/bin/$name-$platform"
start_if_it_runs "$folder/bin/$name"
start_if_it_runs "$folder/../target/release/$name"

if [ -f "$folder/Cargo.toml" ] && command -v cargo >/dev/null; then
    cargo build --release --locked --package "$name" --target-dir "$folder/../target" || true
    start_if_it_runs "$folder/../target/release/$name"
fi

echo "$name: no binary for $platform. Put one into $folder/bin/$name, or install Rust" \
    "in a checkout of the sources; SyftBox starts this app again." >&2
sleep 30 # one of SyftBox's clients starts a failed app again every 5 s
exit 1
