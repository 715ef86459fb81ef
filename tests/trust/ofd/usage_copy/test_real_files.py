"""Every real file is copied: its entries and its report stay what they were, and an independent reader reads the same text."""

from datetime import UTC, datetime
from pathlib import Path

import ofdkit
import pytest

from tests.trust.ofd.signatures.makers import pki
from tests.trust.ofd.usage_copy.makers import NS, TERMS, opened, provider
from trust.gm import sm3
from trust.ofd import Trust, Verdict, make_usage_copy, verify_document
from trust.ofd.markup import parse_xml

OFD = Path(__file__).parents[5] / "shared" / "data" / "ofd"
FILES = sorted(OFD.glob("*.ofd"))
AT = datetime(2024, 5, 2, tzinfo=UTC)
TRUST = Trust.from_bytes(anchors=[pki("提供方").ca])
STAMPS = {"seal-v4-riding": 5, "seal-v4-allprotected": 1, "seal-gmt0031-test-bad": 1, "inv-cq-test-5pages": 2}
"""Annotations of Type Stamp: the seals that the signatures show, and in the invoice one that was there before."""

pytestmark = pytest.mark.skipif(not FILES, reason="the real OFD files are not beside this checkout")


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_a_copy_keeps_everything_and_verifies(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    original, expected = opened(data), verify_document(data, trust=TRUST, at=AT)
    copy = make_usage_copy(data, TERMS, provider())
    shown, report = opened(copy), verify_document(copy, trust=TRUST, at=AT)
    assert report.copy is not None

    assert report.verdict is (Verdict.TAMPERED if expected.verdict is Verdict.TAMPERED else Verdict.VALID)
    assert (report.copy.original, report.copy.original_sm3) == (expected, sm3(data).hex())
    kept = [path for path in original.entries if path != "OFD.xml"]
    assert [original.read(path) for path in kept] == [shown.read(path) for path in kept]
    assert len(copy) < len(data) + 35_000  # a seal's picture stands in it once more
    (tmp_path / "copy.ofd").write_bytes(copy)
    with ofdkit.open(file) as before, ofdkit.open(tmp_path / "copy.ofd") as after:
        assert [page.text() for page in before.pages] == [page.text() for page in after.pages]


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in FILES])
def test_every_page_has_a_watermark_and_every_stamp_is_shown(file: Path) -> None:
    copy = opened(make_usage_copy(file.read_bytes(), TERMS, provider()))
    pages = [page for root in copy.doc_roots for page in parse_xml(copy.read(root), root).iter(f"{NS}Page")]
    annotated = [path for path in copy.entries if path.startswith("UsageCopy/Doc_") and "/Page_" in path]
    kinds = [[one.get("Type") for one in parse_xml(copy.read(path), path).iter(f"{NS}Annot")] for path in annotated]

    assert len(annotated) == len(pages)
    assert {one[-1] for one in kinds} == {"Watermark"}
    assert sum(one.count("Stamp") for one in kinds) == STAMPS.get(file.stem, 0)


def test_the_seal_of_a_real_invoice_is_drawn_as_it_is() -> None:
    """It is an OFD; its colours name a font for their colour space."""
    file = next((file for file in FILES if file.stem == "inv-cq-test-5pages"), None)
    assert file is not None
    copy = opened(make_usage_copy(file.read_bytes(), TERMS, provider()))
    listing = parse_xml(copy.read("UsageCopy/Res.xml"), "Res.xml")
    (unit,) = listing.iter(f"{NS}CompositeGraphicUnit")

    assert "".join(one.text or "" for one in unit.iter(f"{NS}TextCode")) == "国家税务总局全国统一发票监制章重庆市税务局"
    assert {one.get("FontName") for one in listing.iter(f"{NS}Font")} == {"宋体", "楷体"}
