"""Import sources: what is read, and that every mistake of every row is named without showing a value."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from node.library import source
from node.library.demo import DemoCertificate, SealCa, SealMaker, demo_certificates
from node.library.invented import REAL_ESTATE_TYPE
from node.library.manifest import Fault, ManifestError, Row, RowError, read_manifest, write_manifest
from node.library.record import FaceField, Status

CERTIFICATES = list(demo_certificates("330000", SealMaker(SealCa.new()), per_type=2))
TODAY = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_manifest(((one.record, one.file) for one in CERTIFICATES[:3]), tmp_path)
    return tmp_path


def _rows(path: Path) -> list[Row | RowError]:
    return list(read_manifest(path, today=TODAY))


def _columns(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((path / "manifest.csv").read_text("utf-8-sig"))))


def _text(rows: list[dict[str, str]]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _changed(folder: Path, **changes: str) -> list[tuple[str, Fault]]:
    """Change columns of the first row; the mistakes found."""
    rows = _columns(folder)
    rows[0] |= changes
    (folder / "manifest.csv").write_text(_text(rows), "utf-8")
    return [(one.column, one.code) for one in _rows(folder) if isinstance(one, RowError)]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_manifest(((one.record, one.file) for one in CERTIFICATES), tmp_path)
    read = _rows(path)

    assert [one.record for one in CERTIFICATES] == [row.record for row in read if isinstance(row, Row)]
    assert list(range(2, len(CERTIFICATES) + 2)) == [row.row_number for row in read]
    assert read == _rows(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_three_encodings_are_read_alike(folder: Path, encoding: str) -> None:
    expected = _rows(folder)
    (folder / "manifest.csv").write_text(_text(_columns(folder)), encoding)

    assert expected == _rows(folder)
    assert all(isinstance(row, Row) for row in expected)


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        pytest.param("certificateIdentifier", "", ("certificateIdentifier", Fault.MISSING), id="no identifier"),
        pytest.param(
            "certificateTypeCode", REAL_ESTATE_TYPE, ("certificateTypeCode", Fault.MISMATCH), id="another type's code"
        ),
        pytest.param("certificateName", "样" * 513, ("certificateName", Fault.TOO_LONG), id="a name too long"),
        pytest.param("certificateNumber", "a\x07b", ("certificateNumber", Fault.BAD_VALUE), id="a control character"),
        pytest.param(
            "certificateIssuingAuthorityCode",
            "厅",
            ("certificateIssuingAuthorityCode", Fault.BAD_VALUE),
            id="no issuer code",
        ),
        pytest.param(
            "certificateIssuedDate", "2027-01-01", ("certificateIssuedDate", Fault.DATE), id="issued in the future"
        ),
        pytest.param("certificateIssuedDate", "1st May", ("certificateIssuedDate", Fault.DATE), id="an English date"),
        pytest.param(
            "certificateExpiringDate",
            "2001-01-01",
            ("certificateExpiringDate", Fault.DATE),
            id="an end before the beginning",
        ),
        pytest.param(
            "certificateHolderCode",
            "11010519491231002",
            ("certificateHolderCode", Fault.HOLDER),
            id="a broken holder code",
        ),
        pytest.param(
            "certificateHolderTypeCode",
            "112",
            ("certificateHolderCode", Fault.HOLDER),
            id="an unknown holder code type",
        ),
        pytest.param(
            "certificateHolderName", "甲^乙", ("certificateHolderCode", Fault.HOLDER), id="more names than codes"
        ),
        pytest.param(
            "certificateAreaCode", "110000", ("certificateAreaCode", Fault.AREA), id="an area outside the table"
        ),
        pytest.param("status", "valid", ("status", Fault.STATUS), id="a status in small letters"),
        pytest.param("statusTime", "noon", ("statusTime", Fault.DATE), id="a time that is none"),
        pytest.param(
            "supersededBy", "1.2.3", ("supersededBy", Fault.IDENTIFIER), id="a successor that is no identifier"
        ),
        pytest.param("face", '{"a": 1}', ("face", Fault.FACE), id="face data that are no list"),
        pytest.param("face", "[" * 5000, ("face", Fault.FACE), id="face data nested too deep"),
        pytest.param("file", "files/none.ofd", ("file", Fault.FILE), id="a file that is not there"),
        pytest.param("file", "../x.ofd", ("file", Fault.FILE), id="a file above the folder"),
        pytest.param("file", "/etc/hostname", ("file", Fault.FILE), id="an absolute file"),
        pytest.param("file", "C:\\x.ofd", ("file", Fault.FILE), id="a file of a Windows drive"),
        pytest.param("file", "..\\x.ofd", ("file", Fault.FILE), id="a file above the folder in the Windows way"),
        pytest.param("file", "x" * 300 + ".ofd", ("file", Fault.FILE), id="a file name no system can hold"),
        pytest.param("file", "files", ("file", Fault.FILE), id="a folder as file"),
        pytest.param("file", "manifest.csv", ("file", Fault.FILE), id="a file that is no package"),
        pytest.param(
            "file",
            f"files/{CERTIFICATES[1].record.file_sm3}.ofd",
            ("file", Fault.MISMATCH),
            id="another certificate's file",
        ),
    ],
)
def test_a_mistake_is_found_in_its_column(folder: Path, column: str, value: str, found: tuple[str, Fault]) -> None:
    assert [found] == _changed(folder, **{column: value})


def test_a_wrong_identifier_is_told_from_the_rules_and_from_the_file(folder: Path) -> None:
    found = [("certificateIdentifier", Fault.IDENTIFIER), ("file", Fault.MISMATCH)]

    assert found == _changed(folder, certificateIdentifier="1.2.3")


def test_all_mistakes_of_a_row_are_told_and_the_other_rows_stand(folder: Path) -> None:
    found = _changed(
        folder, certificateAreaCode="x", status="x", certificateName="", certificateIdentifier="x", file="none.ofd"
    )
    columns = {column for column, _ in found}

    assert {"certificateAreaCode", "status", "certificateName", "certificateIdentifier", "file"} == columns
    assert sum(isinstance(row, Row) for row in _rows(folder)) == 2


def test_messages_show_no_value(folder: Path) -> None:
    secret = "32050919800101999X"
    rows = _columns(folder)
    rows[0] = dict.fromkeys(rows[0], secret)
    (folder / "manifest.csv").write_text(_text(rows), "utf-8")
    errors = [row for row in _rows(folder) if isinstance(row, RowError)]

    assert len(errors) > 10
    assert secret not in "".join(f"{row}" for row in errors)


def test_the_second_row_with_an_identifier_is_refused(folder: Path) -> None:
    rows = _columns(folder)
    (folder / "manifest.csv").write_text(_text([*rows, rows[0]]), "utf-8")
    duplicate = _rows(folder)[-1]

    assert isinstance(duplicate, RowError)
    assert (duplicate.row_number, duplicate.code) == (5, Fault.DUPLICATE)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "x.ofd"
    outside.write_bytes(CERTIFICATES[0].file)
    (folder / "link.ofd").symlink_to(outside)

    assert _changed(folder, file="link.ofd") == [("file", Fault.FILE)]


def test_defaults_fill_what_may_be_left_out(folder: Path) -> None:
    empty = dict.fromkeys(
        ("certificateTypeName", "certificateEffectiveDate", "status", "statusTime", "face", "file"), ""
    )

    assert _changed(folder, **empty) == []
    row = _rows(folder)[0]
    assert isinstance(row, Row)
    assert (row.file, row.record.file_sm3, row.record.file_size, row.record.status) == (None, None, 0, Status.VALID)
    assert (row.record.issued, "采矿许可证") == (row.record.valid_from, row.record.type_name)


def test_face_columns_stand_beside_the_list(folder: Path) -> None:
    rows = [one | {"KZ_坐落": "样例路2号"} for one in _columns(folder)]
    (folder / "manifest.csv").write_text(_text(rows), "utf-8")
    row = _rows(folder)[0]

    assert isinstance(row, Row)
    assert (
        *CERTIFICATES[0].record.face,
        FaceField(name="坐落", column="KZ_坐落", value="样例路2号"),
    ) == row.record.face


def test_an_issuer_unlike_the_identifiers_is_flagged(folder: Path) -> None:
    assert _changed(folder, certificateIssuingAuthorityCode="330100") == []
    row = _rows(folder)[0]

    assert isinstance(row, Row)
    assert row.record.data_quality == ("ISSUER_DIFFERS", "FILE_ISSUER_DIFFERS")


def _sidecar(folder: Path, one: DemoCertificate, stem: str) -> Path:
    write_manifest([(one.record, None)], folder)
    values = _columns(folder)[0]
    (folder / "manifest.csv").unlink()
    (folder / f"{stem}.ofd").write_bytes(one.file)
    face = json.loads(values.pop("face"))
    path = folder / f"{stem}.json"
    path.write_text(json.dumps({name: value for name, value in values.items() if value} | {"face": face}), "utf-8")
    return path


def test_a_folder_of_json_files_is_read_with_the_files_beside_them(tmp_path: Path) -> None:
    _sidecar(tmp_path, CERTIFICATES[0], "a")
    _sidecar(tmp_path, CERTIFICATES[1], "b")
    rows = _rows(tmp_path)

    assert [one.record for one in CERTIFICATES[:2]] == [row.record for row in rows if isinstance(row, Row)]
    assert [(row.row_number, row.source) for row in rows] == [(1, "a.json"), (2, "b.json")]


@pytest.mark.parametrize(
    ("content", "column", "code"),
    [
        pytest.param(b"{", "", Fault.ROW, id="broken JSON"),
        pytest.param(b"[]", "", Fault.ROW, id="no object"),
        pytest.param(b"[" * 100_000, "", Fault.ROW, id="JSON nested too deep"),
        pytest.param(b'{"colour": "red"}', "", Fault.ROW, id="an unknown key"),
        pytest.param(b'{"x":"' + b"a" * source.MAX_JSON + b'"}', "", Fault.ROW, id="too large"),
        pytest.param(
            b'{"certificateNumber": 5}', "certificateNumber", Fault.BAD_VALUE, id="a number where a text belongs"
        ),
        pytest.param(b'{"certificateName": "\\ud800"}', "certificateName", Fault.BAD_VALUE, id="half a surrogate pair"),
    ],
)
def test_a_bad_json_file_is_one_row_with_mistakes(tmp_path: Path, content: bytes, column: str, code: Fault) -> None:
    (tmp_path / "11010519491231002X.json").write_bytes(content)
    errors = [row for row in _rows(tmp_path) if isinstance(row, RowError)]

    assert (column, code) in [(row.column, row.code) for row in errors]
    assert {"….json"} == {row.source for row in errors}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "names between 1 and", id="an empty file"),
        pytest.param(b"colour,file\n", "unknown column in place 1", id="an unknown column"),
        pytest.param(b"file,file\n", "stands there twice", id="a doubled column"),
        pytest.param(b"file\n\xff\xff\n", "neither UTF-8 nor GBK", id="another encoding"),
        pytest.param(b'file\n"a"b\n', "not well-formed CSV", id="text after a quoted field"),
        pytest.param(b"file\n" + b"a" * 140_000, "not well-formed CSV", id="an overlong field"),
        pytest.param(b"file\n" + b"a," * 600_000, "a line longer", id="an overlong line"),
    ],
)
def test_a_source_that_is_no_manifest_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)

    with pytest.raises(ManifestError, match=reason):
        _rows(tmp_path)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "nothing.csv"


def test_a_missing_source_is_refused(nowhere: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        _rows(nowhere)
    with pytest.raises(ManifestError, match="neither"):
        _rows(nowhere.parent)


def test_a_row_with_too_many_fields_is_one_mistake(folder: Path) -> None:
    with (folder / "manifest.csv").open("a", encoding="utf-8") as file:
        file.write(",".join("x" * 40) + "\n")
    last = _rows(folder)[-1]

    assert isinstance(last, RowError)
    assert (last.row_number, last.column, last.code) == (5, "", Fault.ROW)
