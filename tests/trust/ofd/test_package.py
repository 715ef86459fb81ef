"""The package reader: it takes every real file at hand, and refuses what attacks and damage look like, by rule."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust.errors import DocumentError
from trust.ofd import read_package
from trust.ofd.container import MAX_ENTRIES
from trust.ofd.markup import MAX_DEPTH

OFD = Path(__file__).parents[4] / "shared" / "data" / "ofd"
ROOT = '<ofd:OFD xmlns:ofd="{ns}"><ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>'
STANDARD = "http://www.ofdspec.org/2016"
Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def _root(*, ns: str = STANDARD, info: str = "", root: str = "Doc_0/Document.xml") -> bytes:
    return ROOT.format(ns=ns, info=info, root=root).encode()


def _zip(
    *entries: tuple[str | zipfile.ZipInfo, bytes], root: bytes | None = None, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as container:
        container.writestr("OFD.xml", _root() if root is None else root)
        container.writestr("Doc_0/Document.xml", b"<a/>")
        for name, data in entries:
            container.writestr(name, data)
    return target.getvalue()


def _link() -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo("Doc_0/link")
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info, b"/etc/passwd"


def _encrypted() -> bytes:
    """Set the encryption bit of the last directory entry: APPNOTE 4.3.12 puts the flags 8 bytes behind its signature."""
    data = bytearray(_zip())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _damaged() -> bytes:
    data = bytearray(_zip(("Doc_0/x.bin", b"0123456789" * 9), method=zipfile.ZIP_STORED))
    data[data.index(b"0123456789")] ^= 1
    return bytes(data)


def _understated() -> bytes:
    """Declare fewer bytes than the entry inflates to: APPNOTE 4.3.12, uncompressed size at 24."""
    data = bytearray(_zip(("Doc_0/x.bin", b"0" * 100_000)))
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 10)
    return bytes(data)


def _overstated_total() -> bytes:
    """Three stored entries that each declare 200 MiB, inflated and compressed."""
    data = bytearray(_zip(*((f"Doc_0/{index}", b"x") for index in range(3)), method=zipfile.ZIP_STORED))
    at = -1
    for _ in range(5):
        at = data.index(b"PK\x01\x02", at + 1)
        struct.pack_into("<II", data, at + 20, 200 << 20, 200 << 20)
    return bytes(data)


def _overlapping() -> bytes:
    """A directory that names one stored entry many times, as the flat zip bombs do."""
    data = _zip(("Doc_0/a", b"x" * 5000), method=zipfile.ZIP_STORED)
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    entry, tail = data[start:end], bytearray(data[end:])
    copies = [entry.replace(b"Doc_0/a", f"Doc_0/{char}".encode()) for char in "bcd"]
    extra = b"".join(copies)
    count, size = struct.unpack_from("<HI", tail, 10)
    struct.pack_into("<HHI", tail, 8, count + 3, count + 3, size + len(extra))
    return data[:end] + extra + bytes(tail)


@pytest.mark.parametrize(
    ("name", "entries", "root"),
    [
        ("acc-rail-eticket-sample.ofd", 14, "Doc_0/Document.xml"),
        ("conf-6.2.003-relative.ofd", 13, "Doc_0/Document.xml"),
        ("inv-cq-test-5pages.ofd", 24, "Doc_0/Document.xml"),
        ("plain-hello.ofd", 4, "Doc_0/Document.xml"),
        ("plain-text-2p.ofd", 5, "Doc_0/Document.xml"),
        ("seal-gmt0031-test-bad.ofd", 9, "Doc_0/Document.xml"),
        ("seal-v4-allprotected.ofd", 8, "Doc_0/Document.xml"),
        ("seal-v4-riding.ofd", 11, "Doc_0/Document.xml"),
        ("sign-raw-sm2.ofd", 7, "Doc_0/Document.xml"),
        ("xml-nonstandard-ns.ofd", 4, "Doc_0/Document.xml"),
        ("zip-chinese-names-gbk.ofd", 5, "Doc_0/Document.xml"),
        ("zip-chinese-names-utf8.ofd", 5, "Doc_0/Document.xml"),
        ("zz-caikuang-xukezheng.ofd", 23, "Doc_0/Document_0.xml"),
        ("zz-yongdi-yushen-xuanzhi-yijianshu.ofd", 19, "Doc_0/Document_0.xml"),
    ],
)
def test_a_real_file_is_read(name: str, entries: int, root: str) -> None:
    if not OFD.is_dir():
        pytest.skip("../shared/data/ofd is not here")
    package = read_package((OFD / name).read_bytes())

    assert (entries, (root,)) == (len(package.entries), package.doc_roots)
    assert package.read(root).lstrip(b"\xef\xbb\xbf").startswith(b"<")


@pytest.mark.parametrize("name", ["zip-chinese-names-gbk.ofd", "zip-chinese-names-utf8.ofd"])
def test_chinese_names_are_the_same_in_both_encodings(name: str) -> None:
    if not OFD.is_dir():
        pytest.skip("../shared/data/ofd is not here")
    package = read_package((OFD / name).read_bytes())

    assert "Doc_0/Res/这是一个中文目录/数据文件.txt" in package.entries


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        pytest.param(lambda: b"", "not a zip", id="no bytes"),
        pytest.param(lambda: b"%PDF-1.7", "not a zip", id="a PDF"),
        pytest.param(lambda: b"junk" + _zip(), "not a zip", id="a zip behind other bytes"),
        pytest.param(lambda: _zip()[:-30], "damaged zip directory", id="a truncated file"),
        pytest.param(lambda: _zip(root=b"")[:-1], "damaged zip|well-formed", id="a file one byte short"),
        pytest.param(lambda: _zip(("../x", b"")), "leaves the package", id="a name that climbs out"),
        pytest.param(lambda: _zip(("a/../../x", b"")), "leaves the package", id="a name that climbs out later"),
        pytest.param(lambda: _zip(("/etc/x", b"")), "leaves the package", id="an absolute name"),
        pytest.param(lambda: _zip(("C:/x", b"")), "leaves the package", id="a Windows drive"),
        pytest.param(lambda: _zip(("..\\x", b"")), "leaves the package", id="a climb with backslashes"),
        pytest.param(lambda: _zip(("a\x07", b"")), "control characters", id="a bell in a name"),
        pytest.param(lambda: _zip(("x" * 2000, b"")), "1024 characters", id="an overlong name"),
        pytest.param(lambda: _zip(("doc_0/document.XML", b"<a/>")), "two entries", id="one name in two cases"),
        pytest.param(lambda: _zip(("./Doc_0/Document.xml", b"<a/>")), "two entries", id="one name written in two ways"),
        pytest.param(lambda: _zip(_link()), "symbolic links", id="a symbolic link"),
        pytest.param(_encrypted, "encrypted", id="an encrypted entry"),
        pytest.param(
            lambda: _zip(("x", b"x"), method=zipfile.ZIP_BZIP2), "stored and deflated", id="another compression"
        ),
        pytest.param(_damaged, "damaged zip entry", id="a flipped bit"),
        pytest.param(_understated, "damaged zip entry", id="an entry larger than it says"),
        pytest.param(_overstated_total, "bytes when inflated", id="too much in all"),
        pytest.param(_overlapping, "overlap", id="entries on top of each other"),
        pytest.param(lambda: _zip(("x", b"\x00" * (5 << 20))), "times its size", id="a bomb"),
        pytest.param(lambda: _zip(*((f"{n}", b"") for n in range(MAX_ENTRIES))), "entries", id="too many entries"),
        pytest.param(
            lambda: _zip(("p.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')), "DOCTYPE", id="an entity in a page"
        ),
        pytest.param(
            lambda: _zip(("p.XML", '<!DOCTYPE a SYSTEM "x"><a/>'.encode("utf-16"))), "DOCTYPE", id="a DTD in UTF-16"
        ),
        pytest.param(lambda: _zip(root=b"<!DOCTYPE x><OFD/>"), "DOCTYPE", id="a DTD in OFD.xml"),
        pytest.param(lambda: _zip(("p.xml", b"<a>" * (MAX_DEPTH + 1))), "deeper", id="XML too deep"),
        pytest.param(lambda: _zip(("p.xml", b"<a>")), "well-formed", id="broken XML"),
        pytest.param(
            lambda: _zip(("p.xml", b'<?xml version="1.0" encoding="nope"?><a/>')),
            "well-formed",
            id="an unknown encoding",
        ),
        pytest.param(
            lambda: _zip(("p.xml", b'<?xml version="1.0" encoding="gbk"?><a>\xb0\xa1</a>')),
            "well-formed",
            id="XML in GBK",
        ),
        pytest.param(lambda: _zip(root=b"<OFD/>"), "known namespace", id="a root without a namespace"),
        pytest.param(lambda: _zip(root=b"<x:OFD/>"), "well-formed", id="an unbound prefix in OFD.xml"),
        pytest.param(
            lambda: _zip(root=_root(ns="http://example.org")), "known namespace", id="a root in a strange namespace"
        ),
        pytest.param(lambda: _zip(root=f'<OFD xmlns="{STANDARD}"/>'.encode()), "no DocBody", id="no body"),
        pytest.param(lambda: _zip(root=_root(root=" ")), "without DocRoot", id="an empty document root"),
        pytest.param(
            lambda: _zip(root=_root(root="Doc_9/x.xml")), "no such file", id="a document root that is not there"
        ),
        pytest.param(lambda: _zip(root=_root(root="../x.xml")), "leaves the package", id="a document root outside"),
    ],
)
def test_a_broken_rule_is_named(make: Callable[[], bytes], rule: str) -> None:
    with pytest.raises(DocumentError, match=rule):
        read_package(make())


def test_without_ofd_xml_there_is_no_package() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as container:
        container.writestr("readme.txt", b"x")

    with pytest.raises(DocumentError, match=r"no OFD\.xml"):
        read_package(target.getvalue())


@pytest.mark.parametrize("ns", [STANDARD, "http://www.ofdspec.org"])
@pytest.mark.parametrize("word", ["CustomData", "CuslomData"])
def test_custom_data_are_read_in_both_namespaces_and_both_spellings(ns: str, word: str) -> None:
    info = f'<ofd:{word}s><ofd:{word} Name="ZZMC"> 采矿许可证 </ofd:{word}><ofd:{word} Name="ZZBH"/></ofd:{word}s>'

    assert read_package(_zip(root=_root(ns=ns, info=info))).custom_data == {"ZZMC": "采矿许可证", "ZZBH": ""}


def test_one_name_with_two_values_is_refused() -> None:
    info = '<ofd:CustomDatas><ofd:CustomData Name="ZZBS">1</ofd:CustomData><ofd:CustomData Name="ZZBS">2</ofd:CustomData></ofd:CustomDatas>'

    with pytest.raises(DocumentError, match="two values"):
        read_package(_zip(root=_root(info=info)))


def test_custom_data_stay_out_of_the_repr() -> None:
    info = '<ofd:CustomDatas><ofd:CustomData Name="CZZTDM">secret</ofd:CustomData></ofd:CustomDatas>'

    assert "secret" not in repr(read_package(_zip(root=_root(info=info))))


@pytest.mark.parametrize("name", ["Doc_0/Res/a.png", "/Doc_0/Res/a.png", "doc_0\\res\\A.PNG", "./Doc_0/Res/a.png"])
def test_a_file_is_found_however_it_is_named(name: str) -> None:
    package = read_package(_zip(("Doc_0\\Res\\a.png", b"picture"), root=_root(root="/doc_0/Document.xml")))

    assert package.read(name) == b"picture"
    assert package.doc_roots == ("Doc_0/Document.xml",)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_changed_bytes_give_a_package_or_a_document_error(data: st.DataObject) -> None:
    good = bytearray(_zip(("Doc_0/x.png", b"0123456789" * 5)))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        package = read_package(bytes(good))
    except DocumentError:
        return
    assert package.doc_roots
