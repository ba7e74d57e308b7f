"""Fits the models of src/extract/model.rs: `train.py GOLD FEATURES [--content | --folds]`.

    GOLD       {id: {"text", "split", "type", "url"}} as JSON, may be gzipped; only the
               pages of split "tune" are read
    FEATURES   FEATURES/<id>.tsv, as `extract_folder --features=PAGES FEATURES` writes them

Writes src/extract/model/{goods,cards,product}.txt, and with --content content.txt,
too, which is shipped as an earlier fit (docs/extraction.md says why). With --folds it
writes nothing and prints what models and decision make of pages of other domains.

The same input gives the same files: seeds are fixed, LightGBM is told to be
deterministic, and no number depends on threads. A model is the mean of fits of
several seeds. Each page weighs nearly the same, however much text it has.

The kind of a page is a feature of its blocks. While the model of goods is
fitted, the kind is told by models that saw no page of the same domain, or it
would be believed too much.
"""
import argparse
import collections
import gzip
import json
import os

import lightgbm
import numpy as np

import decision
import pages

MODELS = "src/extract/model"
FOLDS = pages.FOLDS
COMMON = {"objective": "binary", "max_bin": 127, "verbosity": -1,
          "deterministic": True, "force_row_wise": True, "num_threads": 2}
# Each: LightGBM's settings, trees a seed, seeds, and the exponent of what a page weighs less by.
CONTENT = ({"num_leaves": 24, "learning_rate": 0.1, "min_data_in_leaf": 150, "lambda_l2": 5.0,
            "feature_fraction": 0.5}, 100, (7, 8, 9), 0.7)
GOODS = ({"num_leaves": 32, "learning_rate": 0.09, "min_data_in_leaf": 80, "lambda_l2": 5.0,
          "feature_fraction": 0.5}, 150, (7, 8), 1.0)
KIND = ({"num_leaves": 6, "learning_rate": 0.1, "min_data_in_leaf": 12, "lambda_l2": 2.0,
         "feature_fraction_bynode": 0.5}, 60, (1, 2, 3, 4))
KINDS = {"cards": ("collection", "listing"), "product": ("product",)}
# Vary between collections of pages more than between content and debris.
LEFT_OUT = set("""page_article page_product page_list page_forum page_comment_share
    page_post_share position from_best depth below_best""".split())
# What a page is like in all tells its kind; of blocks it would tell the site.
OF_PAGE = ("page_", "address_")
KEPT_OF_PAGE = set("page_length page_links page_blocks page_best_share page_discussion".split())
# Told kinds apart no better by folds (area under the curve .921 with them, .920 without).
NOT_OF_KIND = set("page_images page_described page_card_images".split())
# Only for the model of goods.
OF_GOODS = ("card_", "kind_", "hint_review", "hint_offer", "hint_detail", "hint_grid",
            "money", "since_heading", "above_heading")


def fit(values, content, weight, settings, trees, seeds):
    """One booster a seed."""
    data = lightgbm.Dataset(values, content, weight=weight, params=COMMON)
    return [lightgbm.train({**COMMON, **settings, "seed": seed}, data, trees) for seed in seeds]


def odds(boosters, values):
    return np.mean([booster.predict(values, raw_score=True) for booster in boosters], axis=0)


class Columns:
    """Which features each model asks for, by index."""

    def __init__(self, names):
        def having(wanted):
            return [i for i, name in enumerate(names) if name not in LEFT_OUT and wanted(name)]
        self.names = names
        self.page = [i for i, name in enumerate(names) if name.startswith(OF_PAGE) and name not in NOT_OF_KIND]
        self.goods = having(lambda name: name in KEPT_OF_PAGE or not name.startswith(OF_PAGE))
        self.content = [i for i in self.goods if not names[i].startswith(OF_GOODS)]


def fit_kinds(train, columns):
    values = np.array([page.values[0, columns.page] for page in train])
    return {kind: fit(values, [page.kind in kinds for page in train], None, *KIND)
            for kind, kinds in KINDS.items()}


def tell_kinds(train, judged, columns):
    """Sets the features of kind in the pages `judged`."""
    values = np.array([page.values[0, columns.page] for page in judged])
    for kind, boosters in fit_kinds(train, columns).items():
        at = columns.names.index("kind_" + kind)
        for page, chance in zip(judged, decision.chance(odds(boosters, values))):
            page.values[:, at] = chance


def split(all_pages, fold):
    """The pages of other folds, and those of `fold`."""
    return [p for p in all_pages if p.fold != fold], [p for p in all_pages if p.fold == fold]


def fit_blocks(train, columns, settings, trees, seeds, power):
    weight = np.concatenate([page.weight / page.sum ** power for page in train])
    known = weight > 0
    values = np.concatenate([page.values[:, columns] for page in train])[known]
    content = np.concatenate([page.content for page in train])[known]
    return fit(values, content, weight[known] / weight[known].mean(), settings, trees, seeds)


def write(name, boosters, names):
    """In the form that src/trees.rs reads. Features are numbers of 32 bits, so thresholds are
    rounded down to such ones: then both ask the same."""
    lines = ["base 0"]

    def add(node):
        here = len(tree)
        if "leaf_value" in node:
            tree.append(f"{node['leaf_value'] / len(boosters):.5g}")
            return here
        tree.append("")
        exact = node["threshold"]
        threshold = np.float32(exact)
        if float(threshold) > exact:
            threshold = np.nextafter(threshold, np.float32("-inf"))
        left, right = add(node["left_child"]), add(node["right_child"])
        tree[here] = f"{names[node['split_feature']]} {threshold!s} {left} {right}"
        return here

    for booster in boosters:
        for info in booster.dump_model()["tree_info"]:
            tree = []
            add(info["tree_structure"])
            lines += ["tree", *tree]
    with open(os.path.join(MODELS, name + ".txt"), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def report(all_pages, columns):
    """Prints F1 out of fold: of all pages of a kind with the decision as it is, with one model
    only, and with the classical score only."""
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for fold in range(FOLDS):
        train, judged = split(all_pages, fold)
        for inner in range(FOLDS):
            others, told = split(train, inner)
            if told:
                tell_kinds(others, told, columns)
        tell_kinds(train, judged, columns)
        content = fit_blocks(train, columns.content, *CONTENT)
        goods = fit_blocks(train, columns.goods, *GOODS)
        kinds = [columns.names.index("kind_" + kind) for kind in KINDS]
        for page in judged:
            share = decision.goods(*page.values[0, kinds])
            plain = odds(content, page.values[:, columns.content])
            shop = odds(goods, page.values[:, columns.goods])
            kept = {"as shipped": decision.decide(page, (1 - share) * plain + share * shop, share),
                    "content.txt alone": decision.decide(page, plain, 0),
                    "classical alone": decision.decide(page, 0 * plain, 0)}
            for name, keep in kept.items():
                for kind in (page.kind, "all"):
                    table[name][kind].append(decision.score(page, keep))
    for name, by_kind in table.items():
        for kind, scores in sorted(by_kind.items()):
            shingles, of_words = np.mean(scores, axis=0)
            print(f"{name:20} {kind:14} {len(scores):4} pages  shingle F1 {shingles:.3f}  word F1 {of_words:.3f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("gold")
    arguments.add_argument("features")
    arguments.add_argument("--content", action="store_true")
    arguments.add_argument("--folds", action="store_true")
    asked = arguments.parse_args()
    with (gzip.open if asked.gold.endswith(".gz") else open)(asked.gold, "rt", encoding="utf-8") as file:
        gold = json.load(file)
    names, all_pages = pages.read(gold, asked.features)
    columns = Columns(names)
    if asked.folds:
        report(all_pages, columns)
        return
    for fold in range(FOLDS):
        tell_kinds(*split(all_pages, fold), columns)
    for kind, boosters in fit_kinds(all_pages, columns).items():
        write(kind, boosters, [names[i] for i in columns.page])
    of_blocks = [("goods", columns.goods, GOODS)]
    if asked.content:
        of_blocks.append(("content", columns.content, CONTENT))
    for name, wanted, settings in of_blocks:
        write(name, fit_blocks(all_pages, wanted, *settings), [names[i] for i in wanted])


if __name__ == "__main__":
    main()
