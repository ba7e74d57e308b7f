"""Pages with the features of their blocks, and which blocks are content.

A block is content if more than half of its 4-word shingles are in the gold
text; a block of fewer words if its words are a line of the gold text, or are in
it and the nearest longer blocks are content. Blocks weigh as in decide.rs.
"""
import collections
import hashlib
import os
import re
from urllib.parse import urlsplit

import numpy as np

FOLDS = 5
# A character of a script that writes no blanks between words is a word.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
SHINGLE = 4
# How far the longer blocks that vouch for a short one may be.
NEAR = 3
# Of decide.rs: weight of the shortest block, length from which one weighs no more.
LEAST, LONG = 0.2, 500
# Pages of less weight do not count more for it.
LIGHT = 20


def words(text):
    return WORD.findall(text)


def runs(found, length):
    return {tuple(found[i:i + length]) for i in range(len(found) - length + 1)}


def shingles(found):
    """Multiset of the 4-word shingles of a text."""
    if not found:
        return collections.Counter()
    last = max(1, len(found) - SHINGLE + 1)
    return collections.Counter(tuple(found[i:i + SHINGLE]) for i in range(last))


def labels(gold, blocks):
    """One label a block: share of it that is content; -1 where nothing can be said."""
    found = words(gold)
    known = {length: runs(found, length) for length in range(1, SHINGLE + 1)}
    lines = {tuple(words(line)) for line in gold.split("\n")}
    label = np.full(len(blocks), -1.0, dtype=np.float32)
    for i, block in enumerate(blocks):
        if len(block) >= SHINGLE:
            own = [tuple(block[k:k + SHINGLE]) for k in range(len(block) - SHINGLE + 1)]
            label[i] = sum(shingle in known[SHINGLE] for shingle in own) / len(own)
    for i, block in enumerate(blocks):
        if not block or len(block) >= SHINGLE:
            continue
        near = range(max(0, i - NEAR), min(len(blocks), i + NEAR + 1))
        around = [j for j in near if len(blocks[j]) >= SHINGLE]
        if tuple(block) in lines:
            close = [j for j in around if abs(j - i) < NEAR]
            label[i] = not close or max(label[j] for j in close) > 0.5
        elif tuple(block) in known[len(block)]:
            closest = [j for j in around if j < i][-1:] + [j for j in around if j > i][:1]
            label[i] = bool(closest) and all(label[j] > 0.5 for j in closest)
        else:
            label[i] = 0.0
    return label


class Page:
    """The blocks of one page. `values`: a row of features a block; `classical`: the score of
    classical.rs; `content`: what the labels say; `weight`: 0 where they say nothing; `element`: of
    each block the element that it stands in; `parent`: of each element the one around it."""

    def __init__(self, identity, gold, names, rows):
        count = names.index("classical")
        numbers = np.array([[float(value) for value in row[:count + 1]] for row in rows], dtype=np.float32)
        self.identity, self.kind, self.gold = identity, gold.get("type"), gold["text"]
        self.values, self.classical = numbers[:, :count], numbers[:, count]
        self.texts = [row[count + 2] for row in rows]
        label = labels(self.gold, [words(text) for text in self.texts])
        self.content = label > 0.5
        self.mass = LEAST + np.minimum(self.values[:, 0], LONG) / 100
        self.weight = np.where(label >= 0, self.mass * np.abs(label - 0.5) * 2, 0)
        self.sum = max(self.weight.sum(), LIGHT)
        column = {name: i for i, name in enumerate(names)}
        # What decide.rs asks of a page beside the scores: the features that tell blocks with
        # the same way down, whether many people wrote it, how much more it is of one product.
        self.alike = [column["group_" + name] for name in ("count", "share", "length", "links", "marks")]
        self.discussion = bool(self.values[0, column["page_discussion"]])
        self.kinds = [column["kind_cards"], column["kind_product"]]
        self._tree([[int(step) for step in row[count + 1].strip("/").split("/")] for row in rows])
        host = (urlsplit(gold.get("url") or "").hostname or identity).split(".")
        # Of example.co.uk, three names are the domain.
        short = len(host) > 2 and len(host[-1]) == 2 and len(host[-2]) <= 3
        domain = ".".join(host[-3:] if short else host[-2:])
        self.fold = int(hashlib.md5(domain.encode()).hexdigest(), 16) % FOLDS

    def _tree(self, ways):
        number, self.parent, self.element = {0: 0}, [0], []
        for way in ways:
            for outer, inner in zip(way, way[1:]):
                if inner not in number:
                    number[inner] = len(self.parent)
                    self.parent.append(number[outer])
            self.element.append(number[way[-1]])


def read(gold, folder, split="tune"):
    """The names of the features, and the pages of a split that have blocks, by identity."""
    pages, names = [], []
    for identity in sorted(gold):
        path = os.path.join(folder, identity + ".tsv")
        if gold[identity].get("split") != split or not os.path.isfile(path):
            continue
        with open(path, encoding="utf-8") as file:
            first, *rows = [line.split("\t") for line in file.read().split("\n") if line]
        if first[-1] == "text" and rows:
            names = first[:first.index("classical")]
            pages.append(Page(identity, gold[identity], first, rows))
    return names, pages
