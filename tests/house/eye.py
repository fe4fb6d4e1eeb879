"""How a page is read by eye: where each letter of a text stands, in a real browser, whatever the source says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page

from citevents.core.db import Model, session

#: What is read from left to right even between Arabic words: numbers of orders and papers, days in ISO form, versions, codes.
IDENTIFIERS = (
    r"\b\d{4}-\d{6}\b",
    r"\b\d{4}-\d{2}-\d{2}\b",
    r"\b\d+\.\d+(?:\.\d+)+\b",
    r"\b[A-Z0-9]{4}[ -][A-Z0-9]{4}\b",
)
#: Text nodes that show one of the texts, or an identifier, with the letters of a line out of their order.
OUT_OF_ORDER = """([texts, patterns]) => {
  const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const read = (node, from, to) => {
    const lines = new Map();
    for (let at = from; at < to; at++) {
      if (/\\s/.test(node.data[at])) continue;
      range.setStart(node, at); range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      const line = Math.round(box.bottom);
      if (lines.has(line) && box.left < lines.get(line) - 0.5) return node.data.slice(from, to).trim();
      lines.set(line, box.left);
    }
  };
  for (let node; node = walker.nextNode();) {
    if (!node.data.trim() || node.parentElement.closest('script, style, option, textarea, .vh')) continue;
    const spans = [];
    for (const text of texts)
      for (let at = node.data.indexOf(text); at >= 0; at = node.data.indexOf(text, at + 1)) spans.push([at, at + text.length]);
    for (const pattern of patterns)
      for (const match of node.data.matchAll(new RegExp(pattern, 'g'))) spans.push([match.index, match.index + match[0].length]);
    for (const [from, to] of spans) {
      const wrong = read(node, from, to);
      if (wrong) found.add(`${node.parentElement.tagName.toLowerCase()}: ${wrong}`);
    }
  }
  return [...found];
}"""


def out_of_order(page: Page, texts: Iterable[str]) -> list[str]:
    """The texts (from left to right) and identifiers of a page whose letters do not follow each other."""
    wrong: list[str] = page.evaluate(OUT_OF_ORDER, [sorted(texts), IDENTIFIERS])
    return wrong


def texts_kept() -> set[str]:
    """Every text in the database that begins in Latin letters, or in digits before such, and that could be turned around."""
    found: set[str] = set()
    for table in Model.metadata.sorted_tables:
        columns = [column for column in table.c if isinstance(column.type, (sa.Text, sa.JSON, sa.ARRAY))]
        if columns:
            for row in session().execute(sa.select(*columns)):
                for value in row:
                    found.update(_texts(value))
    return {
        text
        for text in found
        if re.match(r"[^\w\u0590-\u08ff]*\d*[^\w\u0590-\u08ff]*[A-Za-z]", text) and re.search(r"\W", text)
    }


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield from (line.strip() for line in value.splitlines())
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
