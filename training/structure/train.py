"""Trains the structure step: `train.py --pages DIR --gold FILE --labelled DIR --work DIR`.

    DIR/<id>.html       pages; FILE maps ids to {text, split, url} (JSON, gzip)
    --labelled DIR      docs/ and labels/ of real scraped documents, by line
    --work DIR          dumps and tables, kept between runs

Writes src/clean/structure/model.txt and prints figures that are cross-validated
by site: no document of a site is judged by a model that has seen that site. Run from the repository's root, after
`cargo build --release --example structure_features`.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor

import lightgbm
import numpy as np

import dumps
import labels

EXPORT = "target/release/examples/structure_features"
MODEL = "src/clean/structure/model.txt"
FOLDS = 5
SAMPLE = 0.3  # of the lines of dumps; more changed nothing
GOLD_SAMPLE = 0.5
LEAST_FOUND = 0.3  # share of the main text that a dump must have
LABELLED_WEIGHT = 24.0  # of a labelled document against a dump
REDUCED_WEIGHT = 0.5  # of documents without their debris, as a later look meets them
REDUCED_SHARE = 110 / 256
TREES = {"rounds": 100, "leaves": 12, "rate": 0.12}
# As in src/clean/structure/decide.rs: threshold, sure, evidence, inside.
SCRAPED, ANY = (0.25, 1.0, 24.0, 0.25), (0.85, 2.5, 40.0, 2.0)
MOST_OF_LINE = 3.0
LIKELY_CONTENT = 1.5


def digest(text):
    return int(hashlib.md5(text.encode()).hexdigest(), 16)


class Rows:
    """Lines with their features: files, line numbers, the last line of a wrapped paragraph, whether
    rules took something of the document, values, labels (1 debris, 0 content, -1 none)."""

    def __init__(self, files, lines, last, scraped, values, labels):
        self.files, self.lines, self.last, self.scraped = files, lines, last, scraped
        self.values, self.labels = values, labels

    @staticmethod
    def join(parts):
        columns = zip(*((p.files, p.lines, p.last, p.scraped, p.values, p.labels) for p in parts))
        return Rows(*(np.concatenate(column) for column in columns))

    def where(self, mask):
        return Rows(*(column[mask] for column in vars(self).values()))


def export(folder, label, table, without=None, sample=1.0, seed=0):
    """Has the features of a folder computed; -> names, Rows of lines whose label is not None."""
    command = [EXPORT, folder]
    if without is not None:
        with open(table + ".without", "w") as out:
            out.writelines(f"{f}\t{' '.join(map(str, n))}\n" for f, n in sorted(without.items()))
        command += ["--without", table + ".without"]
    with open(table, "w") as out:
        subprocess.run(command, stdout=out, check=True)
    draw = np.random.RandomState(seed)
    files, lines, last, scraped, values, found = [], [], [], [], [], []
    with open(table) as rows:
        names = rows.readline().rstrip("\n").split("\t")[4:]
        for row in rows:
            if sample < 1 and draw.rand() >= sample:
                continue
            name, line, end, hits, rest = row.split("\t", 4)
            letter = label(name, int(line))
            if letter is not None:
                files.append(name)
                lines.append(int(line))
                last.append(int(end))
                scraped.append(hits == "1")
                values.append(rest)
                found.append(letter)
    values = np.loadtxt(io.StringIO("".join(values)), delimiter="\t", dtype=np.float32, ndmin=2)
    return names, Rows(*map(np.array, (files, lines, last, scraped)), values, np.array(found, float))


def weights(rows, names, base):
    """Long lines count for more, and so do long documents, though not in proportion."""
    chars = np.clip(rows.values[:, names.index("chars")], 1, 400) ** 0.5
    weight = np.where(rows.labels >= 0, chars, 0)
    _, of = np.unique(rows.files, return_inverse=True)
    return base * weight / np.maximum(np.bincount(of, weight)[of], 1e-9) ** 0.5


def fit(rows, weight, rounds, leaves, rate):
    used = weight > 0
    weight = weight[used] / weight[used].mean()
    options = {
        "objective": "binary", "num_leaves": leaves, "learning_rate": rate, "min_data_in_leaf": 40,
        "feature_fraction": 0.6, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5,
        "max_bin": 63, "verbose": -1, "seed": 0, "num_threads": 2, "deterministic": True,
        "force_row_wise": True,
    }  # fmt: skip
    data = lightgbm.Dataset(rows.values[used], rows.labels[used], weight=weight)
    return lightgbm.train(options, data, rounds)


def write(model, names, path):
    """Writes trees as src/trees.rs reads them."""
    out = ["base 0"]
    for tree in model.dump_model()["tree_info"]:
        nodes = []

        def walk(node):
            here = len(nodes)
            nodes.append("")
            if "split_feature" not in node:
                nodes[here] = "%.4g" % node["leaf_value"]
                return here
            # The largest number of 32 bits that is not above: no line changes sides.
            threshold = np.float32(node["threshold"])
            if float(threshold) > node["threshold"]:
                threshold = np.nextafter(threshold, np.float32(-np.inf))
            left, right = walk(node["left_child"]), walk(node["right_child"])
            nodes[here] = "%s %.9g %d %d" % (names[node["split_feature"]], threshold, left, right)
            return here

        walk(tree["tree_structure"])
        out += ["tree", *nodes]
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


class Pages:
    """The pages to train on: dumps, labels, sites."""

    def __init__(self, pages, gold, sites, work):
        self.gold = {
            name.replace("/", "__"): page
            for name, page in json.load(gzip.open(gold)).items()
            if page.get("split") == "tune"
            and not any(self.same(site, self.site(page)) for site in sites)
        }
        self.dumps, self.texts = os.path.join(work, "dumps"), os.path.join(work, "gold")
        os.makedirs(self.texts, exist_ok=True)
        for name, page in self.gold.items():
            with open(os.path.join(self.texts, name + ".gold.txt"), "w") as out:
                out.write(page["text"] + "\n")
        if not os.path.isdir(self.dumps):
            os.makedirs(self.dumps)
            with ProcessPoolExecutor() as pool:
                for name in self.gold:
                    page = os.path.join(pages, name.replace("__", "/") + ".html")
                    pool.submit(dumps.dump, page, name, self.dumps)
        files = sorted(f for f in os.listdir(self.dumps) if self.page(f) in self.gold)
        with ProcessPoolExecutor() as pool:
            found = list(pool.map(self.label, files, chunksize=20))
        self.labels = {f: v[0] for f, v in zip(files, found) if v and v[1] >= LEAST_FOUND}

    @staticmethod
    def site(page):
        host = re.sub(r"^https?://(www\.)?", "", page.get("url") or "").split("/")[0].lower()
        return ".".join(host.split(".")[-2:])

    @staticmethod
    def same(one, other):
        return bool(one and other) and (one in other or other in one)

    @staticmethod
    def page(file):
        return file.rsplit(".", 2)[0]

    def label(self, file):
        with open(os.path.join(self.dumps, file), encoding="utf-8") as text:
            return labels.label(text.read(), self.gold[self.page(file)]["text"])

    def letter(self, file, line):
        """The label of a line for training."""
        letters = self.labels.get(file, "")
        letter = letters[line] if line < len(letters) else "O"
        return None if letter == "O" else float(letter == "D")


class Labelled:
    """Real scraped documents: K and D characters by line."""

    def __init__(self, folder):
        self.docs, self.meta, self.chars = os.path.join(folder, "docs"), {}, {}
        for name in sorted(os.listdir(os.path.join(folder, "labels"))):
            meta = json.load(open(os.path.join(folder, "labels", name), encoding="utf-8"))
            self.meta[meta["file"]] = meta
            with open(os.path.join(self.docs, meta["file"]), encoding="utf-8", errors="replace", newline="") as text:
                lines = text.read().replace("\r\n", "\n").split("\n")
            spans = defaultdict(list)
            for span in meta["spans"]:
                spans[span["line"]].append(span)
            counts = np.zeros((len(lines), 2))
            for at, (line, letter) in enumerate(zip(lines, meta["lines"])):
                letters = [letter] * len(line)
                for span in spans[at + 1]:
                    letters[span["start"] : span["end"]] = span["label"] * (span["end"] - span["start"])
                for char, letter in zip(line, letters):
                    if letter in "KD" and labels.TOKEN.match(char):
                        counts[at]["KD".index(letter)] += 1
            self.chars[meta["file"]] = counts
        sites = sorted({m["site"] for m in self.meta.values()}, key=digest)
        self.fold = {f: sites.index(m["site"]) % FOLDS for f, m in self.meta.items()}

    def sites(self):
        return [m["site"].lower().removeprefix("www.") for m in self.meta.values()]

    def letter(self, file, line):
        content, debris = self.chars[file][line]
        return float(debris > content) if content + debris else -1.0

    def debris(self):
        return {f: [int(n) for n in np.where(c[:, 1] > c[:, 0])[0]] for f, c in self.chars.items()}


def likely_content(rows, names):
    """As decide.rs: lines of the main body, items of lists and prose."""
    body, item, prose, links = (rows.values[:, names.index(n)] for n in ("body", "item", "prose", "link_share"))
    return (body == 0) | ((links < 0.5) & ((item > 0) | (prose >= 1)))


def decide(odds, scraped, likely):
    """As decide.rs, without tables, headings, the headline and the share that goes."""
    threshold, sure, enough, inside = SCRAPED if scraped else ANY
    evidence = np.clip(odds - threshold, 0, MOST_OF_LINE).sum()
    debris = odds > (sure if evidence < enough else threshold)
    kept = np.where(~debris)[0]
    if len(kept):
        between = slice(kept[0], kept[-1])
        least = np.where(likely, max(inside, LIKELY_CONTENT), inside)
        debris[between] &= odds[between] > least[between]
    return debris


def figures(labelled, rows, odds, likely):
    """Characters over all documents and groups of them; lines that rules took are not among the rows."""
    groups = defaultdict(lambda: np.zeros(6))
    for file, chars in labelled.chars.items():
        here = np.where(rows.files == file)[0]
        gone = np.ones(len(chars), bool)
        if len(here):
            debris = decide(odds[here], rows.scraped[here[0]], likely[here])
            for row, goes in zip(here, debris):
                gone[rows.lines[row] : rows.last[row] + 1] = goes
        lost, taken = chars[gone].sum(axis=0)
        content, debris = chars.sum(axis=0)
        meta = labelled.meta[file]
        language = "English" if meta["lang"] == "en" else "other languages"
        for group in ("all", meta["kind"], language, meta["debris"] + " debris"):
            groups[group] += content, lost, debris, taken, lost > 0.01 * content, 1
    for group, (content, lost, debris, taken, damaged, count) in groups.items():
        recall, precision = taken / max(debris, 1), taken / max(taken + lost, 1)
        f1 = 2 * recall * precision / max(recall + precision, 1e-9)
        print(
            f"{group} ({count:.0f}): F1 {f1:.3f} recall {recall:.3f} "
            f"retention {1 - lost / max(content, 1):.4f} damaged {damaged:.0f}"
        )


def dumped_rows(pages, work):
    """Dumps, a part of them without their debris, and the main texts alone; with weights."""
    gone = {f: [n for n, c in enumerate(pages.labels[f]) if c == "D"] for f in pages.labels}
    some = {f: n for f, n in gone.items() if digest(f) >> 120 < REDUCED_SHARE * 256}
    texts = {f: [] for f in os.listdir(pages.texts) if pages.page(f) in pages.gold}
    parts, bases = [], []
    for kind, folder, without, letter, sample, base in (
        ("dump", pages.dumps, {f: [] for f in pages.labels}, pages.letter, SAMPLE, 1.0),
        ("reduced", pages.dumps, some, pages.letter, SAMPLE, REDUCED_WEIGHT),
        ("gold", pages.texts, texts, lambda *_: 0.0, GOLD_SAMPLE, 1.0),
    ):
        names, rows = export(folder, letter, f"{work}/{kind}.tsv", without, sample)
        parts.append(rows)
        bases.append(weights(rows, names, base))
    return names, Rows.join(parts), np.concatenate(bases)


def main():
    parser = argparse.ArgumentParser()
    for name in ("pages", "gold", "labelled", "work"):
        parser.add_argument("--" + name, required=True)
    given = parser.parse_args()
    os.makedirs(given.work, exist_ok=True)
    labelled = Labelled(given.labelled)
    pages = Pages(given.pages, given.gold, labelled.sites(), given.work)
    names, dumped, weight = dumped_rows(pages, given.work)
    _, real = export(labelled.docs, labelled.letter, f"{given.work}/real.tsv")
    _, reduced = export(labelled.docs, labelled.letter, f"{given.work}/left.tsv", labelled.debris())

    def train(without=None):
        parts, bases = [dumped], [weight]
        for rows, base in ((real, LABELLED_WEIGHT), (reduced, LABELLED_WEIGHT * REDUCED_WEIGHT)):
            rows = rows.where(np.array([labelled.fold[f] != without for f in rows.files]))
            parts.append(rows)
            bases.append(weights(rows, names, base))
        return fit(Rows.join(parts), np.concatenate(bases), **TREES)

    fold = np.array([labelled.fold[f] for f in real.files])
    odds = np.zeros(len(fold))
    for out in range(FOLDS):
        odds[fold == out] = train(out).predict(real.values[fold == out], raw_score=True)
    np.save(f"{given.work}/odds.npy", odds)
    figures(labelled, real, odds, likely_content(real, names))
    write(train(), names, MODEL)
    print("sha256", hashlib.sha256(open(MODEL, "rb").read()).hexdigest())


if __name__ == "__main__":
    main()
