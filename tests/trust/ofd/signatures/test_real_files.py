"""Real files and seals: what an independent checker found in them (../shared/data/ofd/README.md) is what we find."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trust.gm import PublicKey
from trust.ofd import Trust, Verdict, verify_document
from trust.ofd.signatures import der, read_seal
from trust.ofd.signatures.certificate import read_certificate
from trust.ofd.signatures.opened import open_value
from trust.ofd.signatures.report import SignatureReport
from trust.ofd.signatures.seal import Seal, read_seal_signature
from trust.ofd.signatures.sm2_value import verifies

DATA = Path(__file__).parents[5] / "shared" / "data"
MATHEMATICS = {"VALID": "valid", "FAIL": "invalid", "UNDECIDED": "undecided"}
LINE = re.compile(r"^\| (\S+\.ofd) \|.*\| ([^|]+) \|$", re.MULTILINE)
SIGNATURE = re.compile(r"^(\S+) (.+) \*\*(\w+)\*\* uncovered=(\d+)")
AT = datetime(2026, 11, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared real files are not beside this checkout")


def _table() -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    """Each file of the README's table with its signatures: id, kind, mathematics, number of uncovered entries."""
    text = (DATA / "ofd" / "README.md").read_text(encoding="utf-8") if DATA.is_dir() else ""
    rows = []
    for name, cell in LINE.findall(text):
        found = [SIGNATURE.match(part.strip()) for part in cell.split(";")]
        rows.append((name, [(one[1], one[2], MATHEMATICS[one[3]], int(one[4])) for one in found if one]))
    return rows


def _kind(signature: SignatureReport) -> str:
    return "raw signature value, no certificate in file" if signature.kind == "raw" else signature.kind


@pytest.mark.parametrize(("name", "expected"), [pytest.param(*row, id=row[0]) for row in _table()])
def test_the_mathematics_agrees_with_the_table_signature_by_signature(
    name: str, expected: list[tuple[str, str, str, int]]
) -> None:
    report = verify_document((DATA / "ofd" / name).read_bytes(), trust=Trust(), at=AT)

    assert expected == [(one.id, _kind(one), str(one.mathematics), len(one.uncovered)) for one in report.signatures]
    assert (report.verdict is Verdict.UNSIGNED) == (not expected)


def test_the_table_was_read() -> None:
    signatures = [signature for _, found in _table() for signature in found]

    assert {path.name for path in (DATA / "ofd").glob("*.ofd")} == {name for name, _ in _table()}
    assert len(signatures) == 10


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("zz-caikuang-xukezheng.ofd", Verdict.VALID_UNTRUSTED),
        ("seal-v4-riding.ofd", Verdict.VALID_UNTRUSTED),
        ("seal-gmt0031-test-bad.ofd", Verdict.TAMPERED),
        ("sign-raw-sm2.ofd", Verdict.UNSUPPORTED),
        ("plain-hello.ofd", Verdict.UNSIGNED),
    ],
)
def test_without_a_trust_list_nothing_is_more_than_untrusted(name: str, verdict: Verdict) -> None:
    report = verify_document((DATA / "ofd" / name).read_bytes(), trust=Trust(), at=AT)

    assert verdict is report.verdict


def test_a_pinned_certificate_of_a_real_file_makes_it_valid() -> None:
    data = (DATA / "ofd" / "acc-rail-eticket-sample.ofd").read_bytes()
    (signature,) = verify_document(data, trust=Trust(), at=AT).signatures
    pinned = Trust.from_bytes(anchors=[signature.signer or b""])
    report = verify_document(data, trust=pinned, at=AT)

    assert report.verdict is Verdict.VALID
    assert any("OFD.xml" in reason and "no signature at all" in reason for reason in report.signatures[0].reasons)


def _key(certificate: bytes) -> PublicKey:
    key = read_certificate(certificate).key
    assert key is not None

    return key


@pytest.mark.parametrize(
    ("name", "version", "timestamp", "certificates"),
    [
        pytest.param("ofdrw-UserV1.esl", 1, False, 1, id="GM/T 0031-2014"),
        pytest.param("ofdrw-UserV4.esl", 4, False, 1, id="GB/T 38540-2020"),
        pytest.param("ofdrw-UserV5.esl", 5, False, 1, id="GM/T 0031-2025"),
        pytest.param("ofdrw-UserV5_ts.esl", 5, True, 1, id="GM/T 0031-2025 with a time stamp"),
    ],
)
def test_real_seals_of_every_version_are_read_and_their_makers_signature_verifies(
    name: str, version: int, timestamp: bool, certificates: int
) -> None:
    seal: Seal = read_seal((DATA / "seals" / name).read_bytes())

    assert (seal.version, seal.has_timestamp, len(seal.certificates)) == (version, timestamp, certificates)
    assert verifies(_key(seal.maker), seal.signed, seal.value)
    assert not verifies(_key(seal.maker), seal.signed_elsewhere, seal.value)
    assert seal.picture.startswith(b"\x89PNG")
    assert seal.valid_from < seal.valid_until


def test_a_real_v5_signature_verifies_and_misses_only_its_file() -> None:
    value = (DATA / "seals" / "ofdrw-SignedValueV5.dat").read_bytes()
    signature = read_seal_signature(der.read(value))
    opened = open_value(value, b"another file", ())

    assert verifies(_key(signature.certificate), signature.signed, signature.value)
    assert opened.kind == "GM/T 0031-2025"
    assert [finding.code.name for finding in opened.findings] == [
        "HASH_DIFFERS",
        "SIGNATURE_GOOD",
        "SEAL_GOOD",
        "LISTED",
    ]
