"""The decision of decide.rs, to score what models make of pages without building anything.

The numbers are those of decide.rs and model.rs; what those do with pages of
which nearly nothing is kept, complete.rs and twice.rs are left out.
"""
import collections

import numpy as np

import pages

DROP_INSIDE, KEEP_INSIDE, BLOCK_DIFFERS = 1.0, 2.0, 0.3
LIFT, NOTE, RULED = 1.0, 300, 100.0
CLASSICAL, SUREST = 0.4, 4.0
BOLDNESS, OF_PRODUCT, LEAST = 1.3, 0.9, 0.05
DOUBT, SURE = 0.35, 0.65
NEARER = 0.25


def chance(odds):
    return 1 / (1 + np.exp(-odds))


def goods(cards, product):
    """How far a page is one of cards or goods."""
    return float(np.clip((cards + product - DOUBT) / (SURE - DOUBT), 0, 1))


def threshold(scores, length, boldness=BOLDNESS):
    """Log odds from which a block is better kept, at most 0 (Lipton and others, 2014)."""
    order = np.argsort(-scores, kind="stable")
    chances, lengths = chance(scores)[order], np.maximum(length, 1)[order]
    right, kept = np.cumsum(chances * lengths), np.cumsum(lengths)
    best = (2 * right / (kept + right[-1])).max()
    least = min(max(best / 2, LEAST), 0.5)
    return boldness * np.log(least / (1 - least))


def draw_together(page, scores):
    """Scores of blocks with the same way down, drawn nearer to each other."""
    groups = {}
    group = np.array([groups.setdefault(tuple(row), len(groups)) for row in page.values[:, page.alike].tolist()])
    mean = np.bincount(group, page.mass * scores) / np.bincount(group, page.mass)
    return scores + NEARER * (mean[group] - scores)


def label(page, scores):
    """The labelling of the highest total."""
    count = len(page.parent)
    kept, dropped = [0.0] * count, [0.0] * count
    scores = scores.tolist()
    for element, score in zip(page.element, scores):
        kept[element] += max(score, -BLOCK_DIFFERS)
        dropped[element] += max(score - BLOCK_DIFFERS, 0)
    for inner in range(count - 1, 0, -1):
        outer = page.parent[inner]
        kept[outer] += max(kept[inner], dropped[inner] - DROP_INSIDE)
        dropped[outer] += max(dropped[inner], kept[inner] - KEEP_INSIDE)
    labels = [kept[0] > dropped[0] + KEEP_INSIDE]
    for inner in range(1, count):
        price = DROP_INSIDE if labels[page.parent[inner]] else -KEEP_INSIDE
        labels.append(kept[inner] >= dropped[inner] - price)
    return [score > (-BLOCK_DIFFERS if labels[element] else BLOCK_DIFFERS)
            for element, score in zip(page.element, scores)]


def decide(page, odds, share):
    """Which blocks are kept, given their log odds and how far the page is one of goods."""
    scores = np.clip(odds, -SUREST, SUREST) + CLASSICAL * (1 - share) * page.classical
    if page.discussion:
        scores = draw_together(page, scores)
    if share > 0:
        cards, product = page.values[0, page.kinds]
        boldness = BOLDNESS + (OF_PRODUCT - BOLDNESS) * product / max(cards + product, 1e-6)
        scores = scores - share * threshold(scores, page.values[:, 0], boldness)
    scores = scores * page.mass
    keep = label(page, scores)
    if not any(keep):
        lift = RULED if page.values[:, 0].sum() < NOTE else LIFT
        keep = label(page, scores + lift * page.mass)
    return keep


def f1(found, gold):
    """F1 of two multisets."""
    both = sum((found & gold).values())
    whole = sum(found.values()) + sum(gold.values())
    return 2 * both / whole if whole else 1.0


def score(page, keep):
    """F1 of the kept text by 4-word shingles, and by words in lower case."""
    found = pages.words("\n".join(text for text, kept in zip(page.texts, keep) if kept))
    gold = pages.words(page.gold)
    lower = [collections.Counter(word.lower() for word in text) for text in (found, gold)]
    return f1(pages.shingles(found), pages.shingles(gold)), f1(*lower)
