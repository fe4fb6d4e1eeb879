"""L4: in which language somebody wrote. What is in doubt is of no language, and is not shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.surveys.writing import in_company, language_of

ENGLISH = [
    "I now call the night team before I drive, not after.",
    "More time with the families, fewer slides.",
    "The scenarios were hard and I am glad of them.",
    "Keep the evening with the peer workers.",
    "Shorter slides.",
    "Great!",
    "Thank you",
    "Less talking, more practice",
    "wifi did not work",
    "Lieutenant Jones's talk changed how I talk to people",
]
SAID = {
    "en": ENGLISH,
    "es": [
        "Un día más de práctica, por favor.",
        "Gracias por todo",
        "Me gustó mucho el taller con las familias",
    ],
    "fr": ["Merci pour tout", "J'ai beaucoup appris avec les familles", "Très bien organisé"],
    "ar": ["تعلّمت أن أنتظر قبل أن أتكلم.", "شكرا لكم", "القهوة باردة", "المزيد من الوقت مع العائلات"],
    "fi": ["Hiljaisuus on myös vastaus.", "Kiitos kaikille", "Lisää aikaa harjoituksille"],
    "sv": ["Tack för en bra kurs", "Allt var bra"],
    "de": ["Mehr Zeit für Übungen", "Das Essen war kalt", "Danke für alles"],
    "nl": ["Meer tijd voor oefeningen", "Het eten was koud"],
    "it": ["Più tempo per gli esercizi", "Grazie di tutto"],
    "pl": ["Więcej czasu na ćwiczenia", "Dziękuję za wszystko"],
    "tr": ["Çok güzel bir kurs", "Her şey için teşekkürler"],
    "sw": ["Asante kwa yote", "Nzuri sana"],
    "hu": ["Nagyon jó volt"],
    "ru": ["Спасибо вам за всё", "Больше времени на практику"],
    "uk": ["Їжа була холодною", "Дуже добре, дякую"],
    "el": ["Περισσότερος χρόνος για πρακτική"],
    "he": ["יותר זמן לתרגול"],
    "fa": ["وقت بیشتری برای تمرین"],
    "ur": ["مشق کے لیے زیادہ وقت"],
    "hi": ["अभ्यास के लिए अधिक समय"],
    "am": ["በጣም ጥሩ ነበር"],
    "ja": ["練習の時間をもっと増やしてください。", "CIT はとても良かったです"],
    "zh": ["需要更多的练习时间"],
    "ko": ["연습 시간이 더 필요합니다"],
    "th": ["อยากมีเวลาฝึกมากกว่านี้"],
    "zxx": ["10/10", "👍", "…"],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in SAID.items() for text in texts])
def test_the_language_of_a_sentence(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "Yaxshi kurs, rahmat",  # Uzbek, of which no words are known
        "Ngiyabonga kakhulu",
        "Ke a leboha haholo",
        "Shukran jazilan",
        "Great course, kiitos paljon kaikille",  # two languages
        "Very good والسلام",
        "Super",  # of many languages
        "Ruoka oli kylmää",  # Finnish, but one known word of three
        "asdf qwer",
        "Жақсы курс",
    ],
)
def test_what_is_in_doubt_is_of_no_language(text: str) -> None:
    assert language_of(text) is None


FOREIGN = [text for code, texts in SAID.items() if code not in ("en", "zxx") for text in texts]


@pytest.mark.parametrize(
    "alone", [*FOREIGN, "Yaxshi kurs, rahmat", "Ruoka oli kylmää", "Great course, kiitos paljon"]
)
def test_the_only_words_in_a_language_are_not_shown(alone: str) -> None:
    assert in_company([*ENGLISH, alone], 5) == sorted(ENGLISH)


def test_words_in_a_language_that_four_others_write_are_shown() -> None:
    finnish = [
        "Hiljaisuus on myös vastaus.",
        "Kiitos kaikille",
        "Lisää aikaa harjoituksille",
        "Hyvä kurssi",
        "Kaikki oli hyvin",
    ]
    assert in_company([*finnish, *ENGLISH], 5) == sorted([*finnish, *ENGLISH])
    assert in_company([*finnish[:4], *ENGLISH], 5) == sorted(ENGLISH)
    assert in_company(ENGLISH[:4], 5) == []


def test_five_who_write_in_five_rare_languages_are_not_company() -> None:
    assert (
        in_company(
            ["Yaxshi kurs, rahmat", "Ngiyabonga kakhulu", "Ke a leboha haholo", "Mauruuru roa", "Tēnā koe"], 5
        )
        == []
    )


@given(st.text(max_size=200))
def test_any_text_can_be_asked_of(text: str) -> None:
    assert language_of(text) is None or 2 <= len(language_of(text) or "") <= 3


@given(st.lists(st.sampled_from([*ENGLISH, *FOREIGN]), max_size=20), st.randoms(use_true_random=False))
def test_no_order_tells_anything(texts: list[str], random: object) -> None:
    assert in_company(texts, 5) == in_company(list(reversed(texts)), 5)
