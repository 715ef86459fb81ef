"""Every demonstration certificate is a sealed one: what our verifier, the import and independent tools say of it."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ofdkit
import pytest

from node.library.demo import DemoCertificate, SealMaker, demo_certificates
from node.library.demo.forms import BLUEPRINTS
from node.library.demo.seal_picture import seal_picture
from node.library.invented import PROVINCES
from node.library.manifest import Row, read_manifest, write_manifest
from node.preview.seals import find_picture
from tests.node.library.demo.made import CA, all_certificates, everything, one_of_each_type
from trust.ofd import Mathematics, Trust, Verdict, read_package, verify_document
from trust.ofd.signatures import read_seal, write_package
from trust.ofd.signatures.certificate import read_certificate
from trust.ofd.writer import PAGE_ID

TRUST = Trust.from_bytes(anchors=[CA.certificate.pem.encode()])
SEAL, SIGNATURE = "Doc_0/Signs/Sign_0/Seal.esl", "Doc_0/Signs/Sign_0/Signature.xml"
TYPES = one_of_each_type()
MOMENTS = [
    pytest.param(timedelta(days=1), id="the day after"),
    pytest.param(timedelta(days=365 * 100), id="a hundred years later"),
]


def _issued(one: DemoCertificate) -> datetime:
    return datetime.combine(one.record.issued, datetime.min.time(), UTC)


def test_all_types_with_a_form_are_made_and_every_province_has_its_own() -> None:
    assert set(BLUEPRINTS) == set(TYPES)
    assert all(len(certificates) >= 20 for certificates in everything().values())


@pytest.mark.parametrize("after", MOMENTS)
@pytest.mark.parametrize("province", PROVINCES)
def test_every_certificate_is_valid_under_the_test_ca(province: str, after: timedelta) -> None:
    for one in everything()[province]:
        report = verify_document(one.file, trust=TRUST, at=_issued(one) + after)

        assert (report.verdict, report.signatures[0].mathematics) == (Verdict.VALID, Mathematics.VALID)
        assert report.signatures[0].signed_at is not None
        assert one.record.issued == report.signatures[0].signed_at.date()


@pytest.mark.parametrize("province", PROVINCES)
def test_without_the_test_ca_no_certificate_is_trusted(province: str) -> None:
    for one in everything()[province]:
        report = verify_document(one.file, trust=Trust(), at=datetime.now(UTC))

        assert report.verdict == Verdict.VALID_UNTRUSTED


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_the_signature_is_of_a_v4_seal_and_covers_every_entry(one: DemoCertificate) -> None:
    (signature,) = verify_document(one.file, trust=TRUST, at=datetime.now(UTC)).signatures

    assert (signature.kind, signature.uncovered) == ("GB/T 38540-2020", ())


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_a_changed_value_is_seen(one: DemoCertificate) -> None:
    package = read_package(one.file)
    entries = {name: package.read(name) for name in package.entries}
    content = "Doc_0/Pages/Page_0/Content.xml"
    number = one.record.number.encode()

    assert number in entries[content]

    entries[content] = entries[content].replace(number, number[:-1] + b"x")

    assert verify_document(write_package(entries), trust=TRUST, at=datetime.now(UTC)).verdict == Verdict.TAMPERED


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_the_stamp_stands_on_the_page_at_the_place_of_the_seal(one: DemoCertificate) -> None:
    box = " ".join(f"{side:g}" for side in BLUEPRINTS[one.record.type_code].seal)
    stamp = f'PageRef="{PAGE_ID}" Boundary="{box}"'

    assert stamp in read_package(one.file).read(SIGNATURE).decode()
    assert f'<ofd:Page ID="{PAGE_ID}"' in read_package(one.file).read("Doc_0/Document.xml").decode()


def test_each_authority_has_one_seal_that_lists_its_own_certificate_alone() -> None:
    seals: dict[str, set[bytes]] = {}
    for one in all_certificates():
        seals.setdefault(one.record.issuer_name, set()).add(read_package(one.file).read(SEAL))

    assert len(seals) == 16
    for name, found in seals.items():
        (data,) = found
        seal = read_seal(data)
        (user,) = map(read_certificate, seal.certificates)

        assert (f"{name}电子证照专用章（样例）", "ofd") == (seal.name, seal.picture_type)
        assert name.encode() in user.subject
        assert (user.may_sign, user.may_issue) == (True, False)


def test_the_picture_of_a_seal_says_whose_it_is_and_that_it_is_a_sample(tmp_path: Path) -> None:
    one = TYPES[next(iter(TYPES))]
    picture = find_picture(read_package(one.file).read(SEAL))

    assert picture is not None
    assert picture.data == seal_picture(one.record.issuer_name, date(2020, 1, 1))

    path = tmp_path / "seal.ofd"
    path.write_bytes(picture.data)
    with ofdkit.open(path) as document:
        words = "".join(run.text for run in document.pages[0].runs)

    assert words == f"电子证照专用章{one.record.issuer_name}"


def test_certificates_are_made_one_by_one() -> None:
    without_end = demo_certificates("330000", SealMaker(CA), per_type=10**9)

    assert everything()["330000"][0].record.identifier == next(without_end).record.identifier


@pytest.mark.parametrize("province", PROVINCES)
def test_the_import_takes_every_certificate_with_its_file(province: str, tmp_path: Path) -> None:
    certificates = everything()[province]
    path = write_manifest(((one.record, one.file) for one in certificates), tmp_path)
    rows = list(read_manifest(path))

    assert [one.record for one in certificates] == [row.record for row in rows if isinstance(row, Row)]
    assert [one.file for one in certificates] == [
        row.file.read_bytes() for row in rows if isinstance(row, Row) and row.file
    ]


@pytest.mark.parametrize("one", TYPES.values(), ids=TYPES)
def test_a_package_is_an_ordinary_zip_of_modest_size(one: DemoCertificate) -> None:
    with zipfile.ZipFile(io.BytesIO(one.file)) as container:
        assert container.testzip() is None
    assert len(one.file) < 50_000
