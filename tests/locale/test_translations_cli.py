"""Sentences are collected from code and templates; what a language does not say yet is listed."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from citevents.locale import languages, translations_cli
from tests.house.pages import page_app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translations_cli, "FOLDER", tmp_path)
    monkeypatch.setattr(translations_cli, "TEMPLATE", tmp_path / "messages.pot")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    answer = page_app().test_cli_runner().invoke(args=["words", *arguments])
    return answer.exit_code, answer.output


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def test_every_sentence_travels_from_source_to_catalogue_and_back(folder: Path) -> None:
    assert run("update")[0] == 0
    collected = {message.id for message in read(folder / "messages.pot") if message.id}
    assert "Skip to content" in collected  # a template
    assert "Being paid for now" in collected  # a page part
    assert "A1: first words" in collected  # lazily, in Python
    assert ("%(num)s second", "%(num)s seconds") in collected  # a plural
    assert not any("Nguyễn" in str(sentence) for sentence in collected)  # the gallery is not translated
    assert sorted(path.parent.parent.name for path in folder.rglob("messages.po")) == ["ar", "es", "fr"]

    code, output = run("missing", "fr")
    sentences = {(message.context, message.id) for message in read(folder / "messages.pot") if message.id}
    assert ("place", "Free") in sentences  # the same word, said apart
    assert (code, output.count("\n")) == (1, len(sentences))

    catalogue = translations_cli.catalogue("fr")
    french = read(catalogue)
    for message in french:
        if message.id:
            message.string = ("un", "des") if message.pluralizable else "Aller au contenu"
    french["A1: first words"].string = ""
    french["Skip to content"].flags.add("fuzzy")
    french["%(num)s second"].string = ("un", "")
    with catalogue.open("wb") as file:
        write_po(file, french)
    assert sorted(translations_cli.untranslated("fr")) == [
        "%(num)s second",
        "A1: first words",
        "Skip to content",
    ]

    assert run("update")[0] == 0  # nothing that was said is lost
    assert sorted(translations_cli.untranslated("fr")) == [
        "%(num)s second",
        "A1: first words",
        "Skip to content",
    ]
    before = catalogue.read_bytes()
    assert run("update")[0] == 0  # and a second time changes nothing
    assert catalogue.read_bytes() == before


def test_a_catalogue_is_compiled_when_it_is_not_what_its_source_gives(folder: Path) -> None:
    source = translations_cli.catalogue("fr")
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "Skip to content"\nmsgstr "Aller au contenu"\n', "utf-8")
    translations_cli.compile_stale()
    compiled = source.with_suffix(".mo")
    first = compiled.read_bytes()
    assert b"Aller au contenu" in first
    compiled.write_bytes(b"of another compiler")
    os.utime(compiled, (2**32, 2**32))
    page_app()  # starting is enough
    assert compiled.read_bytes() == first
    compiled.unlink()
    assert run("compile") == (0, "")
    assert compiled.read_bytes() == first
    source.write_text(source.read_text("utf-8").replace("Aller", "Passer"), "utf-8")
    os.utime(source, (0, 0))  # an older file that was put back
    assert translations_cli.stale() == ["fr"]
    assert run("compile") == (0, "")
    assert (b"Passer au contenu" in compiled.read_bytes(), translations_cli.stale()) == (True, [])


def test_where_nothing_may_be_written_the_start_goes_on_and_set_up_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = translations_cli.catalogue("fr")
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "Save"\nmsgstr "Garder"\n', "utf-8")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(translations_cli.tempfile, "mkstemp", refused)
    translations_cli.compile_stale()
    assert [record.getMessage() for record in caplog.records] == ["cannot compile a catalogue"]
    assert run("compile")[0] == 1


def test_a_page_is_said_in_the_language_of_its_catalogue(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = translations_cli.catalogue("ar")
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"\n\n'
        'msgid "Skip to content"\nmsgstr "انتقل إلى المحتوى"\n',
        "utf-8",
    )
    monkeypatch.setattr(languages, "TRANSLATIONS", folder)
    page = page_app().test_client().get("/error/404?lang=ar").get_data(as_text=True)
    assert '<a class="skip vh" href="#main">انتقل إلى المحتوى</a>' in page


def test_a_language_that_says_everything_lacks_nothing(folder: Path) -> None:
    (folder / "messages.pot").write_text('msgid ""\nmsgstr ""\n\nmsgid "Save"\nmsgstr ""\n', "utf-8")
    translations_cli.catalogue("es").parent.mkdir(parents=True)
    translations_cli.catalogue("es").write_text(
        'msgid ""\nmsgstr ""\n\nmsgid "Save"\nmsgstr "Guardar"\n', "utf-8"
    )
    assert run("missing", "es") == (0, "")
    assert run("missing", "ar") == (1, "ar: Save\n")


def test_what_is_filled_into_a_sentence_from_right_to_left_cannot_turn_it(folder: Path) -> None:
    said = Catalog(locale="ar")
    said.add("Hello %(name)s", "مرحبًا %(name)s")
    said.add("Read %(url)s", "اقرأ %(url)s")
    said.add("A day like 2027-08-23 18:00.", "يوم مثل 2027-08-23 18:00.")
    said.add("At most %(max)d of 20", "%(max)d من 20 على الأكثر (UTC)")
    said.add(("%(num)s seat", "%(num)s seats"), ["%(num)s"] * 6)
    source = translations_cli.catalogue("ar")
    source.parent.mkdir(parents=True)
    with source.open("wb") as file:
        write_po(file, said)
    translations_cli.compile_catalogue("ar")
    with source.with_suffix(".mo").open("rb") as compiled:
        read = gettext.GNUTranslations(compiled)
    assert read.gettext("Hello %(name)s") == "مرحبًا \u2068%(name)s\u2069"
    assert read.gettext("Read %(url)s") == "اقرأ %(url)s", "an address is copied whole"
    assert read.gettext("A day like 2027-08-23 18:00.") == "يوم مثل \u20682027-08-23 18:00\u2069."
    assert read.gettext("At most %(max)d of 20") == "%(max)d من 20 على الأكثر (UTC)"
    assert read.ngettext("%(num)s seat", "%(num)s seats", 3) == "\u2068%(num)s\u2069"
