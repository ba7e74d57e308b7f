"""Finds copies among the texts of a JSONL file in memory with rensa (PyPI; Rust inside).

    rensa_peer.py clusters DOCS.jsonl OUT.tsv
    rensa_peer.py flags DOCS.jsonl OUT.tsv

`clusters`: sets of five-word shingles, Jaccard similarity .7 by 16 bands of 128 hashes; pairs are joined transitively.
`flags`: the fast path of its own benchmark, words at sampled places ("rho"), Jaccard .8 by 8 bands of 128. It says of each
text whether there is one like it, not which, so there is no clustering to score; OUT.tsv has the flags.

Time counts from the texts in memory. How much of it Python takes to split them into tokens is told apart: rensa takes lists
of tokens and nothing else, but that is not its own work."""

import json
import re
import sys
import time

from rensa import RMinHash, RMinHashLSH

HASHES, SHINGLE, CHUNK = 128, 5, 20_000
WORDS = re.compile(r"\w+")


def words(text):
    return WORDS.findall(text.lower())


def shingles(text):
    of = words(text)
    return [" ".join(of[at : at + SHINGLE]) for at in range(max(1, len(of) - SHINGLE + 1))]


class Clock:
    """Seconds spent in splitting texts."""

    def __init__(self):
        self.splitting = 0.0

    def sets(self, texts, split):
        for chunk in range(0, len(texts), CHUNK):
            start = time.perf_counter()
            sets = [split(text) for text in texts[chunk : chunk + CHUNK]]
            self.splitting += time.perf_counter() - start
            yield sets


def clusters(texts, clock):
    threshold, bands = 0.7, 16
    parents = list(range(len(texts)))

    def root(at):
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    hashes = []
    for sets in clock.sets(texts, shingles):
        hashes += RMinHash.from_token_sets(sets, num_perm=HASHES, seed=42)
    index = RMinHashLSH(threshold=threshold, num_perm=HASHES, num_bands=bands)
    index.insert_pairs(enumerate(hashes))
    for own, minhash in enumerate(hashes):
        for other in index.query(minhash):
            if other < own and minhash.jaccard(hashes[other]) >= threshold:
                a, b = root(own), root(other)
                parents[max(a, b)] = min(a, b)
    return [root(own) for own in range(len(texts))]


def flags(texts, clock):
    index = RMinHashLSH(threshold=0.8, num_perm=HASHES, num_bands=8)
    # One matrix, as its benchmark has it: sets of all texts at a time.
    sets = [tokens for chunk in clock.sets(texts, words) for tokens in chunk]
    matrix = RMinHash.digest_matrix_from_token_sets_rho(sets, num_perm=HASHES, seed=42)
    return index.query_duplicate_flags_matrix_one_shot(matrix)


def main():
    method, source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    texts = [record["text"] for record in records]
    clock = Clock()
    start = time.perf_counter()
    found = {"clusters": clusters, "flags": flags}[method](texts, clock)
    seconds = time.perf_counter() - start
    size = sum(len(text.encode()) for text in texts) / 1e6
    name = {"clusters": "rensa", "flags": "rensa, flags alone"}[method]
    print(
        f"{name:<20} {len(texts)} documents in {seconds:.2f} s ({clock.splitting:.2f} of them splitting): "
        f"{len(texts) / seconds:.0f}/s, {size / seconds:.0f} MB/s, from memory",
        flush=True,
    )
    with open(target, "w", encoding="utf-8") as out:
        for record, of in zip(records, found):
            cluster = records[of]["id"] if method == "clusters" else int(of)
            out.write(f"{record['id']}\t{cluster}\n")


main()
