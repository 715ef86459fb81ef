"""Making a usage copy: what it keeps, what it adds, and which originals are refused. DESIGN §2.6."""

import random
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import ofdkit
import pytest

from tests.trust.ofd.signatures.makers import PICTURE, Entries, face, plain, seal, sealed, sealer
from tests.trust.ofd.usage_copy.makers import MADE, NS, TERMS, a_copy, copied, entries_of, opened, provider, with_part
from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd import Signer, make_usage_copy, read_usage_copy
from trust.ofd.signatures import Stamp, write_package
from trust.ofd.usage_copy.checks import MAX_DOCUMENTS
from trust.ofd.usage_copy.documents import MAX_PAGES

ROOT = "Doc_0/Document.xml"
COPY_ROOT = "Doc_0/UsageCopy_0.xml"
ANNOTATIONS = "UsageCopy/Doc_0/Page_0.xml"
BODY = b"<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
PAGE_TWO = b'<ofd:Page ID="900" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'


def _xml(data: bytes, name: str) -> ET.Element:
    return ET.fromstring(entries_of(data)[name])


def _annotations(data: bytes, name: str = ANNOTATIONS) -> list[ET.Element]:
    return list(_xml(data, name).iter(f"{NS}Annot"))


def _kinds(data: bytes, name: str = ANNOTATIONS) -> list[str]:
    return [one.get("Type", "") for one in _annotations(data, name)]


def _texts(data: bytes, name: str = ANNOTATIONS) -> list[str]:
    return [element.text or "" for element in _xml(data, name).iter(f"{NS}TextCode")]


def test_every_entry_of_the_original_stays_byte_for_byte() -> None:
    original = sealed()
    copy = entries_of(copied(original))

    assert original.pop("OFD.xml") == copy["UsageCopy/Original/OFD.xml"]
    assert original == {name: copy[name] for name in original}
    added = copy.keys() - original.keys() - {"OFD.xml"}
    assert {name for name in added if not name.startswith("UsageCopy/")} == {COPY_ROOT}


def test_making_one_takes_twice_the_size_of_a_file_that_does_not_deflate_beside_the_file_itself() -> None:
    original = write_package(plain() | {"Doc_0/Res/noise.bin": random.Random(7).randbytes(8 << 20)})
    tracemalloc.start()
    make_usage_copy(original, TERMS, provider())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2.5 * len(original)


def test_the_copy_says_its_terms_and_the_originals_digest() -> None:
    original = write_package(sealed())
    copy = read_usage_copy(opened(make_usage_copy(original, TERMS, provider())))
    assert copy is not None

    assert (copy.terms, copy.original_sm3) == (TERMS, sm3(original).hex())


def test_equal_inputs_give_equal_bytes_but_for_the_signature() -> None:
    one, other = entries_of(copied()), entries_of(copied(sealed()))
    differing = {name for name in one if one[name] != other[name] and "Signs/Sign_0" not in name}
    value = "UsageCopy/Signs/Sign_0/SignedValue.dat"
    original = write_package(sealed())
    first, second = (entries_of(make_usage_copy(original, TERMS, provider())) for _ in range(2))

    assert differing <= {"OFD.xml"}  # the seal of another signing is another file, and so another SM3
    assert {name for name in first if first[name] != second[name]} <= {value}
    assert list(first) == list(second)


def test_what_was_deflated_is_not_deflated_again() -> None:
    original = write_package(sealed())
    kept = {name: opened(original).packed(name) for name in opened(original).entries if name != "OFD.xml"}
    copy = opened(make_usage_copy(original, TERMS, provider()))

    assert kept == {name: copy.packed(name) for name in kept}


def test_the_shown_document_is_the_copys_and_has_the_same_pages() -> None:
    copy = opened(a_copy())
    root, original = _xml(a_copy(), COPY_ROOT), ET.fromstring(sealed()[ROOT])

    assert copy.doc_roots == (COPY_ROOT,)
    pages = [[page.attrib for page in one.iter(f"{NS}Page")] for one in (root, original)]
    assert pages[0] == pages[1]
    assert root.findtext(f"{NS}Annotations") == "/UsageCopy/Doc_0/Annotations.xml"
    assert [one.text for one in root.iter(f"{NS}PublicRes")] == ["PublicRes.xml", "/UsageCopy/Res.xml"]


def test_every_page_has_the_watermark_with_all_its_words() -> None:
    data = copied(with_part(ROOT, b"</ofd:Pages>", PAGE_TWO))
    listed = [
        (page.get("PageID"), page.findtext(f"{NS}FileLoc")) for page in _xml(data, "UsageCopy/Doc_0/Annotations.xml")
    ]

    assert [identity for identity, _ in listed] == [plain_page(), "900"]
    for _, location in listed:
        assert location is not None
        name = location.lstrip("/")
        assert _kinds(data, name) == ["Watermark"]
        said = "".join(_texts(data, name))
        for words in (TERMS.cause, TERMS.using_unit, TERMS.creator, TERMS.exchange_id, "加注件"):
            assert said.count(words) > 6
        assert said.count("2024-04-30 16:00:00") > 6
        assert said.count("2024-05-31 16:00:00") > 6


def plain_page() -> str:
    page = ET.fromstring(plain()[ROOT]).find(f".//{NS}Page")
    assert page is not None

    return page.get("ID", "")


def test_the_longest_terms_still_give_several_whole_tiles() -> None:
    data = copied(creator="制" * 256, cause="因" * 200, using_unit="用" * 256, exchange_id="x" * 128)
    said = "".join(_texts(data))
    sizes = {float(one.get("Size", "0")) for one in _xml(data, ANNOTATIONS).iter(f"{NS}TextObject")}

    assert said.count("因" * 200) >= 3
    assert min(sizes) > 1.2  # millimetres: 3.5 points


@pytest.mark.parametrize(
    ("box", "boundary"),
    [
        pytest.param(b"0 0 420 297", "0 0 420 297", id="the document's"),
        pytest.param(b"5 -5 85.6 54", "5 -5 85.6 54", id="a card that does not begin at the corner"),
        pytest.param(b"0 0 5000 5", "0 0 5000 5", id="a ribbon"),
    ],
)
def test_the_watermark_covers_the_page(box: bytes, boundary: str) -> None:
    data = copied(with_part(ROOT, b"0 0 210 297", box))
    (watermark,) = _annotations(data)
    appearance = watermark.find(f"{NS}Appearance")
    assert appearance is not None

    assert appearance.get("Boundary") == boundary
    width, height = map(float, boundary.split()[2:])
    corners = [tuple(map(float, one.get("CTM", "").split()[4:])) for one in appearance.iter(f"{NS}TextObject")]
    halves = {(x > width / 2, y > height / 2) for x, y in corners}
    assert len(corners) < 2000
    assert {x for x, _ in halves} == {True, False}


def test_a_pages_own_area_comes_before_the_documents() -> None:
    area = b"<ofd:Area><ofd:PhysicalBox>0 0 100 80</ofd:PhysicalBox></ofd:Area><ofd:Content>"
    data = copied(with_part("Doc_0/Pages/Page_0/Content.xml", b"<ofd:Content>", area))
    appearance = _annotations(data)[0].find(f"{NS}Appearance")
    assert appearance is not None

    assert appearance.get("Boundary") == "0 0 100 80"


def test_without_any_area_a_page_is_a4() -> None:
    entries = with_part(ROOT, plain()[ROOT][plain()[ROOT].index(b"<ofd:PageArea>") :].split(b"<ofd:PublicRes>")[0], b"")
    appearance = _annotations(copied(entries))[0].find(f"{NS}Appearance")
    assert appearance is not None

    assert appearance.get("Boundary") == "0 0 210 297"


def test_seals_of_the_original_are_shown_as_stamps_under_the_watermark() -> None:
    stamps = (Stamp(page=int(plain_page()), box=(10, 20, 40, 30)),)
    data = copied(sealed(sealer(stamps=stamps)))
    assert _kinds(data) == ["Stamp", "Watermark"]
    stamp = _annotations(data)[0]
    image = stamp.find(f".//{NS}ImageObject")
    assert image is not None
    media = next(one for one in _xml(data, "UsageCopy/Res.xml").iter(f"{NS}MultiMedia"))

    assert image.get("ResourceID") == media.get("ID")
    assert (image.get("Boundary"), image.get("CTM")) == ("0 0 40 30", "40 0 0 30 0 0")
    assert stamp[0].get("Boundary") == "10 20 40 30"
    assert entries_of(data)[f"UsageCopy/Res/{media.findtext(f'{NS}MediaFile')}"] == PICTURE


def test_a_riding_seal_keeps_its_part() -> None:
    page = plain_page().encode()
    entries = sealed()
    xml = entries["Doc_0/Signs/Sign_0/Signature.xml"]
    shown = re.sub(
        rb"<ofd:StampAnnot [^>]*/>",
        b'<ofd:StampAnnot PageRef="%s" Boundary="202 40 40 40" Clip="8 1 8 39"/>' % page,
        xml,
    )
    data = copied({**entries, "Doc_0/Signs/Sign_0/Signature.xml": shown})
    appearance = _annotations(data)[0].find(f"{NS}Appearance")
    assert appearance is not None

    assert appearance.get("Boundary") == "210 41 8 39"
    assert (appearance[0].get("Boundary"), appearance[0].get("CTM")) == ("0 0 8 39", "40 0 0 40 -8 -1")


@pytest.mark.parametrize(
    ("picture", "kind", "alpha"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06rest", "png", None, id="a PNG with alpha"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x02rest", "png", "170", id="an opaque PNG"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x03..tRNS", "png", None, id="a PNG with a palette"
        ),
        pytest.param(b"\xff\xd8\xff\xe0rest", "jpg", "170", id="a JPEG"),
        pytest.param(b"BMrest", "bmp", "170", id="a BMP"),
        pytest.param(b"GIF89arest", "gif", None, id="a GIF"),
    ],
)
def test_a_seal_with_a_white_ground_hides_no_print(picture: bytes, kind: str, alpha: str | None) -> None:
    stamps = (Stamp(page=int(plain_page()), box=(10, 20, 40, 30)),)
    signer = sealer(stamps=stamps, seal=seal(shown=replace(face(), picture=picture)))
    data = copied(sealed(signer))
    image = _annotations(data)[0].find(f".//{NS}ImageObject")
    assert image is not None

    assert image.get("Alpha") == alpha
    assert f"UsageCopy/Res/Seal_0.{kind}" in entries_of(data)


@pytest.mark.parametrize(
    ("signer", "words"),
    [
        pytest.param(
            sealer(seal=seal(shown=replace(face(), picture=b"PK\x03\x04ofd"))),
            "印章样例专用章",
            id="an OFD in the seal",
        ),
        pytest.param(sealer(seal=None), "印章", id="a stamp without a seal"),
    ],
)
def test_a_seal_without_a_picture_is_a_frame_with_its_name(signer: Signer, words: str) -> None:
    data = copied(sealed(replace(signer, stamps=(Stamp(page=int(plain_page()), box=(10, 20, 40, 30)),))))
    stamp = _annotations(data)[0]

    assert stamp.find(f".//{NS}PathObject") is not None
    assert "".join(one.text or "" for one in stamp.iter(f"{NS}TextCode")) == words


def test_annotations_of_the_original_stay_in_front_of_ours() -> None:
    entries = with_part(ROOT, b"</ofd:Document>", b"<ofd:Annotations>Annots/All.xml</ofd:Annotations></ofd:Document>")
    listed = f'<a:Page PageID="{plain_page()}"><a:FileLoc>P.xml</a:FileLoc></a:Page>'
    entries |= {
        "Doc_0/Annots/All.xml": f'<a:Annotations xmlns:a="http://www.ofdspec.org">{listed}</a:Annotations>'.encode(),
        "Doc_0/Annots/P.xml": b'<a:PageAnnot xmlns:a="http://www.ofdspec.org"><a:Annot ID="77" Type="Link"><x/></a:Annot></a:PageAnnot>',
    }

    assert _kinds(copied(entries)) == ["Link", "Watermark"]
    assert len(_xml(copied(entries), COPY_ROOT).findall(f"{NS}Annotations")) == 1


def test_our_ids_are_beyond_every_id_of_the_original_even_where_its_maximum_is_wrong() -> None:
    entries = with_part("Doc_0/Pages/Page_0/Content.xml", b'<ofd:Layer ID="', b'<ofd:Layer ID="5000')
    data = copied(entries)
    names = ("UsageCopy/Res.xml", ANNOTATIONS)
    ours = [int(one.get("ID", "0")) for name in names for one in _xml(data, name).iter() if one.get("ID")]
    used = max(map(int, re.findall(rb'ID="(\d+)"', entries["Doc_0/Pages/Page_0/Content.xml"])))

    assert used >= 50000
    assert min(ours) > used
    assert len(ours) == len(set(ours))
    assert int(_xml(data, COPY_ROOT).findtext(f".//{NS}MaxUnitID") or 0) >= max(ours)


def test_the_font_of_the_watermark_is_a_named_one_that_no_page_uses() -> None:
    (font,) = _xml(a_copy(), "UsageCopy/Res.xml").iter(f"{NS}Font")

    assert font.get("FontName") == "宋体"
    assert {one.get("Font") for one in _xml(a_copy(), ANNOTATIONS).iter(f"{NS}TextObject")} == {font.get("ID")}


def _two_documents() -> Entries:
    body = b"<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    entries = with_part("OFD.xml", b"</ofd:OFD>", body)
    return entries | {
        name.replace("Doc_0", "Doc_1"): data for name, data in entries.items() if name.startswith("Doc_0")
    }


def test_every_document_of_a_package_gets_its_watermark() -> None:
    data = copied(_two_documents())

    assert opened(data).doc_roots == (COPY_ROOT, "Doc_1/UsageCopy_1.xml")
    assert _kinds(data, "UsageCopy/Doc_1/Page_0.xml") == ["Watermark"]


def test_other_custom_data_stay_and_those_of_another_makers_copy_give_way() -> None:
    item = '<ofd:CustomData Name="{}">{}</ofd:CustomData>'.format
    custom = f"<ofd:CustomDatas>{item('ZZBS', '1.2.3')}{item('JZJZZZ', 'a')}</ofd:CustomDatas>".encode()
    old = b"<ofd:CuslomDatas><ofd:CuslomData Name='JZJZZSY'>old</ofd:CuslomData></ofd:CuslomDatas></ofd:DocInfo>"
    found = opened(copied(with_part("OFD.xml", b"</ofd:DocInfo>", custom + old))).custom_data

    assert (found["ZZBS"], found["JZJZZZ"], found["JZJZZSY"]) == ("1.2.3", TERMS.creator, TERMS.cause)


def test_earlier_versions_are_not_shown_by_the_copy() -> None:
    versions = b'<ofd:Versions><ofd:Version ID="1" Index="1" BaseLoc="/V.xml"/></ofd:Versions></ofd:DocBody>'
    data = copied(with_part("OFD.xml", b"</ofd:DocBody>", versions))

    assert b"Versions" not in entries_of(data)["OFD.xml"]
    assert b"Versions" in entries_of(data)["UsageCopy/Original/OFD.xml"]


def test_an_independent_reader_reads_the_same_pages(tmp_path: Path) -> None:
    files = {"original.ofd": write_package(sealed()), "copy.ofd": a_copy()}
    texts = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with ofdkit.open(tmp_path / name) as document:
            texts.append((document.text(), len(document.pages)))

    assert texts[0] == texts[1]


def _ribbons(number: int) -> Entries:
    pages = "".join(
        f'<ofd:Page ID="{1000 + place}" BaseLoc="Pages/Page_0/Content.xml"/>' for place in range(number - 1)
    )
    return with_part(
        ROOT, b"0 0 210 297", b"0 0 5000 60", with_part(ROOT, b"</ofd:Pages>", f"{pages}</ofd:Pages>".encode())
    )


def _bodies_with_one_list() -> Entries:
    entries = sealed()
    body = entries["OFD.xml"][entries["OFD.xml"].index(b"<ofd:DocBody>") :]
    return {**entries, "OFD.xml": entries["OFD.xml"].replace(b"</ofd:OFD>", body)}


def _large_page() -> Entries:
    name = "Doc_0/Pages/Page_0/Content.xml"
    entries = _ribbons(MAX_PAGES)
    return {**entries, name: entries[name] + b"<!--" + b"x" * 100_000 + b"-->"}


def _renamed(name: str) -> Callable[[], Entries]:
    return lambda: {**plain(), name: b"<x/>"}


REFUSED: list[tuple[str, Callable[[], Entries], str]] = [
    ("a copy of a copy", lambda: entries_of(a_copy()), "usage copy already"),
    ("our folder is taken", _renamed("usagecopy/x"), "keep for themselves"),
    ("our document root is taken", _renamed("Doc_0/USAGECOPY_0.xml"), "keep for themselves"),
    ("a name with a blank at its end", _renamed("Doc_0/x "), "cannot say"),
    ("a name that XML cannot carry", _renamed("Doc_0/\ufffe"), "cannot say"),
    ("a name of 1024 characters", _renamed("Doc_0/" + "x" * 1018), "cannot say"),
    ("no pages", lambda: with_part(ROOT, b"<ofd:Page ", b"<ofd:NoPage "), "no or more than"),
    ("a page that is not there", lambda: with_part(ROOT, b"Pages/Page_0", b"Pages/None"), "not in the package"),
    ("a page without an ID", lambda: with_part(ROOT, b"<ofd:Page ID=", b"<ofd:Page X="), "without an ID of its own"),
    ("two pages with one ID", lambda: with_part(ROOT, b"</ofd:Pages>", PAGE_TWO.replace(b"900", plain_page().encode())), "of its own"),
    ("no common data", lambda: with_part(ROOT, b"CommonData", b"OtherData"), "without CommonData"),
    ("no list of pages", lambda: with_part(ROOT, b"ofd:Pages>", b"ofd:Leaves>"), "without Pages"),
    ("a page without area", lambda: with_part(ROOT, b"0 0 210 297", b"0 0 0 297"), "without area"),
    ("a page as large as a field", lambda: with_part(ROOT, b"0 0 210 297", b"0 0 5001 1"), "5000 mm"),
    ("a size that is no number", lambda: with_part(ROOT, b"0 0 210 297", b"0 0 nan 297"), "5000 mm"),
    ("a size of three numbers", lambda: with_part(ROOT, b"0 0 210 297", b"0 0 210"), "four numbers"),
    ("a thousand ribbons", lambda: _ribbons(MAX_PAGES), "too many and too large"),
    ("a page more than there may be", lambda: _ribbons(MAX_PAGES + 1), "no or more than"),
    ("more documents than there may be", lambda: with_part("OFD.xml", b"</ofd:OFD>", BODY * MAX_DOCUMENTS + b"</ofd:OFD>"), "64 documents"),
    ("two documents with one list of signatures", _bodies_with_one_list, "one list of signatures"),
    ("a large page that is named a thousand times", _large_page, "more than 67108864 bytes"),
    ("no ID left", lambda: with_part(ROOT, b'<ofd:Page ID="', b'<ofd:Page ID="4294967295" x="'), "none left"),
    (
        "annotations that are not there",
        lambda: with_part(ROOT, b"</ofd:Document>", b"<ofd:Annotations>A.xml</ofd:Annotations></ofd:Document>"),
        "not in the package",
    ),
    (
        "a signature that is not there",
        lambda: {name: data for name, data in sealed().items() if not name.endswith("Signature.xml")},
        "a Signature.xml is missing",
    ),
    (
        "a stamp without a place",
        lambda: with_part("Doc_0/Signs/Sign_0/Signature.xml", b'Boundary="', b'Boundary="x', sealed()),
        "a stamp's Boundary",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "reason"), [pytest.param(make, reason, id=name) for name, make, reason in REFUSED])
def test_what_a_copy_cannot_keep_is_refused(entries: Callable[[], Entries], reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        copied(entries())


def test_the_copy_is_signed_when_it_was_made() -> None:
    xml = entries_of(a_copy())["UsageCopy/Signs/Sign_0/Signature.xml"]

    assert f"{MADE:%Y%m%d%H%M%SZ}".encode() in xml
