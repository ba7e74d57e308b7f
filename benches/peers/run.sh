#!/bin/sh
# Near-duplicates beside gaoya (crates.io) and rensa (PyPI), in one run on one machine:
#
#     benches/peers/run.sh WORK [COUNT] [SET...]
#
# WORK is a folder for corpus, builds and the Python environment. COUNT documents of
# 1.5 KB come from examples/make_corpus (100,000). Each SET is a folder with docs.jsonl
# and gold.tsv, whose clusters are scored. ROUNDS=3 times all, in turn.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${1:?a folder to work in}
count=${2:-100000}
shift; [ $# -gt 0 ] && shift
mkdir -p "$work"

if [ -z "${BUILT:-}" ]; then
    cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin dehusk --example make_corpus
    cargo build --release --quiet --manifest-path "$here/Cargo.toml" --target-dir "$work/target"
fi
[ -d "$work/venv" ] || { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q rensa==0.5.0; }
bin=${CARGO_TARGET_DIR:-$root/target}/release
docs=$work/$count.jsonl
[ -s "$docs" ] || "$bin/examples/make_corpus" - "$count" > "$docs"

peers=$work/target/release/dehusk-peers
one() { # NAME DOCS OUT
    case $1 in
    rensa) "$work/venv/bin/python" "$here/rensa_peer.py" clusters "$2" "$3" ;;
    rensa-flags) "$work/venv/bin/python" "$here/rensa_peer.py" flags "$2" "$3" ;;
    file) timed "$bin/dehusk" dedup "$2" --raw --quiet --clusters "$3" ;;
    *) "$peers" "$1" "$2" "$3" ;;
    esac
}
# Of the whole process: start, reading, writing and all.
timed() {
    python3 - "$(wc -l < "$3")" "$@" <<'END'
import os, subprocess, sys, time
count, command = int(sys.argv[1]), sys.argv[2:]
size = os.path.getsize(command[2]) / 1e6
start = time.perf_counter()
subprocess.run(command, check=True)
seconds = time.perf_counter() - start
print(f"{'dehusk, whole run':<20} {count} documents in {seconds:.2f} s: {count / seconds:.0f}/s, {size / seconds:.0f} MB/s, from the file", flush=True)
END
}
nproc | sed 's/$/ cores/'
for round in $(seq "${ROUNDS:-1}"); do
    for name in file dehusk gaoya gaoya-42x3 rensa rensa-flags; do one $name "$docs" "$work/out.tsv"; done
done
for set in "$@"; do
    echo "$set"
    for name in file simhash shingles gaoya gaoya-42x3 rensa; do
        one $name "$set/docs.jsonl" "$work/out.tsv"
        "$peers" score "$set/gold.tsv" "$work/out.tsv"
    done
done
