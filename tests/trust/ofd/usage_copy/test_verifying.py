"""Verifying a usage copy: whose original it is, that the original inside verifies as it did, and that nobody is fooled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.trust.ofd.signatures.makers import NOW, Entries, pki, plain, sealed, sealer
from tests.trust.ofd.usage_copy.makers import (
    MADE,
    TERMS,
    a_copy,
    both,
    copied,
    entries_of,
    opened,
    provider,
    verified,
    with_part,
)
from trust.errors import DocumentError
from trust.ofd import (
    CopyReport,
    DocumentReport,
    Signer,
    Trust,
    Verdict,
    make_usage_copy,
    read_usage_copy,
    verify_document,
)
from trust.ofd.signatures import sign_entries, sign_package, write_package

ITEM = '<ofd:CustomData Name="{}">{}</ofd:CustomData>'.format
CUSTOM = f"<ofd:CustomDatas>{ITEM('ZZBS', '1.2.156.3005.2.x')}{ITEM('ZZBFJG', '样例局')}</ofd:CustomDatas></ofd:DocInfo>".encode()
COPY_KEYS = [
    "original_sm3",
    "creator",
    "signed_by",
    "cause",
    "using_unit",
    "exchange_id",
    "created",
    "expires",
    "expired",
    "original",
]
ORIGINAL_KEYS = ["issuer", "name", "identifier", "seals", "verdict", "signatures"]


def _copy(report: DocumentReport) -> CopyReport:
    assert report.copy is not None

    return report.copy


@pytest.mark.parametrize(
    "original",
    [
        pytest.param(sealed, id="a seal"),
        pytest.param(
            lambda: sealed(sealer(), Signer(certificate=pki().signer, key=pki().signer_key)), id="two signatures"
        ),
        pytest.param(plain, id="unsigned"),
        pytest.param(lambda: {**sealed(), "Doc_0/PublicRes.xml": b"<x/>"}, id="tampered"),
        pytest.param(lambda: {"Doc_0/added.txt": b"x", **sealed()}, id="an entry nobody covers, in front"),
    ],
)
def test_the_report_of_the_original_inside_is_the_originals_own(original: Callable[[], Entries]) -> None:
    data = write_package(original())
    inside = _copy(verified(make_usage_copy(data, TERMS, provider()))).original

    assert inside == verified(data)


def test_a_copy_by_a_node_is_valid_under_its_ca_and_says_whose_original_it_is() -> None:
    entries = sign_package(with_part("OFD.xml", b"</ofd:DocInfo>", CUSTOM), [sealer()], signed_at=MADE)
    report = verified(make_usage_copy(entries, TERMS, provider()))
    copy = _copy(report)

    assert (report.verdict, copy.original.verdict) == (Verdict.VALID, Verdict.VALID)
    assert (copy.terms, copy.expired) == (TERMS, False)
    assert (copy.issuer, copy.identifier, copy.signed_by) == ("样例局", "1.2.156.3005.2.x", ("提供方",))
    assert copy.original.signatures[0].seal == "样例专用章"
    assert report.signatures[0].signer == provider().certificate


def test_a_provider_may_sign_with_a_seal() -> None:
    signer = sealer(pki("提供方"), stamps=())

    assert verified(make_usage_copy(write_package(sealed()), TERMS, signer)).verdict is Verdict.VALID


def test_the_copy_in_json_is_one_more_member() -> None:
    shown = verified(a_copy()).as_json("x.ofd")

    assert list(shown) == ["file", "verdict", "signatures", "copy"]
    assert list(shown["copy"]) == COPY_KEYS
    assert list(shown["copy"]["original"]) == ORIGINAL_KEYS
    assert shown["copy"]["expires"] == "2024-05-31T16:00:00+08:00"
    assert "copy" not in verified(write_package(sealed())).as_json("x.ofd")


def test_an_expired_copy_is_refused_and_says_so_in_both_languages() -> None:
    end = TERMS.expires
    before, after = (verify_document(a_copy(), trust=both(), at=end + timedelta(seconds=late)) for late in (0, 1))

    assert (before.verdict, after.verdict) == (Verdict.VALID, Verdict.COPY_EXPIRED)
    assert _copy(after).expired
    assert (
        "加注件已过有效期：2024-05-31T16:00:00+08:00 / the usage copy's time was over at"
        in after.signatures[0].reasons[0]
    )


def test_without_the_providers_ca_a_copy_is_untrusted_whatever_its_original_is() -> None:
    report = verified(a_copy(), Trust.from_bytes(anchors=[pki().ca]))

    assert (report.verdict, _copy(report).original.verdict) == (Verdict.VALID_UNTRUSTED, Verdict.VALID)


def test_a_copy_of_a_tampered_original_is_not_valid_though_it_is_signed() -> None:
    report = verified(copied({**sealed(), "Doc_0/PublicRes.xml": b"<x/>"}))

    assert (report.verdict, _copy(report).original.verdict) == (Verdict.TAMPERED, Verdict.TAMPERED)
    assert any("原件" in reason for reason in report.signatures[0].reasons)


def _without_signature() -> Entries:
    entries = entries_of(a_copy())
    entries["OFD.xml"] = entries["OFD.xml"].replace(
        b"<ofd:Signatures>/UsageCopy/Signs/Signatures.xml</ofd:Signatures>", b""
    )
    return {name: data for name, data in entries.items() if not name.startswith("UsageCopy/Signs/")}


def _changed(name: str, old: str, new: str) -> Callable[[], Entries]:
    def make() -> Entries:
        entries = entries_of(a_copy())
        assert old.encode() in entries[name]
        return {**entries, name: entries[name].replace(old.encode(), new.encode())}

    return make


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        pytest.param(_without_signature, Verdict.UNSIGNED, id="its signature taken away"),
        pytest.param(_changed("OFD.xml", TERMS.cause, "别的用途"), Verdict.TAMPERED, id="another cause"),
        pytest.param(_changed("OFD.xml", "20240531160000", "20340531160000"), Verdict.TAMPERED, id="a later end"),
        pytest.param(
            _changed("UsageCopy/Doc_0/Page_0.xml", TERMS.cause, "别的用途"), Verdict.TAMPERED, id="another watermark"
        ),
        pytest.param(
            _changed("UsageCopy/Original/OFD.xml", "Version", "version"), Verdict.TAMPERED, id="another original"
        ),
        pytest.param(lambda: {**entries_of(a_copy()), "Doc_0/more.xml": b"<x/>"}, Verdict.TAMPERED, id="an entry more"),
    ],
)
def test_a_changed_copy_is_never_good(entries: Callable[[], Entries], verdict: Verdict) -> None:
    report = verified(write_package(entries()))

    assert verdict is report.verdict
    assert report.copy is not None


def test_signing_again_what_was_taken_apart_shows_another_signer() -> None:
    thief = pki("别人")
    signer = Signer(certificate=thief.signer, key=thief.signer_key)
    report = verified(
        write_package(sign_entries(_without_signature(), [signer], signed_at=NOW, folder="UsageCopy/Signs"))
    )

    assert report.verdict is Verdict.VALID_UNTRUSTED
    assert _copy(report).signed_by == ("别人",)


def _its_own_original(one: Entries) -> Entries:
    """A copy whose original is a copy again, in every name."""
    again = one["OFD.xml"].replace(b"Doc_0/UsageCopy_0.xml", b"Doc_0/Document.xml")
    return {**one, "UsageCopy/Original/OFD.xml": again}


def _root(old: bytes, new: bytes) -> Callable[[Entries], Entries]:
    return lambda one: {**one, "OFD.xml": one["OFD.xml"].replace(old, new)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda one: {n: one[n] for n in one if "Original" not in n}, "no such file", id="no original"),
        pytest.param(_root(b"UsageCopy_0", b"Document"), "no such file", id="the original's document is shown"),
        pytest.param(
            _root(b"Doc_0/UsageCopy_0", b"UsageCopy/Res"), "not those of its original", id="another document is shown"
        ),
        pytest.param(_its_own_original, "its original is a usage copy itself", id="a copy inside the copy"),
        pytest.param(_root(b"JZJYXQJZSJ", b"x"), "lack JZJYXQJZSJ", id="no end"),
    ],
)
def test_what_only_says_that_it_is_a_copy_is_refused(change: Callable[[Entries], Entries], reason: str) -> None:
    data = write_package(change(_without_signature()))

    with pytest.raises(DocumentError, match=reason):
        verified(data)


def test_a_copy_of_another_maker_is_simply_a_document() -> None:
    custom = b'<ofd:CustomDatas><ofd:CustomData Name="JZJZZSY">x</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo>'
    data = sign_package(with_part("OFD.xml", b"</ofd:DocInfo>", custom), [sealer()], signed_at=MADE)

    assert read_usage_copy(opened(data)) is None
    assert verified(data).copy is None
    assert verified(make_usage_copy(data, TERMS, provider())).verdict is Verdict.VALID


def test_a_copy_that_will_be_made_is_not_accepted_today() -> None:
    data = copied(terms=replace(TERMS, created=datetime(2024, 5, 2, tzinfo=UTC)))

    assert verified(data).verdict is Verdict.EXPIRED_AT_SIGNING
