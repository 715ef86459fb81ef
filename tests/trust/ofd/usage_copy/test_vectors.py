"""Seals that are OFD documents: a copy shows their page as it is, under new IDs, or a frame. GB/T 33190-2016 clauses 7.9 and 12."""

import re
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import ofdkit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.ofd.signatures.makers import Entries, changed
from tests.trust.ofd.usage_copy.makers import NS, copied, entries_of, verified
from tests.trust.ofd.usage_copy.seal_files import (
    JPEG,
    PNG,
    RED_LINE,
    SPACE,
    layer,
    original,
    path,
    seal_entries,
    unit,
    use,
)
from trust.errors import DocumentError
from trust.ofd import Verdict
from trust.ofd.container import RATIO_FREE
from trust.ofd.signatures import Stamp, write_package
from trust.ofd.usage_copy import parts, vectors
from trust.ofd.usage_copy.seal_pages import read_seal_page
from trust.ofd.usage_copy.shelf import Shelf
from trust.ofd.writer import PAGE_ID

ANNOTATIONS, LISTING = "UsageCopy/Doc_0/Page_0.xml", "UsageCopy/Res.xml"
REFERENCES = {"Font", "ResourceID", "DrawParam", "Relative", "ColorSpace", "ImageMask", "Substitution"}
FILES = {"Doc_0/Res/f.ttf": b"a font", "Doc_0/Res/a.png": PNG, "Doc_0/Res/m.PNG": PNG + b"mask", "Doc_0/c.icc": b"icc"}
LINE = unit(7, path(30, DrawParam="3"))
RICH = f"""
<o:ColorSpaces><o:ColorSpace ID="2" Type="RGB" Profile="../c.icc"><o:Palette><o:CV>200 0 0</o:CV></o:Palette></o:ColorSpace></o:ColorSpaces>
<o:DrawParams><o:DrawParam ID="3" Relative="4" LineWidth="1"/>
<o:DrawParam ID="4"><o:StrokeColor ColorSpace="2" Index="0"/></o:DrawParam></o:DrawParams>
<o:Fonts><o:Font ID="1" FontName="x"><o:FontFile>f.ttf</o:FontFile></o:Font></o:Fonts>
<o:MultiMedias><o:MultiMedia ID="5" Type="Image"><o:MediaFile>a.png</o:MediaFile></o:MultiMedia>
<o:MultiMedia ID="6" Type="Image"><o:MediaFile>m.PNG</o:MediaFile></o:MultiMedia></o:MultiMedias>
<o:CompositeGraphicUnits>{LINE}</o:CompositeGraphicUnits>
"""
PATTERN = f'<o:Pattern Width="2" Height="2"><o:CellContent>{path(31)}</o:CellContent></o:Pattern>'
AREA = '<o:Area><o:Path Boundary="0 0 5 5"><o:AbbreviatedData>M 0 0 L 5 5</o:AbbreviatedData></o:Path></o:Area>'
TEXT = '<o:TextCode X="1" Y="2">印</o:TextCode></o:TextObject>'
IMAGE = '<o:ImageObject ID="21" Boundary="1 1 9 9" ResourceID="5" ImageMask="6" CTM="9 0 0 9 0 0"/>'
OBJECTS = [
    f'<o:TextObject ID="20" Boundary="0 0 9 9" Font="1" Size="3"><o:FillColor Value="0" ColorSpace="2"/>{TEXT}',
    IMAGE,
    use(7),
    path(22, f"<o:FillColor>{PATTERN}</o:FillColor>", Fill="true"),
    f'<o:PageBlock ID="23">{path(24, f"<o:Clips><o:Clip>{AREA}</o:Clip></o:Clips>")}</o:PageBlock>',
]


def rich() -> Entries:
    return seal_entries(layer(*OBJECTS), resources=RICH, files=FILES)


def xml(copy: bytes, name: str) -> ET.Element:
    return ET.fromstring(entries_of(copy)[name])


def stamps_of(copy: bytes) -> list[ET.Element]:
    return [one for one in xml(copy, ANNOTATIONS).iter(f"{NS}Annot") if one.get("Type") == "Stamp"]


def object_of(copy: bytes, place: int = 0) -> ET.Element:
    (shown,) = stamps_of(copy)[place][0]
    return shown


def unit_of(copy: bytes) -> ET.Element:
    (found,) = [
        one
        for one in xml(copy, LISTING).iter(f"{NS}CompositeGraphicUnit")
        if one.get("ID") == object_of(copy).get("ResourceID")
    ]
    return found


def is_frame(copy: bytes, place: int = 0) -> bool:
    stamp = stamps_of(copy)[place]
    said = "".join(one.text or "" for one in stamp.iter(f"{NS}TextCode"))
    return said == "印章样例专用章" and stamp.find(f".//{NS}CompositeObject") is None


def meaning(element: ET.Element, listing: ET.Element, files: Entries) -> object:
    """An element without its IDs: every reference replaced by what it means, every location by the file."""
    known = {entry.get("ID"): entry for group in listing for entry in group}
    own = {
        name: meaning(known[value], listing, files) if name in REFERENCES else value
        for name, value in element.attrib.items()
        if name not in {"ID", "Profile"}
    }
    text = (element.text or "").strip()
    if element.tag in {f"{NS}FontFile", f"{NS}MediaFile"}:
        text = files[text].hex()
    profile = files[element.attrib["Profile"]] if "Profile" in element.attrib else None
    return element.tag, own, profile, text, [meaning(one, listing, files) for one in element]


def test_every_object_and_all_it_refers_to_are_the_seals() -> None:
    entries = rich()
    copy = copied(original(entries))
    (block,) = unit_of(copy)[0]
    layer = ET.fromstring(entries["Doc_0/Pages/P.xml"]).find(f".//{NS}Layer")
    assert layer is not None
    before = {name.removeprefix("Doc_0/Res/"): data for name, data in FILES.items()} | {"../c.icc": b"icc"}
    after = {name.removeprefix("UsageCopy/Res/"): data for name, data in entries_of(copy).items()}

    resources = ET.fromstring(entries["Doc_0/PublicRes.xml"])
    assert [meaning(one, xml(copy, LISTING), after) for one in block] == [
        meaning(one, resources, before) for one in layer
    ]
    assert len(block) == len(OBJECTS)


def test_every_id_is_fresh_and_used_once() -> None:
    entries = original(rich(), rich() | {"x": b"another seal"})
    copy = copied(entries)
    given = [
        int(one.get("ID", "0"))
        for name in (LISTING, ANNOTATIONS)
        for one in xml(copy, name).iter()
        if "ID" in one.attrib
    ]
    used = [int(found) for data in entries.values() for found in re.findall(rb'ID="(\d+)"', data)]

    assert min(given) > max(used)
    assert len(given) == len(set(given))
    assert int(xml(copy, "Doc_0/UsageCopy_0.xml").findtext(f".//{NS}MaxUnitID") or 0) >= max(given)


def test_the_copy_is_valid_and_equal_inputs_give_equal_entries() -> None:
    entries = original(rich())
    one, other = (entries_of(copied(entries)) for _ in range(2))

    report = verified(copied(entries))
    assert report.copy is not None
    assert (report.verdict, report.copy.original) == (Verdict.VALID, verified(write_package(entries)))
    assert {name for name in one if one[name] != other[name]} == {"UsageCopy/Signs/Sign_0/SignedValue.dat"}


@pytest.mark.parametrize(
    ("box", "clip", "boundary", "ctm"),
    [
        pytest.param("0 0 40 40", "", "0 0 60 30", "1.5 0 0 0.75 0 0", id="stretched to the stamp's box"),
        pytest.param("10 -5 30 20", "", "0 0 60 30", "2 0 0 1.5 -20 7.5", id="a page that does not begin at its corner"),
        pytest.param("0 0 40 40", "8 1 9 29", "0 0 9 29", "1.5 0 0 0.75 -8 -1", id="a riding seal's part"),
    ],
)  # fmt: skip
def test_the_page_lies_in_the_stamps_box(box: str, clip: str, boundary: str, ctm: str) -> None:
    entries = original(seal_entries(box=box))
    if clip:
        name = "Doc_0/Signs/Sign_0/Signature.xml"
        entries = changed(entries, name, b"<ofd:StampAnnot ", f'<ofd:StampAnnot Clip="{clip}" '.encode())
    shown = object_of(copied(entries))

    assert (shown.tag, shown.get("Boundary"), shown.get("CTM")) == (f"{NS}CompositeObject", boundary, ctm)
    x, y, width, height = map(float, box.split())
    size = unit_of(copied(entries))
    assert (float(size.get("Width", "0")), float(size.get("Height", "0"))) == (x + width, y + height)


def test_a_seal_that_is_shown_twice_stands_in_the_copy_once() -> None:
    copy = copied(original(rich(), stamps=[Stamp(page=PAGE_ID, box=(10, y, 40, 30)) for y in (20, 90)]))

    assert object_of(copy, 0).get("ResourceID") == object_of(copy, 1).get("ResourceID")
    assert len([name for name in entries_of(copy) if name.startswith("UsageCopy/Res/")]) == len(FILES)


def test_templates_and_layers_are_drawn_in_their_order() -> None:
    def named(name: str, kind: str = "") -> str:
        return layer(path(8, Name=name), attributes=kind)

    templates = {
        f"Doc_0/T{number}.xml": f"<o:Page {SPACE}><o:Content>{named(f'template {number}')}</o:Content></o:Page>".encode()
        for number in (1, 2)
    }
    entries = seal_entries(
        named("last", 'Type="Foreground"') + named("body") + named("first", 'Type="Background"'),
        common='<o:TemplatePage ID="51" BaseLoc="T1.xml" ZOrder="Foreground"/><o:TemplatePage ID="52" BaseLoc="T2.xml"/>',
        of_page='<o:Template TemplateID="51"/><o:Template TemplateID="52"/>',
        files=templates,
    )
    drawn = [one.get("Name") for one in unit_of(copied(original(entries))).iter(f"{NS}PathObject")]

    assert drawn == ["template 2", "first", "body", "last", "template 1"]


def test_a_pages_own_resources_come_before_the_documents() -> None:
    def fonts(name: str) -> str:
        return f'<o:Fonts><o:Font ID="1" FontName="{name}"/></o:Fonts>'

    text = '<o:TextObject ID="4" Boundary="0 0 9 9" Font="1" Size="3"><o:TextCode X="0" Y="0">印</o:TextCode></o:TextObject>'
    entries = seal_entries(
        layer(text),
        resources=fonts("the document's"),
        of_page="<o:PageRes>../Own.xml</o:PageRes>",
        files={"Doc_0/Own.xml": f"<o:Res {SPACE}>{fonts('its own')}</o:Res>".encode()},
    )
    names = {one.get("FontName") for one in xml(copied(original(entries)), LISTING).iter(f"{NS}Font")}

    assert names == {"宋体", "its own"}


def test_a_layers_drawing_parameters_become_its_objects() -> None:
    entries = seal_entries(layer(path(8), attributes='DrawParam="3"'), resources=RICH, files=FILES)
    copy = copied(original(entries))
    line = unit_of(copy).find(f".//{NS}PathObject")
    assert line is not None

    (parameters,) = [one for one in xml(copy, LISTING).iter(f"{NS}DrawParam") if one.get("ID") == line.get("DrawParam")]
    assert parameters.get("LineWidth") == "1"


def test_a_reference_that_readers_do_without_is_left_out() -> None:
    """As in the real seal of an invoice, whose StrokeColor names a font for its ColorSpace."""
    line = path(8, '<o:StrokeColor Value="255 0 0" ColorSpace="98"/>', DrawParam="99")
    copied_line = unit_of(copied(original(seal_entries(layer(line))))).find(f".//{NS}PathObject")
    assert copied_line is not None

    assert "DrawParam" not in copied_line.attrib
    assert copied_line[0].attrib == {"Value": "255 0 0"}


def test_what_a_click_on_a_seal_would_do_is_left_out() -> None:
    inner = '<o:Actions><o:Action Event="CLICK"><o:URI URI="http://x"/></o:Action></o:Actions>'
    copy = copied(original(seal_entries(layer(path(8, inner)))))

    assert object_of(copy).tag == f"{NS}CompositeObject"
    assert not list(xml(copy, LISTING).iter(f"{NS}Actions"))


def _with_picture(data: bytes) -> Entries:
    return seal_entries(layer(IMAGE), resources=RICH, files=FILES | {"Doc_0/Res/a.png": data})


def _filled(value: str) -> Entries:
    return seal_entries(layer(path(8, f'<o:FillColor Value="{value}"/>', Fill="true")))


@pytest.mark.parametrize(
    ("entries", "alpha"),
    [
        pytest.param(seal_entries(), None, id="lines"),
        pytest.param(_with_picture(PNG), None, id="a picture with a transparent ground"),
        pytest.param(_with_picture(JPEG), "170", id="an opaque picture"),
        pytest.param(_filled("255 255  255"), "170", id="a white ground"),
        pytest.param(_filled("255 0 0"), None, id="a red star"),
    ],
)
def test_a_seal_with_a_white_ground_hides_no_print(entries: Entries, alpha: str | None) -> None:
    assert object_of(copied(original(entries))).get("Alpha") == alpha


def _bomb() -> Entries:
    return seal_entries(
        files={f"Doc_0/zeros_{number}": b"\0" * RATIO_FREE for number in range(parts.MAX_READ // RATIO_FREE)}
    )


MANY = "".join(unit(100 + level, use(101 + level) * 10) for level in range(8)) + unit(108, RED_LINE)
LAUGHS, RING = (f"<o:CompositeGraphicUnits>{units}</o:CompositeGraphicUnits>" for units in (MANY, unit(100, use(100))))
FRAMED: list[tuple[str, str, Entries | bytes]] = [
    ("no package", "damaged zip", b"PK\x03\x04ofd"),
    ("more bytes than a copy reads", "of more than", _bomb()),
    ("more elements than are drawn", "more than 6000", seal_entries(layer(RED_LINE * (vectors.MAX_ELEMENTS // 3 + 1)))),
    ("units in units that multiply", "more than 6000", seal_entries(layer(use(100)), resources=LAUGHS)),
    ("a unit that shows itself", "refer to themselves", seal_entries(layer(use(100)), resources=RING)),
    ("blocks too deep", "deeper than", seal_entries(layer("<o:PageBlock>" * 50, RED_LINE, "</o:PageBlock>" * 50))),
    ("an element that is not known", "not known here", seal_entries(layer(RED_LINE, '<o:Video ID="3"/>'))),
    ("an element of another namespace", "not known here", seal_entries(layer(RED_LINE, '<x:y xmlns:x="urn:x"/>'))),
    ("a picture that is not listed", "not among its resources", seal_entries(layer(IMAGE))),
    ("a picture whose file is missing", "not in the package", seal_entries(layer(IMAGE), resources=RICH, files={})),
    ("a layer and its object with both", "drawing parameters", seal_entries(layer(path(8, DrawParam="4"), attributes='DrawParam="3"'))),
    ("a page that shows nothing", "shows nothing", seal_entries(layer())),
    ("no page", "without a page", changed(seal_entries(), "Doc_0/Document.xml", b"<o:Page ", b"<o:NoPage ")),
    ("a page that is not there", "not in the package", changed(seal_entries(), "Doc_0/Document.xml", b"Pages/P.xml", b"Pages/Q.xml")),
    ("a template that is not there", "template page is missing", seal_entries(of_page='<o:Template TemplateID="51"/>')),
    ("annotations", "with annotations", seal_entries(document="<o:Annotations>A.xml</o:Annotations>")),
    ("a page without a size", "without area", seal_entries(box="0 0 0 40")),
    ("a document type", "DOCTYPE", changed(seal_entries(), "Doc_0/Pages/P.xml", b"<o:Page", b"<!DOCTYPE x><o:Page")),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "seal"), [pytest.param(reason, seal, id=name) for name, reason, seal in FRAMED])
def test_a_seal_is_not_copied_for_its_own_reason(reason: str, seal: Entries | bytes) -> None:
    with pytest.raises(DocumentError, match=reason):
        vectors.copy_seal_page(
            read_seal_page(seal if isinstance(seal, bytes) else write_package(seal), parts.Purse("seals")),
            Shelf(),
            map(str, count(1)),
        )


@pytest.mark.parametrize("seal", [pytest.param(seal, id=name) for name, _, seal in FRAMED])
def test_a_seal_that_is_damaged_too_large_or_unusual_is_a_frame_and_leaves_nothing_behind(
    seal: Entries | bytes,
) -> None:
    entries = original(seal)
    copy = copied(entries)

    assert is_frame(copy)
    assert len(list(xml(copy, LISTING).iter())) == len(("Res", "Fonts", "Font"))
    assert not [name for name in entries_of(copy) if name.startswith("UsageCopy/Res/")]
    assert verified(copy).verdict is verified(write_package(entries)).verdict is Verdict.VALID


def test_a_seal_that_is_too_large_does_not_take_the_next_ones_place() -> None:
    copy = copied(original(_bomb(), rich()))

    assert (is_frame(copy, 0), is_frame(copy, 1)) == (True, False)


def test_an_independent_reader_reads_the_same_page(tmp_path: Path) -> None:
    entries = original(rich())
    (tmp_path / "original.ofd").write_bytes(write_package(entries))
    (tmp_path / "copy.ofd").write_bytes(copied(entries))
    with ofdkit.open(tmp_path / "original.ofd") as before, ofdkit.open(tmp_path / "copy.ofd") as after:
        assert before.text() == after.text()
        assert len(before.pages) == len(after.pages)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_seal_with_a_damaged_part_never_spoils_the_copy(data: st.DataObject) -> None:
    entries = rich()
    name = data.draw(st.sampled_from(sorted(entries)))
    bad = bytearray(entries[name])
    at = data.draw(st.integers(0, len(bad) - 1))
    bad[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    copy = copied(original({**entries, name: bytes(bad)}))

    assert stamps_of(copy)
    assert verified(copy).verdict is Verdict.VALID
