"""The findings of accepted certificates: how the row is written, what the file says of itself, what the seal is worth. P13."""

from dataclasses import replace
from typing import Any

import pytest

from federation.model.application import Holder
from node.library.identifier import make
from node.library.quality import TITLES, Word, file_words, identifier_words, row_words, seal_words
from node.library.row import Fault
from tests.node.usecases.mesh import ZHEJIANG, record
from trust.ofd import Verdict

RECORD = record(ZHEJIANG)
CUSTOM = {
    "ZZBS": RECORD.identifier,
    "ZZLXDM": RECORD.type_code,
    "ZZBH": RECORD.number,
    "ZZBFJGDM": RECORD.issuer_code,
    "ZZBFRQ": "20240501",
    "CZZTDM": RECORD.holders[0].code,
}
ROW = {
    "certificateIssuedDate": "2024-05-01",
    "certificateEffectiveDate": "20240501",
    "certificateExpiringDate": "长期",
    "certificateTypeName": "样例证",
    "file": "a.ofd",
}


def test_every_word_of_a_report_has_a_title() -> None:
    seals = {f"SEAL_{one.value}" for one in Verdict if one is not Verdict.VALID}
    refused = {"REFUSED_CHECK", *(f"REFUSED_{one.value}" for one in Fault)}

    assert set(TITLES) == {*(one.value for one in Word), *seals, *refused}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"ZZBS": ""}, ("FILE_UNNAMED",), id="a file without a name"),
        pytest.param({"ZZBH": "another"}, ("FILE_NUMBER_DIFFERS",), id="another number"),
        pytest.param({"ZZLXDM": "0" * 21}, ("FILE_TYPE_DIFFERS",), id="another type"),
        pytest.param({"ZZBFJGDM": "330100"}, ("FILE_ISSUER_DIFFERS",), id="another issuer"),
        pytest.param({"ZZBFRQ": "2024年5月1日"}, (), id="the day in another form"),
        pytest.param({"ZZBFRQ": "20240502"}, ("FILE_DATE_DIFFERS",), id="another day"),
        pytest.param({"ZZBFRQ": "spring"}, ("FILE_DATE_DIFFERS",), id="no day"),
        pytest.param({"CZZTDM": "another"}, ("FILE_HOLDER_DIFFERS",), id="another holder"),
        pytest.param({"CZZTDM": RECORD.holders[0].code.lower()}, (), id="the holder in small letters"),
        pytest.param({"ZZBH": "", "CZZTDM": ""}, (), id="what the file does not say"),
    ],
)
def test_a_file_that_contradicts_its_metadata_is_found(changes: dict[str, str], words: tuple[str, ...]) -> None:
    assert file_words(CUSTOM | changes, RECORD) == words


def test_several_holders_are_compared_whatever_joins_them() -> None:
    other = Holder(name="another", code="91110000DEMA00005X", type_code="001")
    two = replace(RECORD, holders=(*RECORD.holders, other))
    codes = [one.code for one in two.holders]

    for joined in ("^".join(codes), "，".join(reversed(codes))):
        assert file_words(CUSTOM | {"CZZTDM": joined}, two) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"certificateIssuedDate": "2024/5/1"}, ("DATE_FORM",), id="a date with strokes"),
        pytest.param({"certificateExpiringDate": "2034年5月1日"}, ("DATE_FORM",), id="a date in words"),
        pytest.param({"certificateIssuedDate": "2024-05-01 00:00:00"}, ("DATE_FORM",), id="a date with a time"),
        pytest.param({"certificateEffectiveDate": ""}, ("NO_EFFECTIVE_DATE",), id="no first day"),
        pytest.param({"certificateTypeName": ""}, ("NO_TYPE_NAME",), id="no name of the type"),
        pytest.param({"file": ""}, ("NO_FILE",), id="no file"),
    ],
)
def test_a_row_of_a_form_of_its_own_is_found(changes: dict[str, Any], words: tuple[str, ...]) -> None:
    assert row_words(ROW | changes, RECORD) == words


def test_a_certificate_without_face_data_is_found() -> None:
    assert row_words(ROW, replace(RECORD, face=())) == ("NO_FACE",)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_seal_is_a_finding_unless_it_is_as_it_should_be(verdict: Verdict) -> None:
    assert seal_words(verdict) == (() if verdict is Verdict.VALID else (f"SEAL_{verdict.value}",))


def test_identifiers_of_other_provinces_are_judged_too() -> None:
    odd = make(RECORD.type_code, "330100", "7", 1)

    assert identifier_words(RECORD.identifier) == ()
    assert identifier_words(odd) == ("NONSTANDARD_ISSUER",)
    assert identifier_words(odd[:-1] + ("0" if odd[-1] != "0" else "1")) in (
        ("REFUSED_IDENTIFIER",),
        ("LEGACY_CHECK", "NONSTANDARD_ISSUER"),
    )
