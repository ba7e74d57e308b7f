"""Pages as scrapers leave them: the same HTML through the usual tools.

Each page gets four of the styles below, chosen by the digest of its id, so
that a run gives the same files everywhere.
"""
import hashlib
import logging
import os
import signal
import warnings

import html2text
import html_text
import inscriptis
import justext
import readability
import trafilatura
from bs4 import BeautifulSoup
from resiliparse.extract.html2text import extract_plain_text

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

STYLES_A_PAGE = 4
LONGEST_PAGE = 1_500_000  # bytes of HTML; a few giants would take most of the time
LONGEST_DUMP = 60_000
SHORTEST_DUMP = 200
SECONDS = 8  # per page and style


def soup(html, *without):
    tree = BeautifulSoup(html, "lxml")
    for tag in tree(list(without)):
        tag.decompose()
    return tree


def strings(html):
    text = soup(html, "script", "style", "noscript").get_text("\n")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def raw_lines(html):
    text = soup(html, "script", "style").get_text()
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def blocks(html):
    tags = ["h1", "h2", "h3", "h4", "p", "li", "td", "blockquote", "pre"]
    texts = (tag.get_text(" ", strip=True) for tag in soup(html).find_all(tags))
    return "\n".join(text for text in texts if text)


def markdown(html):
    writer = html2text.HTML2Text()
    writer.body_width = 0
    return writer.handle(html)


def article(html):
    return readability.Document(html).summary()


def recall(html):
    return trafilatura.extract(html, favor_recall=True, include_comments=True) or ""


def recall_markdown(html):
    return (
        trafilatura.extract(
            html, favor_recall=True, output_format="markdown", include_links=True, include_images=True
        )
        or ""
    )


def paragraphs(html):
    found = justext.justext(
        html.encode(), frozenset(), length_low=20, length_high=70, max_heading_distance=300
    )
    return "\n".join(p.text for p in found if p.class_type in ("good", "neargood", "short"))


STYLES = {
    "bs": (strings, "txt", 2),
    "bsl": (raw_lines, "txt", 1),
    "bsp": (blocks, "txt", 1),
    "h2t": (markdown, "md", 2),
    "insc": (inscriptis.get_text, "txt", 2),
    "traf": (recall, "txt", 1),
    "trafmd": (recall_markdown, "md", 1),
    "htm": (html_text.extract_text, "txt", 1),
    "readmd": (lambda html: markdown(article(html)), "md", 1),
    "readt": (lambda html: html_text.extract_text(article(html)), "txt", 1),
    "jus": (paragraphs, "txt", 1),
    "resi": (lambda html: extract_plain_text(html, main_content=True, list_bullets=True), "txt", 1),
    "resif": (lambda html: extract_plain_text(html, main_content=False, list_bullets=True), "txt", 1),
}
# Styles by how often they are met.
DRAW = [style for style, (_, _, times) in STYLES.items() for _ in range(times)]


class TooSlow(Exception):
    pass


def stop(*_):
    raise TooSlow


def dump(page, name, folder):
    """Writes the dumps of the file `page` as `folder/name.STYLE.SUFFIX`."""
    signal.signal(signal.SIGALRM, stop)
    html = open(page, encoding="utf-8", errors="replace").read()
    if len(html) > LONGEST_PAGE:
        return
    number = int(hashlib.md5(name.encode()).hexdigest(), 16)
    styles = []
    while len(styles) < STYLES_A_PAGE:
        style = DRAW[number % len(DRAW)]
        number //= len(DRAW)
        if style not in styles:
            styles.append(style)
    for style in styles:
        tool, suffix, _ = STYLES[style]
        try:
            signal.alarm(SECONDS)
            text = tool(html)
        except Exception:  # a tool that fails on a page leaves no dump of it
            continue
        finally:
            signal.alarm(0)
        for end in ("\r\n", "\r", "\x0b", "\x0c", "\u2028"):
            text = text.replace(end, "\n")
        text = text.replace("\x85", " ").rstrip("\n") + "\n"
        if SHORTEST_DUMP <= len(text) <= LONGEST_DUMP:
            with open(os.path.join(folder, f"{name}.{style}.{suffix}"), "w", encoding="utf-8") as out:
                out.write(text)
