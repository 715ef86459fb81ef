"""Text: which glyph stands where, from which font, and what stands in when there is none."""

import re
from pathlib import Path

import pytest

from node.preview.page import Drawing, draw_page
from tests.node.preview import samples
from tests.node.preview.samples import RESOURCES, package, resources

FONTS = "<o:Fonts><o:Font ID='1' FontName='Made' {}><o:FontFile>f.ttf</o:FontFile></o:Font><o:Font ID='2' FontName='宋体'/></o:Fonts>"
PLACE = re.compile(r'<use href="#(\w+)" transform="matrix\(([^)]*)\)"')


def _draw(
    text: str, *, font: bytes | None = None, attributes: str = "Font='1' Size='10'", entry: str = "", **how: str
) -> Drawing:
    data = package(
        f"<o:TextObject Boundary='0 0 90 90' {attributes}>{text}</o:TextObject>",
        common=RESOURCES,
        files={**resources(FONTS.format(entry)), "Doc_0/Res/f.ttf": samples.font("AB中") if font is None else font},
    )
    return draw_page(data, missing="box" if how.get("missing") == "box" else "text")


def _places(drawing: Drawing) -> list[tuple[float, ...]]:
    return [tuple(map(float, found[1].split())) for found in PLACE.findall(drawing.svg)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("<o:TextCode X='1' Y='9' DeltaX='g 2 7'>ABA</o:TextCode>", [(1, 9), (8, 9), (15, 9)], id="a delta is repeated"),
        pytest.param("<o:TextCode X='1' Y='9'>AB</o:TextCode>", [(1, 9), (7, 9)], id="without deltas the font's widths count"),
        pytest.param("<o:TextCode X='1' Y='9' DeltaY='5'>AB</o:TextCode>", [(1, 9), (1, 14)], id="a column has only DeltaY"),
        pytest.param("<o:TextCode X='1' Y='9'>A</o:TextCode><o:TextCode Y='4'>B</o:TextCode>", [(1, 9), (1, 4)], id="no X: the last one's"),
        pytest.param("<o:TextCode X='0' Y='0' DeltaX='g 9999999 1'>AB</o:TextCode>", [(0, 0), (1, 0)], id="a huge repetition is cut"),
    ],
)  # fmt: skip
def test_glyphs_stand_where_the_deltas_put_them(code: str, expected: list[tuple[float, float]]) -> None:
    assert expected == [place[4:] for place in _places(_draw(code))]


def test_the_outline_comes_from_the_embedded_font_and_is_shared() -> None:
    drawing = _draw("<o:TextCode X='0' Y='9' DeltaX='9'>AA</o:TextCode>")

    assert drawing.svg.count(f'd="{samples.SQUARE}"') == 1
    assert _places(drawing) == [(0.01, 0, 0, -0.01, 0, 9), (0.01, 0, 0, -0.01, 9, 9)]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param("HScale='.5'", (0.005, 0, 0, -0.01), id="HScale narrows"),
        pytest.param("Italic='true'", (0.01, 0, 0.002125566, -0.01), id="italic slants to the right"),
        pytest.param("CharDirection='90'", (0, 0.01, 0.01, 0), id="a character may be turned"),
    ],
)
def test_glyphs_have_the_shape_the_object_asks_for(attributes: str, expected: tuple[float, ...]) -> None:
    drawing = _draw("<o:TextCode X='0' Y='0'>A</o:TextCode>", attributes=f"Font='1' Size='10' {attributes}")

    assert expected == pytest.approx(_places(drawing)[0][:4], abs=1e-9)


@pytest.mark.parametrize(
    ("weight", "entry", "bold"),
    [
        pytest.param("700", "", True, id="a bold object is drawn bolder"),
        pytest.param("400", "", False, id="a normal one is not"),
        pytest.param("700", "Bold='true'", False, id="a font that is bold itself is not made bolder"),
    ],
)
def test_bold_text_is_outlined_where_the_font_is_not_bold(weight: str, entry: str, *, bold: bool) -> None:
    drawing = _draw(
        "<o:TextCode X='0' Y='0'>A</o:TextCode>", attributes=f"Font='1' Size='10' Weight='{weight}'", entry=entry
    )

    assert bold == ('stroke-width="30"' in drawing.svg)


@pytest.mark.parametrize(
    ("transform", "count"),
    [
        pytest.param("CodePosition='0' CodeCount='2' GlyphCount='2'><o:Glyphs>3 1</o:Glyphs", 2, id="one glyph for each character"),
        pytest.param("CodePosition='0' CodeCount='2' GlyphCount='1'><o:Glyphs>2</o:Glyphs", 1, id="one glyph for two characters"),
        pytest.param("CodePosition='1' CodeCount='1' GlyphCount='3'><o:Glyphs>1 2 3</o:Glyphs", 4, id="three glyphs for one character"),
        pytest.param("CodePosition='0' CodeCount='9' GlyphCount='9'><o:Glyphs>9 9</o:Glyphs", 2, id="numbers that the font does not have"),
    ],
)  # fmt: skip
def test_glyph_numbers_replace_characters(transform: str, count: int) -> None:
    drawing = _draw(
        f"<o:CGTransform {transform}></o:CGTransform><o:TextCode X='0' Y='0' DeltaX='g 9 5'>AB</o:TextCode>"
    )

    assert count == len(_places(drawing))


@pytest.mark.parametrize(
    "font",
    [pytest.param(b"\x00\x01\x00\x00 broken", id="garbage"), pytest.param(samples.font("A")[:300], id="cut off")],
)
def test_a_broken_font_is_replaced_and_noted(font: bytes) -> None:
    drawing = _draw("<o:TextCode X='0' Y='0'>A</o:TextCode>", font=font)

    assert "an embedded font cannot be read; another stands in: 嵌入字体无法读取，已用其他字体代替" in drawing.notes
    assert len(_places(drawing)) == 1


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        pytest.param("text", ">\U00030000</text>", id="SVG keeps the character"),
        pytest.param("box", '<path id="d1" d="M0.08 -0.8', id="a picture shows a box"),
    ],
)
def test_a_character_without_a_font_has_a_stand_in_and_a_note(missing: str, expected: str) -> None:
    drawing = _draw("<o:TextCode X='0' Y='0'>\U00030000</o:TextCode>", missing=missing)

    assert expected in drawing.svg
    assert len(_places(drawing)) == 1
    assert "缺少中文字体" in drawing.notes[0]


def test_letters_of_another_font_are_fitted_into_the_room_of_the_document(tmp_path: Path) -> None:
    (tmp_path / "made.ttf").write_bytes(samples.font("AB中"))
    data = package(
        "<o:TextObject Boundary='0 0 90 90' Font='2' Size='10'><o:TextCode X='0' Y='0' DeltaX='5 8 9'>AB中中</o:TextCode></o:TextObject>",
        common=RESOURCES,
        files=resources(FONTS.format("")),
    )
    places = _places(draw_page(data, fonts=(tmp_path / "made.ttf",)))

    assert [pytest.approx(x) for x in (0, 6, 13, 22)] == [place[4] for place in places]  # 6 wide: B in the middle of 8
    assert [pytest.approx(x) for x in (0.01 * 5 / 6, 0.01, 0.01, 0.01)] == [place[0] for place in places]
