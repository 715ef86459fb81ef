"""The page writer: forms, texts and outlines as OFD (GB/T 33190-2016), for our own reader, our preview and an independent reader."""

import math
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import ofdkit
import pytest

from node.preview.page import draw_page
from tests.node.preview import samples
from trust.ofd import read_package
from trust.ofd.marks import Font, Form, Page, Shape, Text, advance
from trust.ofd.signatures import write_package
from trust.ofd.writer import PAGE_ID, page_entries

NS = "{http://www.ofdspec.org/2016}"
CONTENT, TEMPLATE = "Doc_0/Pages/Page_0/Content.xml", "Doc_0/Tpls/Tpl_0/Content.xml"
FORM = Form(
    width=100,
    height=60,
    marks=(
        Shape(data="M 10 10 L 90 10", stroke="1 2 3", width=0.7),
        Text(text="证号", x=10, y=20, size=5, font=Font.HEI),
    ),
)
PAGE = Page(
    title="采矿许可证",
    form=FORM,
    marks=(
        Text(text="样例 1", x=30, y=20, size=5, color="9 8 7", spacing=2),
        Shape(data="M 0 0 L 9 9", fill="4 5 6"),
    ),
    custom_data=(("ZZMC", "采矿许可证"),),
    created=date(2024, 5, 1),
)


def _elements(page: Page, entry: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(page_entries(page)[entry]).iter(NS + name))


def test_equal_pages_give_equal_entries() -> None:
    assert page_entries(PAGE) == page_entries(replace(PAGE))
    assert page_entries(PAGE) != page_entries(replace(PAGE, title="x"))


def test_an_independent_reader_reads_form_and_page(tmp_path: Path) -> None:
    path = tmp_path / "x.ofd"
    path.write_bytes(write_package(page_entries(PAGE)))
    with ofdkit.open(path) as document:
        runs = [(run.text, run.from_template) for run in document.pages[0].runs]

    assert runs == [("证号", True), ("样例 1", False)]
    assert not document.warnings


def test_pages_of_one_form_share_its_entry() -> None:
    other = replace(PAGE, title="x", marks=())

    assert page_entries(PAGE)[TEMPLATE] == page_entries(other)[TEMPLATE]
    assert page_entries(PAGE)[CONTENT] != page_entries(other)[CONTENT]


def test_object_ids_are_unique_and_the_page_has_the_one_that_stamps_name() -> None:
    entries = page_entries(PAGE)
    roots = [ET.fromstring(data) for data in entries.values()]
    ids = [int(element.attrib["ID"]) for root in roots for element in root.iter() if "ID" in element.attrib]
    document = ET.fromstring(entries["Doc_0/Document.xml"])

    assert len(ids) == len(set(ids))
    assert max(ids) <= int(document.findtext(f".//{NS}MaxUnitID", ""))
    assert [str(PAGE_ID)] == [page.attrib["ID"] for page in document.iter(f"{NS}Page")]


def test_a_text_stands_on_its_baseline_with_its_spacing() -> None:
    (text,) = _elements(PAGE, CONTENT, "TextObject")
    (code,) = text.iter(f"{NS}TextCode")

    assert text.attrib["Boundary"] == "30.000 15.000 21.000 7.500"  # two wide, two narrow, three gaps
    assert (code.attrib["X"], code.attrib["Y"], code.attrib["DeltaX"]) == ("0", "5.000", "7.000 7.000 4.500")
    assert advance("样例 1", 5) == 15


def test_fonts_are_named_and_not_embedded() -> None:
    fonts = _elements(PAGE, "Doc_0/PublicRes.xml", "Font")
    used = {text.attrib["Font"] for entry in (CONTENT, TEMPLATE) for text in _elements(PAGE, entry, "TextObject")}

    assert [font.attrib["FontName"] for font in fonts if font.attrib["ID"] in used] == ["宋体", "黑体"]
    assert not any(list(font) for font in fonts)


def test_the_preview_draws_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "made.ttf").write_bytes(samples.font("样例1证号"))
    drawing = draw_page(write_package(page_entries(PAGE)), fonts=(tmp_path / "made.ttf",))

    assert drawing.notes == ()
    assert 'd="M10 10L90 10" fill="none" stroke="#010203" stroke-width="0.7"' in drawing.svg
    assert 'd="M0 0L9 9" fill="#040506"' in drawing.svg
    assert len(re.findall("<use ", drawing.svg)) == 5


@pytest.mark.parametrize("turn", [-2.0, -0.3, 0.7, math.pi])
def test_a_turned_character_begins_where_it_is_told_and_leans_by_its_angle(tmp_path: Path, turn: float) -> None:
    (tmp_path / "made.ttf").write_bytes(samples.font("样"))
    page = replace(PAGE, form=replace(FORM, marks=()), marks=(Text(text="样", x=40, y=30, size=4, turn=turn),))
    svg = draw_page(write_package(page_entries(page)), fonts=(tmp_path / "made.ttf",)).svg
    steps = [[float(one) for one in found.split()] for found in re.findall(r'transform="matrix\(([^)]*)\)"', svg)]
    a, b, _, _, x, y = _product(steps)

    assert pytest.approx((x, y), abs=0.01) == (40, 30)
    assert turn == pytest.approx(math.atan2(b, a), abs=0.01)


def _product(steps: list[list[float]]) -> tuple[float, ...]:
    """All transforms of an SVG with one object, the innermost last."""
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    for p, q, r, s, t, u in steps:
        a, b, c, d, e, f = (
            a * p + c * q,
            b * p + d * q,
            a * r + c * s,
            b * r + d * s,
            a * t + c * u + e,
            b * t + d * u + f,
        )
    return a, b, c, d, e, f


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(replace(PAGE, title="a\x00b"), id="the title"),
        pytest.param(replace(PAGE, marks=(Text(text="\ufffe", x=0, y=0, size=1),)), id="a text"),
        pytest.param(replace(PAGE, custom_data=(("ZZ\x0b", "x"),)), id="the name of a custom datum"),
        pytest.param(replace(PAGE, custom_data=(("ZZ", "\ud800"),)), id="its value"),
    ],
)
def test_characters_xml_cannot_carry_are_refused(page: Page) -> None:
    with pytest.raises(ValueError, match="XML cannot carry"):
        page_entries(page)


def test_our_reader_opens_the_package() -> None:
    package = read_package(write_package(page_entries(PAGE)))

    assert package.custom_data == {"ZZMC": "采矿许可证"}
    assert package.doc_roots == ("Doc_0/Document.xml",)
