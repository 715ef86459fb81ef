"""The page as text, HTML and PDF: it fits, it is whole, and it needs nothing from elsewhere. Clause 8.5."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from federation.proof_bundle import BundleVerdict
from node.cli.paper import check_names, write_pages
from node.errors import ConfigError
from node.paper import sheet_of, to_html, to_pdf, to_text
from node.paper.font import page_font
from node.paper.text import WIDTH, columns, wrapped
from node.preview.system_fonts import SystemFonts
from tests.node.paper.verdicts import EMPTY, LARGE, PASSED, failed

CASES = [
    pytest.param(PASSED, id="passed"),
    pytest.param(failed(), id="failed"),
    pytest.param(LARGE, id="large"),
    pytest.param(EMPTY, id="nothing proven"),
]


@pytest.mark.parametrize("verdict", CASES)
def test_no_line_of_text_is_wider_than_the_page(verdict: BundleVerdict) -> None:
    lines = to_text(sheet_of(verdict)).splitlines()

    assert max(map(columns, lines)) <= WIDTH
    assert not [line for line in lines if line != line.rstrip()]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])), st.integers(2, 40))
def test_broken_lines_hold_the_whole_text_and_fit(value: str, width: int) -> None:
    lines = wrapped(value, width)

    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(value.split())


class _Outside(HTMLParser):
    """Collects what a page would fetch or run, and how its elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "link", "iframe", "object", "a", "form"}:
            self.outside.append(tag)
        self.outside += [name for name, _ in attrs if name in {"src", "href", "srcset"} or name.startswith("on")]
        if tag not in {"meta", "col"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("verdict", CASES)
def test_the_html_is_whole_and_fetches_nothing(verdict: BundleVerdict) -> None:
    page, reader = to_html(sheet_of(verdict)), _Outside()
    reader.feed(page)

    assert (reader.outside, reader.open) == ([], [])
    assert "@page { size: A4" in page
    assert sheet_of(verdict).conclusion in page


@pytest.mark.parametrize("verdict", [PASSED, LARGE], ids=["usual", "large"])
def test_the_pdf_is_one_page_with_its_characters_in_it(verdict: BundleVerdict) -> None:
    pdf = to_pdf(sheet_of(verdict))

    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    assert b"/FontFile2" in pdf
    assert b"/ToUnicode" in pdf
    assert b"/MediaBox [ 0 0 595" in pdf


def test_the_second_pdf_of_a_process_has_its_own_characters_and_the_first_comes_out_the_same_again() -> None:
    first = to_pdf(sheet_of(PASSED))
    to_pdf(sheet_of(EMPTY))

    assert to_pdf(sheet_of(PASSED)) == first


def test_a_font_of_a_page_has_just_its_characters() -> None:
    font = TTFont(io.BytesIO(page_font("核验通过 A1")))

    assert {chr(code) for code in font.getBestCmap()} == set("核验通过 A1?")
    assert font["glyf"]["u06838"].numberOfContours > 0


def test_a_machine_without_fonts_prints_boxes_and_still_a_page() -> None:
    none = SystemFonts(folders=())
    font = TTFont(io.BytesIO(page_font("核", fonts=none)))

    assert font["glyf"]["u06838"].numberOfContours == 2
    assert to_pdf(sheet_of(EMPTY), none).startswith(b"%PDF-")


def test_pages_are_written_in_the_form_that_their_name_says(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("page.txt", "page.HTML", "page.pdf")]
    write_pages(EMPTY, paths)

    assert [path.read_bytes()[:5] for path in paths[1:]] == [b"<!DOC", b"%PDF-"]
    assert "核验不通过" in paths[0].read_text()


@pytest.mark.parametrize("name", ["page", "page.docx"])
def test_another_form_is_refused_before_anything_is_done(name: str) -> None:
    with pytest.raises(ConfigError, match=r"\.txt, \.html, \.pdf"):
        check_names([Path(name)])


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        write_pages(EMPTY, [tmp_path / "missing" / "page.txt"])
