"""The zip writer: other readers read it, and packed entries go from one package to another as they are."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from trust.ofd import read_package
from trust.ofd.container import MAX_NAME
from trust.ofd.signatures import write_package
from trust.ofd.zipping import pack, write_zip

ROOT = b"<o:OFD xmlns:o='http://www.ofdspec.org/2016'><o:DocBody><o:DocRoot>OFD.xml</o:DocRoot></o:DocBody></o:OFD>"
NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\:\x00", categories=("L", "N", "S", "P")), min_size=1
)
ENTRIES = st.dictionaries(NAMES.filter(lambda name: len(name) < MAX_NAME), st.binary(max_size=3000), max_size=5)


@given(ENTRIES)
def test_the_standard_library_reads_what_was_written(entries: dict[str, bytes]) -> None:
    data = write_zip({name: pack(content) for name, content in entries.items()})
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        assert container.testzip() is None
        assert entries == {one.orig_filename: container.read(one) for one in container.infolist()}


def test_equal_entries_give_equal_bytes_without_a_clock() -> None:
    assert write_package({"OFD.xml": ROOT, "样例": b"x" * 999}) == write_package({"OFD.xml": ROOT, "样例": b"x" * 999})


def test_what_does_not_shrink_is_stored() -> None:
    assert [pack(data).method for data in (b"", b"\x89PNG", b"x" * 99)] == [
        zipfile.ZIP_STORED,
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ]


def test_entries_of_another_writer_are_taken_as_they_are() -> None:
    """Its local headers may have extra fields, no sizes (a stream), other levels and names without the UTF-8 flag."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        container.writestr("OFD.xml", ROOT)
        stored = zipfile.ZipInfo("Doc_0/样例.bin")
        stored.extra = b"\xff\xff\x04\x00abcd"
        container.writestr(stored, b"\x00" * 4000, zipfile.ZIP_STORED)
        with container.open("Doc_0/stream.txt", "w", force_zip64=True) as stream:
            stream.write(b"streamed " * 500)
    package = read_package(target.getvalue())
    again = read_package(write_zip({path: package.packed(path) for path in package.entries}))

    assert package.entries == again.entries
    assert [package.read(path) for path in package.entries] == [again.read(path) for path in again.entries]
    assert [package.packed(path) for path in package.entries] == [again.packed(path) for path in again.entries]
