"""Labels for the lines of a dump, by aligning it with the page's main text.

`K` is content, `D` debris, `O` a line that alignment does not decide: it is not
trained on.
"""
import re
from collections import defaultdict

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f\uf900-\ufaff"
TOKEN = re.compile(rf"[{CJK}]|\d+|[^\W\d{CJK}]+|[^\w\s]")
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")

MOST_TOKENS = 40_000
SHINGLE = 4  # tokens that must stand together in the main text
LONG_LINE = 6  # tokens from which shingles decide
NEIGHBOURS = 5  # lines on each side that can speak for a short line
GAP = 6  # tokens of the main text between a short line and its neighbour


def plain(line):
    """The line without Markdown links and pictures."""
    for _ in range(3):
        inner = LINK.sub(lambda m: "" if m[1] else m[2], line)
        if inner == line:
            break
        line = inner
    return line


def tokens(text):
    return [token.lower() for token in TOKEN.findall(text)]


def lcs(x, y):
    """Matched index pairs of a longest common subsequence (bit-parallel; Hyyrö, 2004)."""
    mask = defaultdict(int)
    for i, token in enumerate(x):
        mask[token] |= 1 << i
    full = (1 << len(x)) - 1
    state, rows = full, []
    for token in y:
        match = state & mask.get(token, 0)
        state = ((state + match) | (state - match)) & full
        rows.append(state)
    col, row, pairs = len(x), len(y), []
    while row and col:
        if rows[row - 1] >> (col - 1) & 1:
            col -= 1
        else:
            row -= 1
            if row and not rows[row - 1] >> (col - 1) & 1:
                continue
            col -= 1
            pairs.append((col, row))
    return pairs[::-1]


def label(text, gold):
    """-> (a letter for each line, share of the main text found), or None."""
    lines = [tokens(plain(line)) for line in text.removesuffix("\n").split("\n")]
    source = [token for line in lines for token in line]
    target = tokens(gold)
    if not target or max(len(source), len(target)) > MOST_TOKENS:
        return None
    place = [-1] * len(source)
    pairs = lcs(source, target)
    for i, j in pairs:
        place[i] = j
    start = [0]
    for line in lines:
        start.append(start[-1] + len(line))
    places = [place[a:b] for a, b in zip(start, start[1:])]
    shingles = {tuple(target[i : i + SHINGLE]) for i in range(len(target) - SHINGLE + 1)}
    whole = {tuple(tokens(line)) for line in gold.split("\n")}
    letters = [first_guess(*line, shingles, whole) for line in zip(lines, places)]
    for at, letter in enumerate(letters):
        if letter == "?":
            letters[at] = "K" if beside_content(at, letters, lines, places) else "O"
    return "".join(letters), len(pairs) / len(target)


def first_guess(line, places, shingles, whole):
    if not line:
        return "O"
    hit = sum(len(t) for t, p in zip(line, places) if p >= 0) / sum(map(len, line))
    if len(line) >= LONG_LINE:
        own = [tuple(line[i : i + SHINGLE]) for i in range(len(line) - SHINGLE + 1)]
        covered = sum(s in shingles for s in own) / len(own)
        if hit >= 0.75 and covered >= 0.6:
            return "K"
        return "D" if covered < 0.1 else "O"
    together = min(places) >= 0 and max(places) - min(places) < len(line) + 2
    if hit == 1 and together:
        return "K" if tuple(line) in whole else "?"
    return "O" if tuple(line) in whole else "D"


def beside_content(at, letters, lines, places):
    """Whether a neighbour that is content stands beside the line in the main text too."""
    low, high = min(places[at]), max(places[at])
    for step in (-1, 1):
        for distance in range(1, NEIGHBOURS + 1):
            other = at + step * distance
            if not 0 <= other < len(lines):
                break
            if lines[other] and letters[other] in "K?":
                there = [p for p in places[other] if p >= 0]
                if there and 0 < (low - max(there) if step < 0 else min(there) - high) <= GAP:
                    return True
                break
    return False
