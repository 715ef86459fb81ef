"""The code tables as they stand in config/codes, and what is said of malformed ones."""

from pathlib import Path

import pytest

from node.library.codes import Codes, CodesError, codes_folder, default_codes, load_codes
from node.library.record import Status


@pytest.fixture(scope="module")
def codes() -> Codes:
    return default_codes()


def test_every_canonical_status_has_an_entry(codes: Codes) -> None:
    assert set(Status) == set(codes.statuses)


def test_only_a_valid_certificate_is_deliverable(codes: Codes) -> None:
    assert [code for code, entry in codes.statuses.items() if entry.deliverable] == ["VALID"]


@pytest.mark.parametrize(
    ("system", "word", "status"),
    [
        pytest.param("mohurd", "07", "REVOKED", id="07 of the housing ministry is revoked"),
        pytest.param("share", "ALTER", "SUPERSEDED", id="ALTER of a share platform is superseded"),
        pytest.param("transport", "01", "SUPERSEDED", id="01 of the transport ministry is superseded"),
        pytest.param("mohurd", "01", "VALID", id="01 of the housing ministry is valid"),
        pytest.param("mohurd", "42", None, id="an unknown word has no status"),
        pytest.param("nobody", "01", None, id="an unknown system has no statuses"),
    ],
)
def test_foreign_status_words_are_mapped(codes: Codes, system: str, word: str, status: str | None) -> None:
    assert status == codes.status_of(system, word)


def test_no_system_uses_one_word_for_two_statuses(codes: Codes) -> None:
    words = [
        (system, word) for entry in codes.statuses.values() for system, held in entry.edges.items() for word in held
    ]

    assert len(words) == len(set(words))


def test_all_sixteen_holder_code_types_are_there(codes: Codes) -> None:
    assert len(codes.holder_types) == 16


def test_invented_types_are_marked(codes: Codes) -> None:
    invented = {entry.name for entry in codes.certificate_types.values() if entry.invented}

    assert {"居民身份证", "营业执照", "采矿许可证", "建设项目用地预审与选址意见书", "其他电子证照（样例）"} == invented
    assert {21} == {len(code) for code in codes.certificate_types}


@pytest.mark.parametrize(
    ("content", "where"),
    [
        pytest.param("source = 1", "source", id="a source that is no text"),
        pytest.param(
            'source = "x"\ndate = 2026-01-01\nregions = { 310000 = 3 }', "regions.310000", id="a name that is no text"
        ),
        pytest.param("regions = [", "regions.toml", id="broken TOML"),
    ],
)
def test_a_malformed_table_is_refused_with_its_key(tmp_path: Path, content: str, where: str) -> None:
    for path in codes_folder().glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "regions.toml").write_text(content, encoding="utf-8")

    with pytest.raises(CodesError, match=where):
        load_codes(tmp_path)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodesError, match=r"holder_code_types\.toml"):
        load_codes(tmp_path)
