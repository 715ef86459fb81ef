"""What the faces show: read by an independent reader, drawn by our preview, and laid out without overlaps."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import ofdkit
import pytest

from node.library.demo import DemoCertificate
from node.library.demo.face import face_of, values_of
from node.library.demo.form_parts import NOTICE
from node.library.demo.forms import BIRTH, BLUEPRINTS, SEX
from node.library.invented import (
    BUSINESS_LICENCE_TYPE,
    ID_CARD_TYPE,
    LAND_TYPE,
    MINING_TYPE,
    REAL_ESTATE_TYPE,
    TRANSPORT_TYPE,
)
from node.library.record import CertificateRecord
from node.preview.page import Drawing, draw_page
from tests.node.library.demo.made import all_certificates, one_of_each_type
from tests.node.preview import samples
from trust.gm import sm3
from trust.ofd import read_package
from trust.ofd.marks import Page, Shape, Text, advance
from trust.ofd.signatures import write_package
from trust.ofd.writer import page_entries

TYPES = one_of_each_type()
INSETS = {  # millimetres from the paper's edge to the inside of the border
    BUSINESS_LICENCE_TYPE: 21,
    MINING_TYPE: 21,
    LAND_TYPE: 14,
    REAL_ESTATE_TYPE: 14.2,
    TRANSPORT_TYPE: 12.2,
    ID_CARD_TYPE: 8,
}
SEAL_RED = 'stroke="#c81414"'
Box = tuple[float, float, float, float]


def _texts(page: Page) -> list[Text]:
    return [mark for mark in (*page.form.marks, *page.marks) if isinstance(mark, Text)]


def _box(text: Text) -> Box:
    """Left, top, right and bottom of a text's ink, a little generous to neither side."""
    right = text.x + advance(text.text.rstrip(), text.size) + text.spacing * (len(text.text) - 1)
    return text.x, text.y - 0.85 * text.size, right, text.y + 0.1 * text.size


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _long(record: CertificateRecord) -> CertificateRecord:
    """The record with values longer than any form has room for at its ordinary size."""
    holders = tuple(replace(one, name=one.name * 12) for one in record.holders)
    fields = tuple(replace(field, value=field.value * 20) for field in record.face)
    return replace(record, holders=holders, face=fields, issuer_name=record.issuer_name * 5)


def _read(data: bytes, folder: Path) -> str:
    """What stands on the page, by ofdkit, without white space."""
    path = folder / "read.ofd"
    path.write_bytes(data)
    with ofdkit.open(path) as document:
        (page,) = document.pages
        assert not document.warnings
        return "".join("".join(run.text.split()) for run in page.runs)


def test_an_independent_reader_reads_title_fields_and_sample_notice_of_every_certificate(tmp_path: Path) -> None:
    for one in all_certificates():
        text = _read(one.file, tmp_path)
        values = values_of(one.record)
        shown = [values[slot.key] for slot in BLUEPRINTS[one.record.type_code].slots]

        assert one.record.name in text
        assert NOTICE.replace(" ", "") in text
        assert [value for value in shown if value not in text] == []
        assert all(field.value in shown for field in one.record.face)
        assert {one.record.identifier, one.record.number, one.record.issuer_name} <= set(shown)


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_every_file_names_its_record(one: DemoCertificate) -> None:
    custom = read_package(one.file).custom_data

    assert one.record.identifier == custom["ZZBS"]
    assert "^".join(holder.code for holder in one.record.holders) == custom["CZZTDM"]
    assert {field.column: field.value for field in one.record.face}.items() <= custom.items()
    assert (sm3(one.file).hex(), len(one.file)) == (one.record.file_sm3, one.record.file_size)


@pytest.mark.parametrize("long", [False, True], ids=["as made", "with values that are too long"])
@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_no_text_leaves_the_border_or_lies_on_another(one: DemoCertificate, *, long: bool) -> None:
    page = face_of(_long(one.record) if long else one.record)
    edge = INSETS[one.record.type_code]
    boxes = [(text.text, _box(text)) for text in _texts(page)]

    for _, (left, top, right, bottom) in boxes:
        assert left >= edge
        assert top >= edge
        assert right <= page.form.width - edge
        assert bottom <= page.form.height - edge
    assert [(a, b) for (a, first), (b, second) in itertools.combinations(boxes, 2) if _meet(first, second)] == []


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_the_seal_is_within_the_border_and_on_no_title(one: DemoCertificate) -> None:
    blueprint = BLUEPRINTS[one.record.type_code]
    x, y, width, height = blueprint.seal
    edge = INSETS[one.record.type_code]
    seal = (x, y, x + width, y + height)
    titles = [text for text in blueprint.form.marks if isinstance(text, Text) and text.size > 6]

    assert x >= edge
    assert x + width <= blueprint.form.width - edge
    assert y + height <= blueprint.form.height - edge
    assert titles
    assert not any(_meet(_box(text), seal) for text in titles)


@pytest.mark.parametrize("type_code", BLUEPRINTS)
def test_the_sample_mark_is_drawn_large_and_needs_no_font(type_code: str) -> None:
    form = BLUEPRINTS[type_code].form
    marks = [mark for mark in form.marks if isinstance(mark, Shape) and mark.data.count("M") == 18 and not mark.fill]
    widths = [max(xs) - min(xs) for xs in (_xs(mark.data) for mark in marks)]

    assert max(widths) > 0.3 * form.width


def _xs(data: str) -> list[float]:
    return [float(x) for x, _ in re.findall(r"[ML] (\S+) (\S+)", data)]


def test_a_card_says_sex_and_birth_as_its_number_does() -> None:
    record = TYPES[ID_CARD_TYPE].record
    (holder,) = record.holders

    def told(code: str) -> tuple[str, str]:
        values = values_of(replace(record, holders=(replace(holder, code=code),)))
        return values[SEX], values[BIRTH]

    assert told("310000194912310028") == ("女", "1949年12月31日")
    assert told("310000195801020031") == ("男", "1958年1月2日")


def test_a_type_without_a_form_is_refused() -> None:
    with pytest.raises(KeyError):
        face_of(replace(TYPES[MINING_TYPE].record, type_code="0" * 21))


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A font with every character of every certificate and seal, so that the machine's fonts do not matter."""
    words = {
        char
        for one in TYPES.values()
        for text in _texts(face_of(one.record))
        for char in text.text
        if not char.isspace()
    }
    path = tmp_path_factory.mktemp("fonts") / "all.ttf"
    path.write_bytes(samples.font(words | set("电子证照专用章")))
    return (path,)


def _glyphs(drawing: Drawing) -> int:
    return len(re.findall("<use ", drawing.svg))


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_the_preview_draws_all_of_it_with_the_seal(one: DemoCertificate, fonts: tuple[Path, ...]) -> None:
    drawing = draw_page(one.file, fonts=fonts)
    without = draw_page(write_package(page_entries(face_of(one.record))), fonts=fonts)
    form = BLUEPRINTS[one.record.type_code].form
    words = re.sub(r"\s", "", "".join(text.text for text in _texts(face_of(one.record))))

    assert drawing.notes == ()
    assert (form.width, form.height, 1) == (drawing.area.width, drawing.area.height, drawing.pages)
    assert len(words) == _glyphs(without)
    assert len(f"{words}电子证照专用章{one.record.issuer_name}") == _glyphs(drawing)
    # its ring, inner ring, two rosettes, and the strokes of 样例
    assert (without.svg.count(SEAL_RED), drawing.svg.count(SEAL_RED)) == (0, 5)
