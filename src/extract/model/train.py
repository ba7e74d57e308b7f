#!/usr/bin/env python3
"""Fits the models of extract/model.rs. Needs numpy and scikit-learn (1.9 was used).

  cargo run --release --example extract_folder -- --features=PAGES FEATURES
  train.py GOLD.json FEATURES FOLDER [--content] [--folds]

GOLD      {id: {"text", "split", "type", "url"}}; only the pages of split "tune"
          are fitted. May be gzipped.
FEATURES  one FEATURES/<id>.tsv a page, as the example writes them.
FOLDER    gets goods.txt (is a block of a page of cards or goods content?),
          cards.txt and product.txt (is a page of that kind?), and with
          --content content.txt (is a block of any page content?).

A block is content if more than half of its 4-word shingles are in the gold
text; a block of fewer words if its words are a line of the gold text, or are in
it and the nearest longer blocks are content. Blocks weigh as in decide.rs; a
page with much text weighs little more than one with little, for goods no more.

The kind of a page is a feature of its blocks. While the model of goods is
fitted, the kind is told by a model that saw no page of the same domain, or it
would be believed too much. --folds prints scores of blocks out of fold, too.
Of five folds, a domain is in one.

The same input gives the same files: the seed is fixed, and nothing depends on
thread timing.
"""
import collections
import gzip
import hashlib
import json
import os
import re
import sys
from urllib.parse import urlsplit

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

SEED = 7
FOLDS = 5
# Each: settings, exponent of what a page weighs less by, features left out.
CONTENT = {"max_iter": 100, "max_leaf_nodes": 24, "learning_rate": 0.1, "min_samples_leaf": 150,
           "l2_regularization": 5.0, "max_features": 0.5, "max_bins": 128}
GOODS = {"max_iter": 150, "max_leaf_nodes": 32, "learning_rate": 0.09, "min_samples_leaf": 80,
         "l2_regularization": 5.0, "max_features": 0.5, "max_bins": 128}
KIND = {"max_iter": 60, "max_leaf_nodes": 6, "learning_rate": 0.1, "min_samples_leaf": 12,
        "l2_regularization": 2.0, "max_features": 0.5}
KINDS = {"cards": ("collection", "listing"), "product": ("product",)}
# Vary between collections of pages more than between content and debris: the
# models were better on other collections without them.
LEFT_OUT = set("""page_article page_product page_list page_forum page_comment_share
    page_post_share position from_best depth below_best""".split())
# What a page is like in all tells its kind; of blocks it would tell the site.
OF_PAGE = ("page_", "address_")
KEPT_OF_PAGE = set("page_length page_links page_blocks page_best_share page_discussion".split())
LAST_OF_BLOCK = "page_discussion"
# Only for the model of goods.
OF_GOODS = ("card_", "kind_", "hint_review", "hint_offer", "hint_detail", "hint_grid",
            "money", "since_heading", "above_heading")

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
    if names[-1] != "text":
        return None
    count = names.index("classical")
    values = numpy.array([[float(value) for value in row[:count]] for row in rows], dtype=numpy.float32)
    return names[:count], values.reshape(-1, count), labels(gold, [words(row[-1]) for row in rows])


class Page:
    """The blocks of one page."""

    def __init__(self, identity, gold, values, label):
        self.values, self.kind = values, gold.get("type")
        known = label >= 0
        self.known, self.label = known, label > 0.5
        weight = (0.2 + numpy.minimum(values[known, 0], 500) / 100) * numpy.abs(label[known] - 0.5) * 2
        self.sum = max(weight.sum(), 20)
        self.weight = numpy.zeros(len(values), dtype=weight.dtype)
        self.weight[known] = weight
        host = (urlsplit(gold.get("url") or "").hostname or identity).split(".")
        # Of example.co.uk, three names are the domain.
        short = len(host) > 2 and len(host[-1]) == 2 and len(host[-2]) <= 3
        domain = ".".join(host[-3:] if short else host[-2:])
        self.fold = int(hashlib.md5(domain.encode()).hexdigest(), 16) % FOLDS


def gather(gold, folder):
    """The names of the features, and the pages of split tune."""
    pages, names = [], []
    for identity in sorted(gold):
        path = os.path.join(folder, identity + ".tsv")
        if gold[identity].get("split") != "tune" or not os.path.isfile(path):
            continue
        loaded = load(path, gold[identity]["text"])
        if loaded and len(loaded[1]):
            names = loaded[0]
            pages.append(Page(identity, gold[identity], *loaded[1:]))
    return names, pages


def boosted(settings, values, label, weight=None):
    model = HistGradientBoostingClassifier(early_stopping=False, random_state=SEED, **settings)
    return model.fit(values, label, sample_weight=weight)


def fit_kind(kind, pages, columns):
    values = numpy.array([page.values[0, columns] for page in pages])
    return boosted(KIND, values, [page.kind in KINDS[kind] for page in pages])


def tell_kinds(names, pages, columns):
    """Sets the features of kind, out of fold; returns the models of all pages."""
    models = {}
    for kind in KINDS:
        at = names.index("kind_" + kind)
        right = 0
        for fold in range(FOLDS):
            model = fit_kind(kind, [page for page in pages if page.fold != fold], columns)
            for page in pages:
                if page.fold == fold:
                    odds = model.decision_function(page.values[:1, columns])[0]
                    page.values[:, at] = 1 / (1 + numpy.exp(-odds))
                    right += (odds > 0) == (page.kind in KINDS[kind])
        print(f"{kind}: right for {right} of {len(pages)} pages, out of fold")
        models[kind] = fit_kind(kind, pages, columns)
    return models


def fit_blocks(settings, power, pages, columns, names):
    known = numpy.concatenate([page.known for page in pages])
    weight = numpy.concatenate([page.weight / page.sum ** power for page in pages])[known]
    values = numpy.concatenate([page.values[:, columns] for page in pages])[known]
    label = numpy.concatenate([page.label for page in pages])[known]
    # A constant is never asked for.
    values[:, [names[i] in LEFT_OUT for i in columns]] = 0
    return boosted(settings, values, label, weight / weight.mean())


def f1(model, page, columns):
    """F1 of a page's blocks by weight."""
    predicted = model.decision_function(page.values[:, columns]) > 0
    both = (page.weight * (predicted & page.label)).sum()
    whole = (page.weight * predicted).sum() + (page.weight * page.label).sum()
    return 2 * both / whole if whole else 0.0


def report(name, settings, power, pages, columns, names):
    """Scores of blocks out of fold, by kind of page."""
    scores = collections.defaultdict(list)
    for fold in range(FOLDS):
        model = fit_blocks(settings, power, [page for page in pages if page.fold != fold], columns, names)
        for page in pages:
            if page.fold == fold:
                scores[page.kind].append(f1(model, page, columns))
    for kind, kind_scores in sorted(scores.items()):
        print(f"{name}: {kind}: {len(kind_scores)} pages, F1 of blocks {numpy.mean(kind_scores):.3f}, out of fold")


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
    gold_path, folder, out, *flags = sys.argv[1:]
    with (gzip.open if gold_path.endswith(".gz") else open)(gold_path, "rt", encoding="utf-8") as file:
        gold = json.load(file)
    names, pages = gather(gold, folder)
    of_page = [i for i, name in enumerate(names) if name.startswith(OF_PAGE)]
    of_goods = [i for i, name in enumerate(names)
                if name not in LEFT_OUT and (name in KEPT_OF_PAGE or not name.startswith(OF_PAGE))]
    of_block = [i for i in range(names.index(LAST_OF_BLOCK) + 1) if not names[i].startswith(OF_GOODS)]
    for kind, model in tell_kinds(names, pages, of_page).items():
        write(model, [names[i] for i in of_page], os.path.join(out, kind + ".txt"))
    for name, settings, power, columns in (("content", CONTENT, 0.7, of_block), ("goods", GOODS, 1.0, of_goods)):
        if name == "content" and "--content" not in flags:
            continue
        if "--folds" in flags:
            report(name, settings, power, pages, columns, names)
        model = fit_blocks(settings, power, pages, columns, names)
        write(model, [names[i] for i in columns], os.path.join(out, name + ".txt"))


if __name__ == "__main__":
    main()
