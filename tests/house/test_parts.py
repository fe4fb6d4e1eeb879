"""The frame and the parts: light, keyboard-ready, accessible in every mode, whole without script."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient

from citevents.core.times import format_when
from citevents.locale.languages import in_language
from citevents.web.assets import STATIC, asset
from citevents.web.gallery import OPENING, SampleForm
from citevents.web.icons import ICONS, SHAPES
from citevents.web.parts import NoSuchPart
from tests.house.axe import sideways, violations
from tests.house.pages import page_app, served
from tests.playwrights import Window

PAGES = ["/parts", "/preferences", "/error/404", "/error/500", "/away"]


@pytest.fixture(scope="module")
def frame() -> Flask:
    return page_app()


@pytest.fixture
def reader(frame: Flask) -> Iterator[FlaskClient]:
    with frame.test_client() as client:
        yield client


@pytest.fixture(scope="module")
def address(frame: Flask) -> Iterator[str]:
    with served(frame) as address:
        yield address


# ---------- in a browser ----------


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(1280, "light", "en"), (320, "light", "en"), (1280, "dark", "ar"), (320, "dark", "ar")],
)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Window, address: str, width: int, scheme: Any, language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    for path in PAGES:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}{path}?lang={language}")
        assert (path, violations(page), sideways(page)) == (path, [], [])
        page.close()
    context.close()
    assert said == []  # the content policy blocked nothing, no script failed


@pytest.mark.browser
def test_axe_would_have_found_something(browser: Window, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/error/404")
    page.evaluate(
        "document.querySelector('main').innerHTML = '<img src=\"data:,\"><input><div class=\"far\">x</div>'; document.querySelector('.far').style.width = '4000px'"
    )
    assert {line.partition(":")[0] for line in violations(page)} >= {"image-alt", "label"}
    assert sideways(page) == ["div.far"]
    page.close()


@pytest.mark.browser
def test_every_stop_of_the_tab_key_has_a_ring_and_can_be_seen(browser: Window, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/preferences")
    page.evaluate("document.activeElement.blur()")
    stops = []
    for _press in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const at = document.activeElement; if (at === document.body) return null;
            const style = getComputedStyle(at), box = at.getBoundingClientRect();
            const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return [at.textContent.trim().slice(0, 30) || at.name, style.outlineStyle, style.outlineWidth, at === seen || at.contains(seen) || !!seen?.contains(at)]; }"""
        )
        if stop is None:
            break
        stops.append(stop)
    assert stops[0][0] == "Skip to content"
    assert [stop for stop in stops if stop[1:] != ["solid", "3px", True]] == []
    assert len(stops) > 8
    page.close()


@pytest.mark.browser
def test_a_choice_of_language_and_clock_works_without_script(browser: Window, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/parts")
    page.select_option("#prefs-lang", "ar")
    page.select_option("#prefs-zone", "Asia/Amman")
    page.click("#prefs button")
    assert (page.get_attribute("html", "dir"), page.get_attribute("html", "lang")) == ("rtl", "ar")
    assert page.locator(".site-head .you").inner_text().count("عمّان") == 1
    assert page.locator(".facts .when .you time").first.inner_text() == "18:30"
    context.close()


@pytest.mark.browser
def test_the_readers_own_zone_is_offered_first(browser: Window, address: str) -> None:
    context = browser.new_context(timezone_id="Asia/Amman")
    page = context.new_page()
    page.goto(f"{address}/error/404")
    assert page.input_value("#prefs-zone") == "Asia/Amman"
    context.close()


@pytest.mark.browser
def test_a_double_click_sends_a_form_once(browser: Window, address: str) -> None:
    page = browser.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{address}/parts")
    page.evaluate(
        "document.querySelector('.items form').addEventListener('submit', event => event.preventDefault())"
    )
    button = page.locator(".items form button").first
    button.click()
    assert button.get_attribute("aria-busy") == "true"
    button.dispatch_event("click")
    assert page.evaluate("document.querySelector('.items form').dataset.sent") == "yes"
    page.close()


@pytest.mark.browser
def test_htmx_works_under_the_content_policy_and_says_that_it_is_busy(browser: Window, address: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}/work")
    page.evaluate(
        "new MutationObserver(seen => seen.forEach(each => document.title += '|' + each.target.getAttribute('aria-busy')))"
        ".observe(document.querySelector('main .btn'), {attributes: true, attributeFilter: ['aria-busy']})"
    )
    page.click("main .btn")
    page.wait_for_selector("#answer [role=status]")
    page.wait_for_function("document.title.endsWith('null')")
    assert page.title() == "Work – citevents|true|null"
    assert (page.locator("#answer .icon").bounding_box() or {})["width"] > 10  # the fragment brought its icon
    assert (violations(page), said) == ([], [])
    page.close()


@pytest.mark.browser
def test_a_request_that_does_not_get_through_says_so(browser: Window, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/work")
    assert page.locator("[data-offline]").is_hidden()
    page.route("**/work", lambda route: route.abort())
    page.click("main .btn")
    page.wait_for_selector("[data-offline]:not([hidden])")
    assert "Nothing was changed" in page.locator("[data-offline]").inner_text()
    assert page.locator("main .btn").get_attribute("aria-busy") is None
    page.close()


@pytest.mark.browser
def test_the_same_form_works_without_script(browser: Window, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/work")
    page.click("main .btn")
    assert page.locator("#answer [role=status]").inner_text() == "Done"
    context.close()


# ---------- as bytes ----------


def on_the_wire(reader: FlaskClient, path: str) -> tuple[int, int]:
    """Bytes of a first visit and of the next one, as a browser that takes gzip gets them."""
    page = reader.get(path).get_data()
    again = len(gzip.compress(page, 6))
    files = set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', page))
    first = sum(
        len(reader.get(file.decode(), headers={"Accept-Encoding": "gzip"}).get_data()) for file in files
    )
    return first + again, again


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_light(reader: FlaskClient, path: str) -> None:
    first, again = on_the_wire(reader, path)
    if (
        path == "/parts"
    ):  # everything at once: no public page is like it, and even this fits a first visit and a half
        assert first < 75_000
    else:
        assert (first < 30_000, again < 8_000) == (True, True)


def test_the_same_file_is_asked_for_once_a_year(reader: FlaskClient) -> None:
    with reader.application.app_context():
        mark = asset("citevents.css").mark
    answer = reader.get(f"/static/{mark}/citevents.css", headers={"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(answer.data) == (STATIC / "citevents.css").read_bytes()
    assert {
        name: answer.headers[name] for name in ("Cache-Control", "Content-Encoding", "Vary", "Content-Type")
    } == {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Encoding": "gzip",
        "Vary": "Accept-Encoding",
        "Content-Type": "text/css; charset=utf-8",
    }
    plain = reader.get(f"/static/{mark}/citevents.css", headers={"Accept-Encoding": "identity"})
    assert (plain.data, "Content-Encoding" in plain.headers) == (
        (STATIC / "citevents.css").read_bytes(),
        False,
    )
    unchanged = reader.get(
        f"/static/{mark}/citevents.css",
        headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]},
    )
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert reader.get("/static/000000000000/citevents.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "nothing.css",
        "../app.py",
        "%2e%2e/app.py",
        "..%2f..%2fapp.py",
        "/etc/passwd",
        "vendor",
        "vendor/",
        "\0",
    ],
)
def test_only_our_files_are_served(reader: FlaskClient, name: str) -> None:
    assert reader.get(f"/static/x/{name}").status_code in (301, 308, 404)


def test_every_named_asset_of_the_frame_is_there(reader: FlaskClient) -> None:
    page = reader.get("/parts").get_data(as_text=True)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert {re.sub(r"^/static/[0-9a-f]{12}/", "", each) for each in addresses} == {
        "mark.svg",
        "vendor/pico.min.css",
        "citevents.css",
        "vendor/htmx.min.js",
        "citevents.js",
    }
    assert {reader.get(each).status_code for each in addresses} == {200}
    assert reader.get("/favicon.ico").mimetype == "image/svg+xml"


def test_no_page_carries_style_or_script_inline(reader: FlaskClient) -> None:
    for path in PAGES:
        page = reader.get(path).get_data(as_text=True)
        assert re.findall(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)', page) == []


def test_a_page_carries_the_icons_it_uses_and_no_others(reader: FlaskClient) -> None:
    for path in PAGES:
        page = reader.get(path).get_data(as_text=True)
        used, defined = re.findall(r'href="#([it]-\w+)"', page), re.findall(r'<symbol id="([it]-\w+)"', page)
        assert sorted(set(used)) == sorted(defined)


# ---------- macros ----------


def shown(frame: Flask, template: str, **values: Any) -> str:
    with frame.test_request_context("/"):
        return render_template_string(template, **values)


def test_what_people_type_is_escaped_in_every_part(frame: Flask) -> None:
    evil = "<img src=x onerror=alert(1)>\"'&"
    template = """{{ p.notice(t, 'bad', t) }}{{ p.tag(t, 'good') }}{{ p.person(t, t) }}{{ p.fact(t, t, t) }}{{ p.empty(t, t) }}
    {{ p.head(t, t, t) }}{{ p.button(t, value=t, about=t) }}{{ p.link_button(t, '/x?' ~ t) }}{{ p.tabs([(t, t, true)], t) }}
    {{ p.item(t, t) }}{{ p.row([t, t]) }}{{ p.pairs([(t, t)]) }}{{ p.names([t, t], 1) }}{{ p.confirm(t, t, t, t, t) }}{{ p.steps([t], 1) }}
    {{ p.choices(t, 'n', [{'value': t, 'label': t, 'help': t, 'end': t, 'error': t}], errors=[t], help=t) }}{{ p.bar_row(t, 1, 2, t) }}
    {{ p.error_summary(items=[('x', t)]) }}{{ p.ticket(t, t, [(t, t)], t) }}{{ p.crumbs([(t, t)]) }}{{ p.why_we_ask(t) }}"""
    page = shown(frame, template, t=evil)
    assert ("<img" in page, page.count("&lt;img") > 40) == (False, True)
    assert re.findall(r'="[^"]*<', page) == []


def test_a_field_tells_its_help_and_its_error_to_ears(frame: Flask) -> None:
    with frame.test_request_context(
        "/", method="POST", data={"email": "layla.agency.example", "name": "ليلى"}
    ):
        form = SampleForm()
        form.validate()
        page = render_template_string(
            "{{ p.error_summary(form) }}{{ p.field(form.email) }}{{ p.field(form.name) }}{{ p.field(form.terms) }}",
            form=form,
        )
    email = re.search(r'<input[^>]*id="email"[^>]*>', page)
    name = re.search(r'<input[^>]*id="name"[^>]*>', page)
    assert email
    assert name
    assert (
        'aria-invalid="true"' in email[0],
        'aria-describedby="email-error"' in email[0],
        'value="layla.agency.example"' in email[0],
    ) == (True, True, True)
    assert (
        'aria-describedby="name-help "' in name[0] or 'aria-describedby="name-help"' in name[0],
        'dir="auto"' in name[0],
        "aria-invalid" in name[0],
    ) == (True, True, False)
    assert re.findall(r'<a href="#(\w+)">', page) == ["email", "country", "seats", "starts", "kind", "terms"]
    assert '<p class="err" id="email-error">' in page


def test_an_unknown_part_or_icon_is_a_mistake_that_names_what_there_is(frame: Flask) -> None:
    with pytest.raises(NoSuchPart, match=r"^'feild'; there are: .*field"):
        shown(frame, "{{ p.feild() }}")
    with pytest.raises(KeyError, match="no icon called 'nope'"):
        shown(frame, "{{ icon('nope') }}")


def test_a_fragment_brings_the_icons_it_uses(frame: Flask) -> None:
    page = shown(frame, "{{ p.tag('Open', 'good') }}{{ shape('disc') }}{{ sprite() }}{{ sprite() }}")
    assert re.findall(r'<symbol id="(\S+)"', page) == ["i-ok", "t-disc"]
    assert (len(ICONS) >= 25, len(SHAPES)) == (True, 8)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503, 418])
def test_every_error_page_says_what_to_do_next(reader: FlaskClient, status: int) -> None:
    page = reader.get(f"/error/{status}").get_data(as_text=True)
    assert re.findall(r"<title>(Error: .+) – citevents</title>", page) != []
    assert re.search(r'<p class="lead">(.{40,})</p>', page)
    assert f"Page {status}" in page


def test_pages_of_a_list_name_where_one_is(frame: Flask) -> None:
    template = "{% macro at(n) %}/p/{{ n }}{% endmacro %}{{ p.pages(current, last, at) }}"
    words = [
        re.findall(r"<(?:a|span)[^>]*>([^<]+)<", shown(frame, template, current=current, last=last))
        for current, last in ((1, 1), (1, 3), (5, 57))
    ]
    assert words == [[], ["1", "2", "3", "Next"], ["Back", "1", "…", "4", "5", "6", "…", "57", "Next"]]


# ---------- letters ----------


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_letter_has_a_plain_twin_that_says_the_same(frame: Flask, language: str) -> None:
    values = {
        "organization": SimpleNamespace(name="CIT International (sample)"), "name": "Layla <b>", "language": language, "code": "20-4512",
        "total": "CA$556.50", "url": "https://citevents.example/t/x?a=1&b=2", "place": "Harbour Hall", "city": "Vancouver",
    }  # fmt: skip
    with frame.app_context(), in_language(language):
        values["opening"] = format_when(OPENING, "America/Vancouver", "Asia/Amman")
        subject, _, text = render_template("emails/_sample.txt", **values).strip().partition("\n")
        html = render_template("emails/_sample.html", subject=subject, **values)
    assert (
        subject != "",
        "<" in text.replace("Layla <b>", ""),
        "https://citevents.example/t/x?a=1&b=2" in text,
    ) == (True, False, True)
    assert html.count('class="act"') == 1
    assert ("Layla &lt;b&gt;" in html, "x?a=1&amp;b=2" in html, f'lang="{language}"' in html) == (
        True,
        True,
        True,
    )
    assert re.findall(r"<(?:img|link|script|table)\b", html) == []
    for fact in ("20-4512", "CA$556.50", "Harbour Hall", "18:30"):
        assert (fact in html, fact in text) == (True, True)


def test_a_name_is_set_apart_and_what_is_set_apart_already_is_not_turned(frame: Flask) -> None:
    """A `bdi` that holds nothing but others has no direction of its own: it would read from left to right on an Arabic page."""
    template = "{{ p.head('x', eyebrow=eyebrow) }}{{ p.item(eyebrow) }}"
    assert shown(frame, template, eyebrow="40-hour course").count("<bdi>40-hour course</bdi>") == 2
    both = shown(
        frame, "{% set e = ['CIT', 'Tampere']|dots %}" + template.replace("=eyebrow", "=e"), eyebrow="y"
    )
    assert '<p class="eyebrow"><bdi>CIT</bdi> · <bdi>Tampere</bdi></p>' in both
