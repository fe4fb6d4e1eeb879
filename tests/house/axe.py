"""Accessibility, asked of a real page in a real browser: WCAG 2.2 A and AA and best practice, by axe-core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong on a playwright page, one line per element: `rule: selector: what to do`. Empty is good.

    All of its rules on the whole page, or those that are named on its main part.

    Disclosures are opened first, so that what they hold is judged too. The page's own CSP stays in force: axe is
    evaluated by the browser's debugger, not added to the page.
    """
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8") + "; 0")
    found = page.evaluate(
        "asked => axe.run(asked.type === 'rule' ? 'main' : document, {runOnly: asked, resultTypes: ['violations']})",
        {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": RULES},
    )
    return [
        f"{rule['id']}: {' '.join(str(part) for part in node['target'])}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def sideways(page: Any) -> list[str]:
    """Elements that make the page scroll sideways, where only `.scroll`, tabs and the like may. Empty is good."""
    found: list[str] = page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.body.querySelectorAll('*')]
            .filter(each => !each.closest('.scroll, .tabs, .vh, .sprite'))
            .filter(each => { const box = each.getBoundingClientRect(); return box.right > wide + 1 || box.left < -1; })
            .map(each => `${each.tagName.toLowerCase()}.${each.className}`.slice(0, 80));
        }"""
    )
    return found
