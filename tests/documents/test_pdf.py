"""Documents: accessible PDF, any script, right-to-left right, and nothing a person typed is ever source."""

from __future__ import annotations

import re
import zlib
from typing import Any
from xml.etree import ElementTree

import pytest
import segno
import typst

from citevents.documents import pdf as documents
from citevents.documents.pdf import DocumentFailed, qr_image, qr_svg, render

PAYLOAD = "https://citevents.example/t/K7QF2M9D"


def ticket(**more: Any) -> dict[str, Any]:
    return {
        "organization": "CIT International (sample)",
        "sample": True,
        "conference": "CIT International Conference 2027",
        "holder": "Aino Lehtonen",
        "affiliation": "Tampere Crisis Program (sample)",
        "rows": [["Ticket", "Full conference"], ["When", "Mon 23 August 2027, 08:30 Vancouver (MST, UTC−7)"]],
        "code": "K7QF 2M9D",
        "qr": qr_image(PAYLOAD),
        "notes": ["Step-free entrance: harbour side."],
        **more,
    }


def receipt(**more: Any) -> dict[str, Any]:
    return {
        "organization": "CIT International (sample)",
        "title": "Receipt",
        "seller": {"name": "CIT International (sample)", "lines": ["Vancouver"]},
        "buyer": {"name": "ليلى الحداد", "lines": ["Jordan"]},
        "facts": [["Number", "2027-000512"]],
        "lines": [{"what": "Full conference", "count": 1, "each": "490.00", "amount": "490.00"}],
        "taxes": [["GST 5 % (sample)", "24.50"]],
        "total": "CA$514.50",
        "notes": ["Paid."],
        **more,
    }


def inside(pdf: bytes) -> str:
    """Everything a PDF says about itself: its objects, streams unpacked."""
    unpacked = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(unpacked).decode("latin-1")


@pytest.mark.parametrize(("template", "data"), [("ticket", ticket()), ("receipt", receipt())])
@pytest.mark.parametrize("language", ["en", "es", "fr", "ar"])
def test_every_document_says_that_it_is_for_everyone(
    template: str, data: dict[str, Any], language: str
) -> None:
    pdf = render(template, data, language)
    said = inside(pdf)
    assert pdf.startswith(b"%PDF-")
    assert re.search(r"<pdfuaid:part>(\d)</pdfuaid:part>", said)[1] == "1"  # type: ignore[index]
    assert re.search(r"/Lang ?\((\w+)\)", said)[1] == language  # type: ignore[index]
    assert ("/MarkInfo" in said, "/StructTreeRoot" in said, "/DisplayDocTitle true" in said) == (
        True,
        True,
        True,
    )


def test_the_code_has_words_for_who_cannot_see_it() -> None:
    assert "/Alt" in inside(render("ticket", ticket(), "en"))


def test_what_a_person_types_is_never_source() -> None:
    hostile = '#panic("x") $1/0$ \\u{41} *b* _i_ @ref <label> #read("/etc/passwd") "quoted" [x] {y} // `raw`'
    plain = render("ticket", ticket(holder="Aino", affiliation="x"), "en")
    typed = render(
        "ticket",
        ticket(holder=hostile, affiliation=hostile, rows=[[hostile, hostile]], notes=[hostile]),
        "en",
    )
    assert (plain[:5], typed[:5]) == (b"%PDF-", b"%PDF-")
    assert "root:" not in inside(typed)


@pytest.mark.parametrize(
    "name",
    [
        "高橋 美咲",
        "김서연",
        "สมชาย วงศ์สุวรรณ",
        "ስላማዊት ተስፋዬ",
        "Adébáyọ̀ Ọlátúnjí",
        "Олена Шевчук",
        "नेहा",
        "\u202eevil\u0000\u0007",
        "👩‍🚒",
        "",
        "x" * 400,
    ],
)
def test_any_name_makes_a_ticket(name: str) -> None:
    assert render("ticket", ticket(holder=name or "–"), "en").startswith(b"%PDF-")


def test_letters_that_no_font_has_cost_nobody_their_ticket(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[documents.TEMPLATES / "fonts"]
    )
    monkeypatch.setattr(documents, "_fonts", lambda: ours)
    assert "pdfuaid" in inside(render("ticket", ticket(holder="ليلى الحداد, Олена, Γιώργος, Adébáyọ̀"), "ar"))
    pdf = render("ticket", ticket(holder="Kim 김서연"), "en")
    assert (pdf[:5], "pdfuaid" in inside(pdf), "/StructTreeRoot" in inside(pdf)) == (b"%PDF-", False, True)
    assert [record.name for record in caplog.records] == ["citevents.documents"]
    assert "Kim" not in caplog.text


def test_overrides_of_direction_and_controls_are_left_out() -> None:
    assert documents._clean({"a": ["\u202eabc\u0000\u2066", 1, "آ\u200cب\u00a0"]}) == {
        "a": ["abc", 1, "آ\u200cب\u00a0"]
    }
    with_a_number = "إشعار دائن \u20682026-001170\u2069"  # unmarked, it would be read 001170-2026
    assert documents._clean(with_a_number) == with_a_number


def test_a_template_that_does_not_fit_its_data_says_so_without_the_data() -> None:
    data = ticket(holder="secret person")
    del data["rows"]
    with pytest.raises(DocumentFailed) as failure:
        render("ticket", data, "en")
    assert ("rows" in str(failure.value), "secret" in str(failure.value)) == (True, False)
    with pytest.raises(DocumentFailed):
        render("no-such-template", data, "en")


def test_a_long_receipt_goes_on_and_counts_its_pages() -> None:
    lines = [
        {"what": f"Place {number}", "count": 1, "each": "490.00", "amount": "490.00"} for number in range(120)
    ]
    short, long = render("receipt", receipt(), "en"), render("receipt", receipt(lines=lines), "en")
    assert [len(re.findall(r"/Type ?/Page\b", inside(pdf))) for pdf in (short, long)] == [1, 5]


def test_the_code_on_page_and_paper_is_the_one_segno_makes() -> None:
    matrix = [list(row) for row in segno.make(PAYLOAD, error="m", micro=False).matrix]
    for drawn in (str(qr_svg(PAYLOAD, "Your code")), qr_image(PAYLOAD)):
        path = [each for each in ElementTree.fromstring(drawn).iter() if each.tag.endswith("path")][
            -1
        ].attrib["d"]
        grid = [[0] * len(matrix) for _row in matrix]
        for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
            for step in range(int(wide)):
                grid[int(y)][int(x) + step] = 1
        assert grid == matrix
    assert ElementTree.fromstring(str(qr_svg(PAYLOAD, 'a "b" <c>'))).attrib["aria-label"] == 'a "b" <c>'
