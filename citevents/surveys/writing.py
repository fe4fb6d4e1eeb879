"""In which language somebody wrote, as far as a few words tell it. Pure.

Made to be careful, not to be clever: words are shown only beside those of at least four others in the same language, and a
language that is guessed wrongly names its writer. So a text is of a language only where its words are known ones of it and of no
other; whatever is in doubt is of no language (None), and is not shown.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from citevents.locale.text_cleaning import normalized
from citevents.surveys import common_words

#: Of a text without a letter: "10/10", a heart.
NO_LETTERS = "zxx"
#: Scripts that one language writes, or one by far.
ALONE = {
    "HANGUL": "ko", "THAI": "th", "HEBREW": "he", "GREEK": "el", "ARMENIAN": "hy", "GEORGIAN": "ka", "TAMIL": "ta",
    "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "SINHALA": "si", "KHMER": "km",
    "LAO": "lo", "MYANMAR": "my", "ORIYA": "or", "BENGALI": "bn",
}  # fmt: skip
#: Scripts of several languages that their commonest words tell apart.
SHARED = {
    "LATIN": common_words.LATIN,
    "CYRILLIC": common_words.CYRILLIC,
    "ARABIC": common_words.ARABIC,
    "DEVANAGARI": common_words.DEVANAGARI,
    "ETHIOPIC": common_words.ETHIOPIC,
}
#: Letters that only these languages write, asked in this order: one of the first set, none of the second.
TELLING = {
    "ARABIC": (
        ("ur", "ٹڈڑںےھہ", ""),
        ("ps", "ښېړټڼ", ""),
        ("ckb", "ڕڵۆێە", ""),
        ("fa", "پچژگیک", ""),
        ("ar", "ةىأإآؤئكي", ""),
    ),
    "CYRILLIC": (
        ("", "әғқңөұүһҷӣӯҳ", ""),
        ("be", "ў", ""),
        ("uk", "їєґ", ""),
        ("sr", "љњћђџј", "ѓќѕ"),
        ("mk", "ѓќѕ", ""),
        ("ru", "ыэё", "і"),
        ("bg", "ъ", "іыэё"),
    ),
}
JAPANESE = {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}
#: A text is of the language whose known words are at least this share of it.
KNOWN = 0.4
#: Of a text that is not in Latin letters, this much may be: names of programs, abbreviations.
FOREIGN = 0.3


def language_of(text: str) -> str | None:
    """The language's code, `zxx` for a text without letters, None where it is in doubt.

    >>> language_of("More time with the families, fewer slides."), language_of("Hiljaisuus on myös vastaus.")
    ('en', 'fi')
    """
    scripts = Counter(_script(char) for char in _letters(text))
    if not scripts:
        return NO_LETTERS
    main = _main(scripts)
    if main is None:
        return None
    if main in ALONE:
        return ALONE[main]
    if main in TELLING:
        return _by_letters(text, main)
    if main == "CJK":
        return "ja" if JAPANESE & scripts.keys() else "zh"
    return _by_words(_words(text, bare=main == "LATIN"), main) if main in SHARED else None


def in_company(texts: Sequence[str], least: int) -> list[str]:
    """The texts beside which there are others in the same language, `least` in all; sorted, so that no order tells anything."""
    languages = [language_of(text) for text in texts]
    many = {code for code, n in Counter(languages).items() if code is not None and n >= least}
    return sorted(text for text, code in zip(texts, languages, strict=True) if code in many)


def _letters(text: str) -> list[str]:
    return [char for char in normalized(text, "NFKC") if unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lo")]  # fmt: skip


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]


def _main(scripts: Counter[str]) -> str | None:
    """The one script of a text. Latin is all of it; another may have some Latin in it; Japanese mixes three."""
    east = sum(n for script, n in scripts.items() if script in JAPANESE or script == "CJK")
    latin = scripts["LATIN"]
    total = scripts.total()
    if latin == total:
        return "LATIN"
    if latin > FOREIGN * total:
        return None
    if east == total - latin:
        return "CJK"
    others = {script: n for script, n in scripts.items() if script != "LATIN"}
    if "HANGUL" in others and set(others) <= {"HANGUL", "CJK"}:
        return "HANGUL"
    return next(iter(others)) if len(others) == 1 else None


def _by_letters(text: str, script: str) -> str | None:
    written = set(normalized(text.casefold()))
    for code, one_of, none_of in TELLING[script]:
        if written & set(one_of):
            return code or None if not written & set(none_of) else None
    return _by_words(_words(text, bare=False), script)


def _words(text: str, *, bare: bool) -> list[str]:
    plain = normalized(text.casefold().replace("\u2019", "'"), "NFKD" if bare else "NFC")
    kept = [
        char if unicodedata.category(char)[0] in "LM" or char == "'" else " "
        for char in plain
        if not (bare and unicodedata.category(char)[0] == "M")
    ]
    return [word for each in "".join(kept).split() if (word := each.strip("'"))]


@lru_cache(maxsize=8)
def _known(script: str) -> dict[str, frozenset[str]]:
    return {code: frozenset(_words(words, bare=script == "LATIN")) for code, words in SHARED[script].items()}


def _by_words(words: Sequence[str], script: str) -> str | None:
    """The language that knows the most of these words, where it knows enough of them and no other knows as many."""
    hits = {code: _hits(words, known) for code, known in _known(script).items()}
    best = max(hits, key=lambda code: hits[code])
    if not words or hits[best] < KNOWN * len(words):
        return None
    known = _known(script)[best]
    strange = [word for word in words if word not in known]
    rivals = [code for code in hits if code != best]
    doubtful = any(
        hits[code] == hits[best] or 3 * _hits(strange, _known(script)[code]) > hits[best] for code in rivals
    )
    return None if doubtful else best


def _hits(words: Iterable[str], known: frozenset[str]) -> int:
    return sum(word in known for word in words)
