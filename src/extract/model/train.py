#!/usr/bin/env python3
"""Fits the model of extract/model.rs. Needs numpy and scikit-learn (1.9 was used).

  cargo run --release --example extract_folder -- --features=PAGES FEATURES
  train.py GOLD.json FEATURES model.txt

GOLD      {id: {"text", "split"}}; only the pages of split "tune" are fitted,
          the others are only reported on. May be gzipped.
FEATURES  one FEATURES/<id>.tsv a page, as the example writes them.

A block is content if more than half of its 4-word shingles are in the gold
text; a block of fewer words if its words are a line of the gold text, or are in
it and the nearest longer blocks are content. Blocks weigh as in decide.rs, and
a page with much text weighs little more than one with little. The same input
gives the same file: the seed is fixed, and nothing depends on thread timing.
"""
import collections
import gzip
import json
import os
import re
import sys

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

SEED = 7
TREES, LEAVES, RATE = 100, 24, 0.1
# Vary between collections of pages more than between content and debris: the
# model was better on other collections without them.
LEFT_OUT = set("""page_article page_product page_list page_forum page_comment_share
    page_post_share position from_best depth below_best""".split())

# A character of a script that writes no blanks between words is a word.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
NEAR = 3


def words(text):
    return WORD.findall(text)


def runs(found, length):
    return {tuple(found[i:i + length]) for i in range(len(found) - length + 1)}


def labels(gold, blocks):
    """One label a block: share of it that is content; -1 where nothing can be said."""
    found = words(gold)
    shingles = {length: runs(found, length) for length in (1, 2, 3, 4)}
    lines = {tuple(words(line)) for line in gold.split("\n")}
    label = numpy.full(len(blocks), -1.0, dtype=numpy.float32)
    for i, block in enumerate(blocks):
        if len(block) >= 4:
            own = [tuple(block[k:k + 4]) for k in range(len(block) - 3)]
            label[i] = sum(shingle in shingles[4] for shingle in own) / len(own)
    for i, block in enumerate(blocks):
        if not block or len(block) >= 4:
            continue
        around = [j for j in range(max(0, i - NEAR), min(len(blocks), i + NEAR + 1)) if len(blocks[j]) >= 4]
        if tuple(block) in lines:
            near = [j for j in around if abs(j - i) <= 2]
            label[i] = not near or max(label[j] for j in near) > 0.5
        elif tuple(block) in shingles[len(block)]:
            closest = [j for j in around if j < i][-1:] + [j for j in around if j > i][:1]
            label[i] = bool(closest) and all(label[j] > 0.5 for j in closest)
        else:
            label[i] = 0.0
    return label


def load(path, gold):
    with open(path, encoding="utf-8") as file:
        names, *rows = [line.split("\t") for line in file.read().split("\n") if line]
    count = len(names) - 1
    values = numpy.array([[float(value) for value in row[:count]] for row in rows], dtype=numpy.float32)
    return names[:count], values.reshape(-1, count), labels(gold, [words(row[count]) for row in rows])


def gather(gold, folder):
    """Features, labels and weights by split."""
    splits = collections.defaultdict(lambda: ([], [], []))
    names = None
    for identity in sorted(gold):
        path = os.path.join(folder, identity + ".tsv")
        if not os.path.isfile(path):
            continue
        names, values, label = load(path, gold[identity]["text"])
        known = label >= 0
        values, label = values[known], label[known]
        weight = (0.2 + numpy.minimum(values[:, 0], 500) / 100) * numpy.abs(label - 0.5) * 2
        weight /= max(weight.sum(), 20) ** 0.7
        for all_of_it, piece in zip(splits[gold[identity].get("split")], (values, label > 0.5, weight)):
            all_of_it.append(piece)
    return names, {split: [numpy.concatenate(part) for part in parts] for split, parts in splits.items()}


def f1(predicted, label, weight):
    both = (weight * (predicted & label)).sum()
    return 2 * both / ((weight * predicted).sum() + (weight * label).sum())


def write(model, names, path):
    lines = [f"base {float(numpy.ravel(model._baseline_prediction)[0]):.6g}"]
    for (tree,) in model._predictors:
        lines.append("tree")
        for node in tree.nodes:
            if node["is_leaf"]:
                lines.append(f"{node['value']:.5g}")
            else:
                threshold = numpy.float32(node["num_threshold"])
                lines.append(f"{names[node['feature_idx']]} {threshold!s} {node['left']} {node['right']}")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def main():
    gold_path, folder, model_path = sys.argv[1:]
    with (gzip.open if gold_path.endswith(".gz") else open)(gold_path, "rt", encoding="utf-8") as file:
        gold = json.load(file)
    names, splits = gather(gold, folder)
    for values, _, _ in splits.values():
        for i, name in enumerate(names):
            if name in LEFT_OUT:
                values[:, i] = 0
    values, label, weight = splits["tune"]
    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=LEAVES, learning_rate=RATE, min_samples_leaf=150,
        l2_regularization=5.0, max_features=0.5, max_bins=128, early_stopping=False, random_state=SEED)
    model.fit(values, label, sample_weight=weight / weight.mean())
    for split, (values, label, weight) in sorted(splits.items(), key=str):
        print(f"{split}: {len(label)} blocks, F1 {f1(model.decision_function(values) > 0, label, weight):.4f}")
    write(model, names, model_path)


if __name__ == "__main__":
    main()
