"""Documents made to hurt: each is refused, or drawn within its bounds."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.preview.images import data_uri
from node.preview.limits import Budget, LimitError, Limits
from node.preview.numbers import deltas
from node.preview.page import draw_page
from node.preview.paths import parse_path
from node.preview.seals import MAX_DEPTH, find_picture
from tests.node.preview import samples
from tests.node.preview.samples import RESOURCES, package, resources
from trust.errors import DocumentError

LINE = "<o:PathObject Boundary='0 0 9 9'><o:AbbreviatedData>M 0 0 L 9 9</o:AbbreviatedData></o:PathObject>"
TEXT = "<o:TextObject Boundary='0 0 9 9' Size='3'><o:TextCode X='0' Y='0'>{}</o:TextCode></o:TextObject>"
SMALL = Limits(objects=500, glyphs=500, segments=5000, pixels=10_000, svg_bytes=200_000)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that promises a picture and holds none."""

    def chunk(body: bytes) -> bytes:
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR" + size) + chunk(b"IDAT")


def _unit(number: int, inner: str) -> str:
    return f"<o:CompositeGraphicUnit ID='{number}' Width='9' Height='9'><o:Content>{inner}</o:Content></o:CompositeGraphicUnit>"


def _use(number: int) -> str:
    return f"<o:CompositeObject ResourceID='{number}' Boundary='0 0 9 9'/>"


@pytest.mark.parametrize(
    ("content", "units"),
    [
        pytest.param(LINE * 501, "", id="too many objects"),
        pytest.param(TEXT.format("a" * 501), "", id="too many glyphs"),
        pytest.param(LINE.replace("L 9 9", "L 9 9 " * 5001), "", id="too many segments"),
        pytest.param(_use(1), _unit(1, _use(1)), id="a composite holds itself"),
        pytest.param(
            _use(0), "".join(_unit(n, _use(n + 1) * 2) for n in range(20)), id="composites double at each step"
        ),
        pytest.param("<o:PageBlock>" * 60 + "</o:PageBlock>" * 60, "", id="blocks too deep in one another"),
    ],
)
def test_a_page_that_costs_too_much_is_refused(content: str, units: str) -> None:
    res = f"<o:CompositeGraphicUnits>{units}</o:CompositeGraphicUnits>"
    data = package(content, common=RESOURCES, files=resources(res))

    with pytest.raises(LimitError):
        draw_page(data, limits=SMALL)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    media = "<o:MultiMedias><o:MultiMedia ID='6'><o:MediaFile>a.png</o:MediaFile></o:MultiMedia></o:MultiMedias>"
    files: dict[str, bytes | str] = {**resources(media), "Doc_0/Res/a.png": _png_header(9000, 9000)}

    with pytest.raises(LimitError):
        draw_page(package("<o:ImageObject ResourceID='6' Boundary='0 0 9 9'/>", common=RESOURCES, files=files))


def test_a_template_that_names_itself_is_drawn_once() -> None:
    template = samples.xml("Page", f"<o:Template TemplateID='5'/><o:Content><o:Layer>{LINE}</o:Layer></o:Content>")
    data = package(
        common="<o:TemplatePage ID='5' BaseLoc='T.xml'/>",
        page="<o:Template TemplateID='5'/>",
        files={"Doc_0/T.xml": template},
    )

    assert draw_page(data).svg.count("stroke-width") == 1


def test_a_pattern_inside_its_own_cell_ends() -> None:
    pattern = "<o:FillColor><o:Pattern Width='.001' Height='.001'><o:CellContent/></o:Pattern></o:FillColor>"
    data = package(LINE.replace("<o:Abb", f"{pattern}<o:Abb").replace("Boundary", "Fill='true' Boundary"))

    assert len(draw_page(data).notes) == 1


@pytest.mark.parametrize("box", ["0 0 0 9", "0 0 1e6 9", "0 0 NaN 9", "0 0 9", "0 0 -1 9"])
def test_a_page_of_no_sensible_size_is_refused(box: str) -> None:
    with pytest.raises(DocumentError, match="PhysicalBox"):
        draw_page(package(box=box))


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_refused(page: int) -> None:
    with pytest.raises(DocumentError, match="no page"):
        draw_page(package(), page=page)


def test_the_time_of_a_page_ends() -> None:
    times = iter([0.0, 1.0, 99.0])
    budget = Budget(Limits(seconds=20.0), now=lambda: next(times))
    budget.spend("objects")

    with pytest.raises(LimitError, match="time"):
        budget.spend("objects")


def test_text_of_the_document_cannot_become_markup() -> None:
    svg = draw_page(
        package(TEXT.format("\U00030000&lt;script&gt;") + LINE.replace("Boundary", "Rule='\"&gt;&lt;x' Boundary"))
    ).svg

    assert "<script" not in svg
    assert "<x" not in svg


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x30\x80\x00\x00", id="an indefinite length"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="a length beyond the end"),
        pytest.param(b"\x30", id="a tag alone"),
        pytest.param(b"\x1f\x81\x01\x00", id="a tag of several bytes"),
    ],
)
def test_a_seal_that_is_not_der_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        find_picture(data)


def test_a_seal_too_deep_is_refused() -> None:
    data = b""
    for _ in range(MAX_DEPTH + 2):
        data = samples.der(0x30, data)

    with pytest.raises(DocumentError):
        find_picture(data)


def test_the_picture_of_a_seal_is_found() -> None:
    found = find_picture(samples.seal(b"picture" * 99, b"PNG "))

    assert found is not None
    assert (found.kind, found.data) == ("png", b"picture" * 99)


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_a_seal_or_refused(data: bytes) -> None:
    for body in (data, samples.der(0x30, data), samples.der(0x30, samples.der(0x16, b"png"), data)):
        try:
            find_picture(body)
        except DocumentError:
            continue


@given(st.binary(max_size=200), st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF"]))
@settings(deadline=None, max_examples=60)
def test_any_bytes_are_a_picture_or_refused(data: bytes, kind: str) -> None:
    whole = samples.picture(kind, (40, 30))
    for body in (data, whole[: len(data)] + data, whole[:40] + data + whole[60:]):
        try:
            data_uri(io.BytesIO(body).getvalue(), Budget(Limits(pixels=100_000)))
        except DocumentError:
            continue


@given(st.text(alphabet="SMLQBAC 0123456789.-eE,gN", max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        outline = parse_path(text, Budget(Limits()))
    except DocumentError:
        return

    assert outline.data.startswith("M")
    assert "nan" not in outline.data
    assert "inf" not in outline.data


@given(st.text(alphabet="g 0123456789.-e", max_size=40), st.integers(0, 50))
@settings(deadline=None, max_examples=200)
def test_deltas_are_never_more_than_there_is_text(text: str, count: int) -> None:
    try:
        steps = deltas(text, count)
    except DocumentError:
        return

    assert len(steps) <= count
