"""What a page's parts become in SVG: facts of structure, not of pixels."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from node.preview.numbers import Box
from node.preview.page import draw_page
from tests.node.preview import samples
from tests.node.preview.samples import RESOURCES, package, resources

PATH = "<o:PathObject Boundary='1 2 30 30' {}><o:AbbreviatedData>{}</o:AbbreviatedData>{}</o:PathObject>"
SQUARE = "M 0 0 L 9 0 L 9 9 L 0 9 C"


def _path(attributes: str = "", inner: str = "", data: str = SQUARE) -> str:
    return PATH.format(attributes, data, inner)


def _svg(content: str = "", res: str = "", files: dict[str, bytes | str] | None = None, **parts: str) -> str:
    common = RESOURCES + parts.pop("common", "")
    return draw_page(package(content, common=common, files={**resources(res), **(files or {})}, **parts)).svg


def _notes(content: str, res: str = "") -> tuple[str, ...]:
    return draw_page(package(content, common=RESOURCES, files=resources(res))).notes


COLOURS = [
    pytest.param("Value='255 0 128'", "#ff0080", id="three values are RGB"),
    pytest.param("Value='128'", "#808080", id="one value is grey"),
    pytest.param("Value='0 255 255 0'", "#ff0000", id="four values are CMYK"),
    pytest.param("Value='#FF #00 #80'", "#ff0080", id="values may be hexadecimal"),
    pytest.param("Value='15 0 0' ColorSpace='4'", "#ff0000", id="values have the bits of their space"),
    pytest.param("Index='1' ColorSpace='5'", "#00ff00", id="an index chooses from the palette"),
    pytest.param("", "#000000", id="no value is black"),
]
SPACES = (
    "<o:ColorSpaces><o:ColorSpace ID='4' Type='RGB' BitsPerComponent='4'/>"
    "<o:ColorSpace ID='5' Type='RGB'><o:Palette><o:CV>255 0 0</o:CV><o:CV>0 255 0</o:CV></o:Palette></o:ColorSpace></o:ColorSpaces>"
)


@pytest.mark.parametrize(("colour", "expected"), COLOURS)
def test_a_fill_has_the_colour_that_its_values_say(colour: str, expected: str) -> None:
    svg = _svg(_path("Fill='true' Stroke='false'", f"<o:FillColor {colour}/>"), SPACES)

    assert f'<path d="M0 0L9 0L9 9L0 9Z" fill="{expected}"/>' in svg


def test_a_path_is_stroked_in_black_and_not_filled_unless_it_says_so() -> None:
    svg = _svg(_path())

    assert 'fill="none" stroke="#000000" stroke-width="0.353"' in svg
    assert '<g transform="matrix(1 0 0 1 1 2)">' in svg


def test_drawing_parameters_are_inherited_nearest_first() -> None:
    params = (
        "<o:DrawParams><o:DrawParam ID='7' LineWidth='2' Cap='Round' Relative='8'/>"
        "<o:DrawParam ID='8' LineWidth='3' Join='Bevel' DashPattern='1 2' Relative='7'><o:StrokeColor Value='0 0 255'/>"
        "</o:DrawParam></o:DrawParams>"
    )
    svg = _svg(_path("DrawParam='7'"), params)

    assert 'stroke="#0000ff" stroke-width="2" stroke-linecap="round" stroke-linejoin="bevel"' in svg
    assert 'stroke-dasharray="1 2"' in svg


def test_alpha_matrix_and_clip_stand_in_the_order_of_the_standard() -> None:
    shape = f"<o:Path Boundary='1 1 5 5'><o:AbbreviatedData>{SQUARE}</o:AbbreviatedData></o:Path>"
    clip = f"<o:Clips><o:Clip><o:Area CTM='2 0 0 2 0 0'>{shape}</o:Area></o:Clip></o:Clips>"
    svg = _svg(_path("Alpha='51' CTM='3 0 0 3 0 0'", clip))

    assert '<clipPath id="d1"><path d="M0 0L9 0L9 9L0 9Z" transform="matrix(2 0 0 2 2 2)"/></clipPath>' in svg
    assert (
        '<g transform="matrix(1 0 0 1 1 2)" opacity="0.2"><g clip-path="url(#d1)"><g transform="matrix(3 0 0 3 0 0)">'
        in svg
    )


def test_what_leaves_its_boundary_is_cut() -> None:
    svg = _svg(_path("LineWidth='1'", data="M 0 0 L 90 90"))

    assert "M-1.1 -1.1L31.1 -1.1L31.1 31.1L-1.1 31.1Z" in svg


@pytest.mark.parametrize(
    ("shading", "expected"),
    [
        pytest.param(
            "<o:AxialShd StartPoint='0 0' EndPoint='9 0' MapType='Repeat' MapUnit='3'>{}</o:AxialShd>",
            'linearGradient id="d1" gradientUnits="userSpaceOnUse" spreadMethod="repeat" x1="0" y1="0" x2="3" y2="0"',
            id="an axial shading that repeats",
        ),
        pytest.param(
            "<o:RadialShd StartPoint='1 1' EndPoint='4 4' StartRadius='1' EndRadius='9'>{}</o:RadialShd>",
            'radialGradient id="d1" gradientUnits="userSpaceOnUse" cx="4" cy="4" r="9" fx="1" fy="1" fr="1"',
            id="a radial shading",
        ),
    ],
)
def test_a_shading_becomes_a_gradient(shading: str, expected: str) -> None:
    stops = "<o:Segment><o:Color Value='255 0 0'/></o:Segment><o:Segment Position='1'><o:Color Value='0 0 255' Alpha='0'/></o:Segment>"
    svg = _svg(_path("Fill='true'", f"<o:FillColor>{shading.format(stops)}</o:FillColor>"))

    assert expected in svg
    assert '<stop offset="0" stop-color="#ff0000"/><stop offset="1" stop-color="#0000ff" stop-opacity="0"/>' in svg
    assert 'fill="url(#d1)"' in svg


def test_a_pattern_is_its_cell_as_often_as_it_fits() -> None:
    cell = f"<o:CellContent>{_path()}</o:CellContent>"
    pattern = f"<o:FillColor><o:Pattern Width='3' Height='3' XStep='3' YStep='5'>{cell}</o:Pattern></o:FillColor>"
    svg = _svg(_path("Fill='true' Stroke='false'", pattern))

    assert len(re.findall(r'<use href="#d\d+" x="\d" y="\d"/>', svg)) == 3 * 2


def test_templates_and_layers_are_drawn_in_their_order() -> None:
    def layer(kind: str, width: int) -> str:
        line = _path(f"LineWidth='{width}'")
        return f"<o:Content><o:Layer Type='{kind}'>{line}</o:Layer></o:Content>"

    svg = _svg(
        _path("LineWidth='2'"),
        files={
            "Doc_0/T1.xml": samples.xml("Page", layer("Body", 1)),
            "Doc_0/T2.xml": samples.xml("Page", layer("Body", 3)),
        },
        common="<o:TemplatePage ID='5' BaseLoc='T1.xml'/><o:TemplatePage ID='6' BaseLoc='T2.xml'/>",
        page="<o:Template TemplateID='6' ZOrder='Foreground'/><o:Template TemplateID='5'/>",
    )

    assert re.findall(r'stroke-width="(\d)"', svg) == ["1", "2", "3"]


def test_a_composite_is_drawn_where_it_is_used() -> None:
    content = f"<o:Content>{_path()}</o:Content>"
    unit = f"<o:Units><o:CompositeGraphicUnit ID='3' Width='9' Height='9'>{content}</o:CompositeGraphicUnit></o:Units>"
    svg = _svg("<o:CompositeObject ResourceID='3' Boundary='5 5 9 9' CTM='.5 0 0 .5 0 0'/>", unit)

    assert (
        '<g transform="matrix(1 0 0 1 5 5)"><g transform="matrix(0.5 0 0 0.5 0 0)"><g transform="matrix(1 0 0 1 1 2)">'
        in svg
    )


def test_an_annotation_is_shown_unless_it_is_hidden() -> None:
    def annotation(visible: str, width: int) -> str:
        line = _path(f"LineWidth='{width}'")
        return f"<o:Annot ID='{width}' Visible='{visible}'><o:Appearance Boundary='7 7 9 9'>{line}</o:Appearance></o:Annot>"

    svg = _svg(
        document="<o:Annotations>Annots/A.xml</o:Annotations>",
        files={
            "Doc_0/Annots/A.xml": samples.xml(
                "Annotations", "<o:Page PageID='1'><o:FileLoc>P1.xml</o:FileLoc></o:Page>"
            ),
            "Doc_0/Annots/P1.xml": samples.xml("PageAnnot", annotation("true", 4) + annotation("false", 5)),
        },
    )

    assert '<g transform="matrix(1 0 0 1 7 7)">' in svg
    assert re.findall(r'stroke-width="(\d)"', svg) == ["4"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF"])
def test_a_picture_is_decoded_and_written_anew(kind: str) -> None:
    media = "<o:MultiMedias><o:MultiMedia ID='6'><o:MediaFile>a.bin</o:MediaFile></o:MultiMedia></o:MultiMedias>"
    original = samples.picture(kind, colour="#0000ff")
    svg = _svg("<o:ImageObject ResourceID='6' Boundary='1 1 8 6'/>", media, files={"Doc_0/Res/a.bin": original})
    written = base64.b64decode(re.findall(r"base64,([^\"]+)", svg)[0])

    assert Image.open(io.BytesIO(written)).size == (4, 3)
    assert '<g transform="matrix(8 0 0 6 0 0)"><use href="#d1"/></g>' in svg


def _stamped(clip: str = "", data: bytes | None = None, kind: bytes = b"png") -> str:
    stamp = f"<o:StampAnnot PageRef='1' Boundary='10 20 30 30' {clip}/><o:StampAnnot PageRef='2' Boundary='1 1 1 1'/>"
    return draw_page(
        package(
            body="<o:Signatures>Doc_0/Signs/S.xml</o:Signatures>",
            files={
                "Doc_0/Signs/S.xml": samples.xml("Signatures", "<o:Signature ID='1' BaseLoc='One/S.xml'/>"),
                "Doc_0/Signs/One/S.xml": samples.xml(
                    "Signature", f"<o:SignedInfo>{stamp}</o:SignedInfo><o:SignedValue>V.dat</o:SignedValue>"
                ),
                "Doc_0/Signs/One/V.dat": samples.seal(samples.picture("GIF") if data is None else data, kind),
            },
        )
    ).svg


def test_a_seal_is_multiplied_into_its_place_and_cut_by_its_clip() -> None:
    svg = _stamped("Clip='0 0 10 30'")

    assert '<g transform="matrix(1 0 0 1 10 20)" style="mix-blend-mode:multiply"><g clip-path="url(#d1)">' in svg
    assert '<clipPath id="d1"><path d="M0 0L10 0L10 30L0 30Z"/></clipPath>' in svg
    assert svg.count("<image ") == 1


def test_a_seal_may_be_a_document_of_its_own() -> None:
    svg = _stamped(data=package(_path("LineWidth='6'")), kind=b"OFD")

    assert '<g transform="matrix(0.3 0 0 0.6 0 0)">' in svg
    assert 'stroke-width="6"' in svg


def test_the_nonstandard_namespace_is_drawn_as_well() -> None:
    assert "stroke-width" in draw_page(package(_path(), ns="http://www.ofdspec.org")).svg


def test_the_page_has_the_size_and_origin_of_its_box() -> None:
    drawing = draw_page(package(box="-5 0 210 297", page="<o:Area><o:PhysicalBox>-5 3 90 60</o:PhysicalBox></o:Area>"))

    assert Box(-5, 3, 90, 60) == drawing.area
    assert 'width="90mm" height="60mm" viewBox="-5 3 90 60"' in drawing.svg


def test_a_watermark_covers_the_page_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "made.ttf").write_bytes(samples.font("仅供办理"))
    drawing = draw_page(package(), watermark="仅供\n办理", fonts=(tmp_path / "made.ttf",))
    tile = re.findall(r'<g id="(\w+)">((?:<use [^>]*>)+)</g>', drawing.svg)[0]

    assert tile[1].count("<use ") == 4
    assert drawing.svg.count(f'<use href="#{tile[0]}"') > 10
    assert drawing.notes == ()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_path("CTM='1 0 0 NaN 0 0'"), id="a matrix holds no number"),
        pytest.param(_path("LineWidth='inf'"), id="a width is infinite"),
        pytest.param(_path(data="M 1"), id="a path ends early"),
        pytest.param(_path(data="X 1 1"), id="a path has an unknown operator"),
        pytest.param("<o:ImageObject ResourceID='404' Boundary='0 0 1 1'/>", id="a picture is missing"),
        pytest.param("<o:CompositeObject ResourceID='404' Boundary='0 0 1 1'/>", id="a composite is missing"),
        pytest.param(
            "<o:TextObject Boundary='1e99 0 1 1' Size='3'><o:TextCode>a</o:TextCode></o:TextObject>",
            id="a place is too far",
        ),
    ],
)
def test_an_object_that_cannot_be_read_is_left_out_and_noted(content: str) -> None:
    drawing = draw_page(package(content + _path("LineWidth='7'")))

    assert drawing.notes == ("an object of the page cannot be drawn: 页面中有无法绘制的对象",)
    assert 'stroke-width="7"' in drawing.svg
