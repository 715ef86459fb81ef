"""The plain certificate of tests and benchmarks: what it writes is valid OFD for our own reader and for an independent one (ofdkit)."""

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import ofdkit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.ofd import CertificateFace, read_package, write_certificate

FACE = CertificateFace(
    title="采矿许可证",
    lines=(("证号", "C3300002024"), ("采矿权人", "样例 <公司> & Söhne")),
    custom_data=(("ZZMC", "采矿许可证"), ("ZZBS", "1.2.156"), ("CZZT", '样例 <公司> & "x"')),
    created=date(2024, 5, 1),
)
NS = "{http://www.ofdspec.org/2016}"


def _xml(data: bytes, name: str) -> ET.Element:
    with zipfile.ZipFile(BytesIO(data)) as container:
        return ET.fromstring(container.read(name))


def test_equal_faces_give_equal_bytes() -> None:
    assert write_certificate(FACE) == write_certificate(replace(FACE))
    assert write_certificate(FACE) != write_certificate(replace(FACE, title="x"))


def test_our_reader_reads_the_custom_data_back() -> None:
    package = read_package(write_certificate(FACE))

    assert dict(FACE.custom_data) == package.custom_data
    assert package.doc_roots == ("Doc_0/Document.xml",)


def test_an_independent_reader_reads_the_text_back(tmp_path: Path) -> None:
    path = tmp_path / "x.ofd"
    path.write_bytes(write_certificate(FACE))
    with ofdkit.open(path) as document:
        text = document.text()
        pages = len(document.pages)

    assert pages == 1
    assert all(line in text for line in ("采矿许可证", "证号：C3300002024", "采矿权人：样例 <公司> & Söhne", "样例"))


def test_every_part_is_in_the_standards_namespace() -> None:
    data = write_certificate(FACE)

    for name in read_package(data).entries:
        assert all(element.tag.startswith(NS) for element in _xml(data, name).iter())


def test_ids_are_unique_and_within_the_declared_maximum() -> None:
    data = write_certificate(FACE)
    parts = [_xml(data, name) for name in read_package(data).entries if name != "OFD.xml"]
    ids = [int(element.attrib["ID"]) for part in parts for element in part.iter() if "ID" in element.attrib]

    assert len(ids) == len(set(ids))
    assert max(ids) <= int(parts[0].findtext(f".//{NS}MaxUnitID", ""))


def test_delta_x_has_one_step_less_than_characters() -> None:
    codes = list(_xml(write_certificate(FACE), "Doc_0/Pages/Page_0/Content.xml").iter(f"{NS}TextCode"))

    assert [len(code.text or "") - 1 for code in codes] == [len(code.attrib["DeltaX"].split()) for code in codes]


def test_many_and_long_lines_stay_on_the_page() -> None:
    face = replace(FACE, title="证" * 200, lines=tuple((f"项目{index}", "长" * 100) for index in range(60)))
    page = _xml(write_certificate(face), "Doc_0/Pages/Page_0/Content.xml")
    boxes = [[float(number) for number in text.attrib["Boundary"].split()] for text in page.iter(f"{NS}TextObject")]

    assert all(x >= 15 and x + width <= 195 and y + height <= 282 for x, y, width, height in boxes)


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "\ufffe", "\ud800"])
def test_characters_xml_cannot_carry_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="XML cannot carry"):
        write_certificate(replace(FACE, lines=(("证号", text),)))


PRINTABLE = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30)


@given(PRINTABLE, st.dictionaries(PRINTABLE.map(str.strip), PRINTABLE, max_size=5))
@settings(deadline=None, max_examples=60)
def test_any_printable_face_is_read_back(title: str, custom: dict[str, str]) -> None:
    face = CertificateFace(
        title=title, lines=tuple(custom.items()), custom_data=tuple(custom.items()), created=date(2024, 5, 1)
    )

    assert {name: value.strip() for name, value in custom.items()} == read_package(write_certificate(face)).custom_data
