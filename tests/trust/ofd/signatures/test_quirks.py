"""What real files do (PARTS, "What real OFD files do"): each of the ten, made here, and what the verdict is."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.trust.ofd.signatures.makers import (
    LISTING,
    NOW,
    SIGNATURE,
    SIGNED_AT,
    SM3,
    VALUE,
    Entries,
    changed,
    face,
    pki,
    plain,
    seal,
    seal_v1,
    sealed,
    sealer,
    ses_v1,
    ses_v4,
    verified,
    with_signature_file,
)
from trust.errors import DocumentError
from trust.gm import PrivateKey, der_to_rs, sm3
from trust.ofd import Mathematics, Trust, Verdict
from trust.ofd.signatures import SealFace, Signer, der, encode_seal, sign_entries
from trust.ofd.signatures.findings import Code
from trust.ofd.signatures.times import BEIJING, parse_time, read_time

Sign = Callable[[bytes], bytes]


def _codes(entries: Entries, trust: Trust | None = None) -> set[Code]:
    return {finding.code for one in verified(entries, trust=trust).signatures for finding in one.findings}


def _with_value(make: Callable[[bytes], bytes]) -> Entries:
    entries = sealed()
    return {**entries, VALUE: make(entries[SIGNATURE])}


def _until(wanted: Callable[[bytes], bool]) -> Sign:
    """A signer that signs until the raw value is of the wanted form: nonces differ, so it comes soon."""

    def sign(message: bytes) -> bytes:
        while True:
            value = pki().signer_key.sign_der(message)
            if wanted(der_to_rs(value)):
                return value

    return sign


def _bare_integers(value: bytes) -> bytes:
    raw = der_to_rs(value)
    return der.encode(der.SEQUENCE, der.encode(der.INTEGER, raw[:32]), der.encode(der.INTEGER, raw[32:]))


SIGN = pki().signer_key.sign_der
ENDS_IN_ZERO = _until(lambda raw: raw[-1] == 0)
HIGH = _until(lambda raw: raw[0] >= 0x80 and raw[32] >= 0x80)


# 1: signature values


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(SIGN, id="DER"),
        pytest.param(lambda message: der_to_rs(SIGN(message)), id="raw r‖s of 64 bytes"),
        pytest.param(lambda message: _bare_integers(HIGH(message)), id="r and s without their leading 00"),
        pytest.param(lambda message: ENDS_IN_ZERO(message)[:-1], id="DER whose last zero byte was trimmed"),
        pytest.param(
            lambda message: der_to_rs(ENDS_IN_ZERO(message))[:-1], id="raw r‖s whose last zero byte was trimmed"
        ),
    ],
)
def test_every_form_of_signature_value_verifies(sign: Sign) -> None:
    assert verified(_with_value(lambda xml: ses_v4(xml, sign=sign))).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(lambda message: SIGN(message)[:-2], id="two bytes short"),
        pytest.param(lambda message: SIGN(message) + b"\0", id="one byte too many"),
        pytest.param(lambda _: bytes(64), id="r and s are zero"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda message: PrivateKey.generate().sign_der(message), id="by another key"),
    ],
)
def test_other_values_are_refused(sign: Sign) -> None:
    report = verified(_with_value(lambda xml: ses_v4(xml, sign=sign)))

    assert (report.verdict, report.signatures[0].mathematics) == (Verdict.TAMPERED, Mathematics.INVALID)


# 2: algorithms and times


@pytest.mark.parametrize("word", [SM3, SM3 + ".1", "SM3", "sm3", ""])
def test_check_methods_that_mean_sm3_are_accepted(word: str) -> None:
    entries = with_signature_file(lambda xml: xml.replace(SM3.encode(), word.encode()))

    assert verified(entries).verdict is Verdict.VALID


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_other_digests_are_compared_but_make_nothing_valid(algorithm: str) -> None:
    def edit(xml: bytes) -> bytes:
        xml = xml.replace(SM3.encode(), algorithm.upper().encode())
        for data in sealed_entries.values():
            new = base64.b64encode(hashlib.new(algorithm, data, usedforsecurity=False).digest())
            xml = xml.replace(base64.b64encode(sm3(data)), new)
        return xml

    sealed_entries = sealed()
    entries = with_signature_file(edit, sealed_entries)
    (right,) = verified(entries).signatures
    (wrong,) = verified({**entries, LISTING: entries[LISTING] + b" "}).signatures

    assert (right.verdict, right.mathematics) == (Verdict.UNSUPPORTED, Mathematics.UNDECIDED)
    assert (wrong.verdict, wrong.mathematics) == (Verdict.TAMPERED, Mathematics.INVALID)


def test_an_unknown_check_method_leaves_the_mathematics_undecided() -> None:
    entries = with_signature_file(lambda xml: xml.replace(SM3.encode(), b"1.2.3"))

    assert verified(entries).signatures[0].mathematics is Mathematics.UNDECIDED


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        pytest.param(der.GENERALIZED_TIME, "20240401080000Z", id="GeneralizedTime with Z"),
        pytest.param(der.GENERALIZED_TIME, "20240401160000", id="GeneralizedTime without Z is Beijing time"),
        pytest.param(der.GENERALIZED_TIME, "20240401160000+0800", id="GeneralizedTime with an offset"),
        pytest.param(der.UTC_TIME, "240401080000Z", id="UTCTime"),
        pytest.param(der.UTC_TIME, "2404010800Z", id="UTCTime without seconds"),
    ],
)
def test_times_in_every_form_are_read(tag: int, text: str) -> None:
    element = der.encode(tag, text.encode())
    report = verified(_with_value(lambda xml: ses_v4(xml, time=element)))

    assert report.verdict is Verdict.VALID
    assert report.signatures[0].signed_at == datetime(2024, 4, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-04-01 16:00:00", "2024-04-01T08:00:00.377Z", "20240401160000", "20240401080000Z", " 20240401160000 "]
)
def test_texts_that_name_a_moment_are_read(text: str) -> None:
    assert parse_time(text) == datetime(2024, 4, 1, 16, 0, tzinfo=BEIJING)


@pytest.mark.parametrize("text", ["", "2024", "20241301000000Z", "00000101000000", "20240401080000+9999", "９" * 14])
def test_texts_that_name_none_are_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_time(text)


def test_two_digit_years_turn_over_in_1950() -> None:
    old = read_time(der.read(der.encode(der.UTC_TIME, b"500101000000Z")))
    new = read_time(der.read(der.encode(der.UTC_TIME, b"491231235959Z")))

    assert (old.year, new.year) == (1950, 2049)


# 3: signatures over the wrong thing


@pytest.mark.parametrize(
    ("make", "code"),
    [
        pytest.param(
            lambda xml: ses_v4(xml, sign=lambda _: SIGN(sm3(xml))), Code.SIGNED_HASH, id="over dataHash itself"
        ),
        pytest.param(
            lambda xml: ses_v4(xml, sign=lambda message: SIGN(sm3(message))), Code.SIGNED_TWICE, id="over SM3 twice"
        ),
        pytest.param(
            lambda xml: ses_v4(xml, data_hash=sm3(sm3(xml))), Code.HASH_TWICE, id="dataHash is SM3 taken twice"
        ),
        pytest.param(lambda xml: ses_v4(xml, data_hash=bytes(32)), Code.HASH_DIFFERS, id="dataHash of something else"),
    ],
)
def test_a_signature_over_the_wrong_thing_is_refused_and_named(make: Callable[[bytes], bytes], code: Code) -> None:
    entries = _with_value(make)

    assert code in _codes(entries)
    assert verified(entries).verdict is Verdict.TAMPERED


# 4: versions


@pytest.mark.parametrize(
    ("make", "kind", "verdict"),
    [
        pytest.param(ses_v4, "GB/T 38540-2020", Verdict.VALID, id="v4: the maker signs the information"),
        pytest.param(
            ses_v1, "GM/T 0031-2014", Verdict.VALID, id="v1: the maker signs information, certificate, algorithm"
        ),
        pytest.param(
            lambda xml: ses_v4(xml, version=5, tail=der.encode(der.context(0), der.encode_bits(b"token"))),
            "GM/T 0031-2025",
            Verdict.VALID,
            id="v5: v4's layout with a time stamp",
        ),
        pytest.param(
            lambda xml: ses_v1(xml, the_seal=seal_v1(signs_info_only=True)),
            "GM/T 0031-2014",
            Verdict.TAMPERED,
            id="v1 whose maker signed what v4 signs",
        ),
        pytest.param(
            lambda xml: ses_v4(xml, the_seal=seal_v1()),
            "GB/T 38540-2020",
            Verdict.VALID,
            id="a v4 signature with an old v1 seal",
        ),
    ],
)
def test_every_version_is_verified_by_its_own_rules(
    make: Callable[[bytes], bytes], kind: str, verdict: Verdict
) -> None:
    report = verified(_with_value(make))

    assert (kind, verdict) == (report.signatures[0].kind, report.verdict)


def test_a_v1_time_that_is_a_token_falls_back_to_the_time_in_signature_xml() -> None:
    report = verified(_with_value(lambda xml: ses_v1(xml, time=b"\x30\x03\x02\x01\x05")))

    assert report.signatures[0].signed_at == SIGNED_AT


# 5: paths and names


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda xml: xml.replace(b'"/Doc_0/', b'"Doc_0/'), id="relative to the root"),
        pytest.param(lambda xml: xml.replace(b'"/Doc_0/Document', b'"../../Document'), id="relative to Signature.xml"),
        pytest.param(lambda xml: xml.replace(b'"/Doc_0/', b'"/doc_0/'), id="in another case"),
        pytest.param(lambda xml: xml.replace(b'"/Doc_0/', b'"\\Doc_0\\'), id="with backslashes"),
        pytest.param(lambda xml: xml.replace(b'"/OFD.xml', b'"./../../../OFD.xml'), id="with dots"),
        pytest.param(lambda xml: xml.replace(b"/2016", b""), id="in the other namespace"),
        pytest.param(lambda xml: xml.replace(b">/" + VALUE.encode(), b">SignedValue.dat"), id="a relative SignedValue"),
        pytest.param(lambda xml: xml.replace(b'"/Doc_0/Doc', b'"/Doc%5f0/Doc'), id="percent-escaped"),
    ],
)
def test_paths_in_every_form_are_found(edit: Callable[[bytes], bytes]) -> None:
    entries = with_signature_file(edit)

    assert entries[SIGNATURE] != sealed()[SIGNATURE]
    assert verified(entries).verdict is Verdict.VALID


@pytest.mark.parametrize("name", ["SignedValue.dat", "SignValue.dat"])
def test_the_value_is_found_under_both_its_names_even_when_the_path_is_wrong(name: str) -> None:
    entries = with_signature_file(
        lambda xml: xml.replace(VALUE.encode(), b"Nowhere.dat"), value_name=f"Doc_0/Signs/Sign_0/{name}"
    )

    assert verified(entries).verdict is Verdict.VALID


def test_chinese_names_are_covered() -> None:
    entries = {**plain(), "Doc_0/Res/公章 一.png": b"picture"}
    report = verified(sealed_from(entries))

    assert report.verdict is Verdict.VALID
    assert verified({**sealed_from(entries), "Doc_0/Res/公章 一.png": b"other"}).verdict is Verdict.TAMPERED


def sealed_from(entries: Entries) -> Entries:
    return sign_entries(entries, (sealer(),), signed_at=SIGNED_AT)


def test_a_reference_that_could_mean_two_entries_is_refused() -> None:
    entries = with_signature_file(lambda xml: xml.replace(b'"/Doc_0/Document.xml', b'"Doc_0/Document.xml'))
    entries["Doc_0/Signs/Sign_0/Doc_0/Document.xml"] = entries["Doc_0/Document.xml"]

    assert Code.REFERENCE_UNCLEAR in _codes(entries)
    assert verified(entries).verdict is Verdict.TAMPERED


# 6: coverage


def test_an_added_entry_is_listed_as_uncovered_by_this_and_by_all() -> None:
    (one,) = verified({**sealed(), "Doc_0/Res/added.png": b"x"}).signatures

    assert one.uncovered == ("Doc_0/Res/added.png",)
    assert {Code.UNCOVERED, Code.UNCOVERED_BY_ALL} <= {finding.code for finding in one.findings}
    assert sum("Doc_0/Res/added.png" in reason for reason in one.reasons) == 2


def _not_covering(*names: str) -> Entries:
    entries = sealed()

    def edit(xml: bytes) -> bytes:
        for name in names:
            start = xml.index(f'<ofd:Reference FileRef="/{name}"'.encode())
            xml = xml[:start] + xml[xml.index(b"</ofd:Reference>", start) + len(b"</ofd:Reference>") :]
        return xml

    return with_signature_file(edit, entries)


def test_an_uncovered_ofd_xml_and_list_are_said() -> None:
    entries = _not_covering("OFD.xml", LISTING)
    (one,) = verified(entries).signatures

    assert one.verdict is Verdict.VALID
    assert one.uncovered == ("OFD.xml",)
    assert any(LISTING in reason for reason in one.reasons)


def test_a_document_swapped_through_an_uncovered_ofd_xml_is_refused() -> None:
    entries = _not_covering("OFD.xml")
    entries = changed(entries, "OFD.xml", b"Doc_0/Document.xml", b"Doc_1/Document.xml")
    entries |= {name.replace("Doc_0/", "Doc_1/"): data for name, data in plain().items() if name != "OFD.xml"}
    (one,) = verified(entries).signatures

    assert (one.verdict, one.mathematics) == (Verdict.TAMPERED, Mathematics.VALID)
    assert Code.ROOT_UNCOVERED in {finding.code for finding in one.findings}


def test_a_first_signature_that_covers_the_list_breaks_when_a_second_is_added() -> None:
    entries = changed(
        sealed(),
        LISTING,
        b"</ofd:Signatures>",
        b'<ofd:Signature ID="2" BaseLoc="Sign_9/Signature.xml"/></ofd:Signatures>',
    )
    first, second = verified(entries).signatures

    assert [finding.code for finding in first.findings if LISTING in finding.detail] == [Code.REFERENCE_DIFFERS]
    assert second.verdict is Verdict.TAMPERED


def test_a_replaced_seal_file_that_no_signature_covers_is_refused() -> None:
    entries = {**_not_covering("Doc_0/Signs/Sign_0/Seal.esl"), "Doc_0/Signs/Sign_0/Seal.esl": b"another"}

    assert Code.SEAL_FILE_DIFFERS in _codes(entries)
    assert verified(entries).verdict is Verdict.TAMPERED


# 7 and 8: expired test seals, pictures of any type


def _face(**changes: object) -> SealFace:
    return replace(face(), **changes)  # type: ignore[arg-type]


def test_an_expired_seal_is_refused_although_the_mathematics_is_right() -> None:
    expired = seal(shown=_face(valid_until=SIGNED_AT - timedelta(days=1)))
    report = verified(sealed(sealer(seal=expired)))

    assert (report.verdict, report.signatures[0].mathematics) == (Verdict.EXPIRED_AT_SIGNING, Mathematics.VALID)


@pytest.mark.parametrize("picture_type", ["png", "bmp", "GIF", "ofd"])
def test_the_picture_may_be_of_any_type(picture_type: str) -> None:
    report = verified(sealed(sealer(seal=seal(shown=_face(picture_type=picture_type)))))

    assert report.verdict is Verdict.VALID


def test_a_signer_that_the_seal_does_not_list_is_refused() -> None:
    foreign = seal(shown=_face(users=(pki("另一").signer,)))

    assert Code.NOT_LISTED in _codes(sealed(sealer(seal=foreign)))


@pytest.mark.parametrize(
    ("word", "value", "code"),
    [
        pytest.param("SM3", sm3(pki().signer), Code.LISTED, id="its SM3"),
        pytest.param("SM3", bytes(32), Code.NOT_LISTED, id="another SM3"),
        pytest.param("SHA1", bytes(20), Code.NOT_SM3, id="another algorithm"),
    ],
)
def test_a_seal_may_list_digests_of_certificates(word: str, value: bytes, code: Code) -> None:
    pair = der.encode(der.SEQUENCE, der.encode(0x13, word.encode()), der.encode(der.OCTET_STRING, value))
    one = pki()
    original = seal(shown=_face(users=(b"to be replaced",)))
    info = der.read(original).children()[0].raw
    listed = der.encode(der.SEQUENCE, der.encode(der.OCTET_STRING, b"to be replaced"))
    parts = der.read(info).children()
    properties = parts[2].content.replace(
        der.encode_integer(1) + listed, der.encode_integer(2) + der.encode(der.SEQUENCE, pair)
    )
    info = der.encode(der.SEQUENCE, parts[0].raw, parts[1].raw, der.encode(der.SEQUENCE, properties), parts[3].raw)
    rest = [node.raw for node in der.read(original).children()[1:3]]
    made = der.encode(der.SEQUENCE, info, *rest, der.encode_bits(one.maker_key.sign_der(info)))

    assert code in _codes(sealed(sealer(seal=made)))


# 9: several signatures over everything, as a usage copy has them


def test_two_signatures_over_every_entry_are_both_valid_and_the_second_covers_all() -> None:
    plain_signer = Signer(certificate=pki().signer, key=pki().signer_key)
    first, second = verified(sealed(plain_signer, plain_signer)).signatures

    assert {first.kind, second.kind} == {"SignedData 1.2.156.10197.6.1.4.2.2"}
    assert (first.verdict, second.verdict) == (Verdict.VALID, Verdict.VALID)
    assert (len(first.uncovered), second.uncovered) == (2, ())


# raw values and an outside certificate


def _raw(form: Sign = lambda value: value) -> Entries:
    return _with_value(lambda xml: form(SIGN(xml)))


@pytest.mark.parametrize("form", [lambda value: value, der_to_rs, _bare_integers], ids=["DER", "r‖s", "without 00"])
def test_a_raw_value_is_decided_by_a_certificate_from_outside(form: Sign) -> None:
    entries = _raw(form)
    own, other = (Trust.from_bytes(anchors=[one.ca], outside=[one.signer]) for one in (pki(), pki("另一")))

    assert verified(entries).verdict is Verdict.UNSUPPORTED
    assert verified(entries, trust=own).verdict is Verdict.VALID
    assert verified(entries, trust=other).verdict is Verdict.TAMPERED


def test_a_changed_file_under_a_raw_value_is_invalid_without_any_certificate() -> None:
    entries = {**_raw(), "Doc_0/PublicRes.xml": b"<x/>"}

    assert verified(entries).signatures[0].mathematics is Mathematics.INVALID


def test_a_seal_whose_maker_is_another_key_is_refused() -> None:
    forged = encode_seal(face(), maker=pki().maker, key=PrivateKey.generate())

    assert Code.SEAL_BAD in _codes(sealed(sealer(seal=forged)))
    assert verified(sealed(), at=NOW).verdict is Verdict.VALID
