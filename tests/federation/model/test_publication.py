"""federation.model.publication: signed heads, chains of them, keys of entries, and every reason not to believe one."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.publication import (
    MAX_ENTRIES,
    MAX_ENTRY_BYTES,
    MAX_HEAD_BYTES,
    MAX_SIGNED_HEAD_BYTES,
    ForkError,
    Head,
    Mark,
    PublicationError,
    SignedHead,
    claimed_version,
    from_document,
    parse,
    payload_type,
    read,
    read_body,
    sign_payload,
    verify_chain,
)
from federation.model.publication import sign as sign_head
from trust import canonical, gm

KEY, OTHER = gm.PrivateKey.generate(), gm.PrivateKey.generate()
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HEAD = Head(kind="catalogue", publisher="310000", version=2, issued=NOON, previous="00" * 32, size=7, root="0a" * 32)


def sign(head: Head = HEAD, key: gm.PrivateKey = KEY) -> SignedHead:
    return sign_head(head, key_id="k1", signer=key.sign)


def believe(signed: SignedHead) -> Head:
    return read(signed, kind="catalogue", publisher="310000", keys={"k1": KEY.public})


@settings(deadline=None, max_examples=40)
@given(
    version=st.integers(1, 2**53 - 1),
    size=st.integers(0, MAX_ENTRIES),
    moment=st.datetimes(timezones=st.just(UTC)),
    root=st.binary(min_size=32, max_size=32).map(bytes.hex),
)
def test_what_is_signed_reads_back(version: int, size: int, moment: datetime, root: str) -> None:
    head = replace(HEAD, version=version, size=size, issued=moment, root=root)

    assert believe(from_document(sign(head).document("catalogue"), "catalogue")) == head


def test_the_digest_is_that_of_the_payload_whoever_signs_it_when() -> None:
    assert sign().digest == sign(key=OTHER).digest == gm.sm3(HEAD.payload()).hex()


def test_the_document_is_canonical_dsse() -> None:
    document = sign().document("catalogue")

    assert canonical.dumps(canonical.loads(document)) == document
    assert json.loads(document)["payloadType"] == "application/vnd.certmesh.catalogue.v1+json"
    assert len(HEAD.payload()) < 300, "a head is small"


def _payload(**change: Any) -> SignedHead:
    """A well signed head with other members."""
    return _signed(canonical.dumps(json.loads(HEAD.payload()) | change))


def _signed(payload: bytes) -> SignedHead:
    return sign_payload(payload, kind="catalogue", key_id="k1", signer=KEY.sign)


def _without(name: str) -> SignedHead:
    raw = json.loads(HEAD.payload())
    del raw[name]
    return _signed(canonical.dumps(raw))


def test_members_of_a_later_version_are_left_out() -> None:
    assert believe(_payload(of_tomorrow={"x": 1})) == HEAD


@pytest.mark.parametrize(
    ("signed", "sentence"),
    [
        pytest.param(lambda: _signed(b" " * (MAX_HEAD_BYTES + 1)), "larger than 1 KiB", id="a head over 1 KiB"),
        pytest.param(lambda: replace(sign(), key_id="k2"), "may sign with", id="another key id"),
        pytest.param(lambda: sign(key=OTHER), "does not fit", id="another key"),
        pytest.param(
            lambda: replace(sign(), payload=replace(HEAD, size=8).payload()), "does not fit", id="another size"
        ),
        pytest.param(lambda: replace(sign(), signature=b""), "does not fit", id="no signature"),
        pytest.param(lambda: _signed(HEAD.payload() + b" "), "malformed", id="a payload not in canonical form"),
        pytest.param(lambda: _signed(b"5"), "malformed", id="a payload that is a number"),
        pytest.param(lambda: _signed(b"[" * 1000), "malformed", id="deep nesting"),
        pytest.param(lambda: _payload(kind="uselist"), "is wrong", id="another kind inside"),
        pytest.param(lambda: _payload(publisher="320000"), "is wrong", id="another publisher inside"),
        pytest.param(lambda: _payload(version=0), "is wrong", id="version 0"),
        pytest.param(lambda: _payload(version="2"), "malformed", id="a version that is a text"),
        pytest.param(lambda: _payload(version=True), "malformed", id="a version that is a truth value"),
        pytest.param(lambda: _payload(size=MAX_ENTRIES + 1), "more than", id="too many entries"),
        pytest.param(lambda: _payload(size=-1), "more than", id="fewer than no entries"),
        pytest.param(lambda: _payload(issued="soon"), "malformed", id="a time that is none"),
        pytest.param(lambda: _payload(issued=5), "malformed", id="a time that is a number"),
        pytest.param(lambda: _payload(issued="2026-03-01T12:00:00"), "malformed", id="a time without an offset"),
        pytest.param(lambda: _payload(root="0A" * 32), "malformed", id="a root in capitals"),
        pytest.param(lambda: _payload(root="0a" * 31), "malformed", id="a short root"),
        pytest.param(lambda: _payload(previous="zz" * 32), "malformed", id="a digest that is no hex"),
        pytest.param(lambda: _without("previous"), "malformed", id="no previous digest"),
        pytest.param(lambda: _without("root"), "malformed", id="no root"),
    ],
)
def test_a_head_that_must_not_be_believed(signed: Callable[[], SignedHead], sentence: str) -> None:
    with pytest.raises(PublicationError, match=sentence):
        believe(signed())


def _outer(**change: Any) -> bytes:
    return json.dumps(json.loads(sign().document("catalogue")) | change).encode()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param(lambda: b" " * (MAX_SIGNED_HEAD_BYTES + 1), "larger than 4 KiB", id="a document over 4 KiB"),
        pytest.param(lambda: b"", "malformed", id="nothing"),
        pytest.param(lambda: b"\xff", "malformed", id="no text"),
        pytest.param(lambda: b"[]", "malformed", id="a list"),
        pytest.param(lambda: b"[" * 4000, "malformed", id="deep nesting"),
        pytest.param(lambda: _outer(payload="{}"), "malformed", id="a payload that is not base64"),
        pytest.param(lambda: _outer(signatures=[]), "malformed", id="no signature"),
        pytest.param(lambda: _outer(signatures=[{}, {}]), "malformed", id="two signatures"),
        pytest.param(lambda: _outer(payloadType=payload_type("uselist")), "not of this kind", id="another type"),
    ],
)
def test_bytes_that_are_no_document(document: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(PublicationError, match=sentence):
        from_document(document(), "catalogue")


def test_a_version_is_told_also_of_a_head_that_is_not_believed() -> None:
    payloads = (HEAD.payload(), b"", b"[]", b'{"version":"x"}', b'{"version":-1}')

    assert [claimed_version(one) for one in payloads] == [2, 0, 0, 0, 0]


def history(length: int, mark: str = "0") -> list[Head]:
    """Heads of versions 1 to `length`, each naming the one before; `mark` makes it another history."""
    heads: list[Head] = []
    for version in range(1, length + 1):
        previous = gm.sm3(heads[-1].payload()).hex() if heads else ""
        heads.append(replace(HEAD, version=version, previous=previous, root=mark * 64))
    return heads


def mark_of(head: Head) -> Mark:
    return Mark(version=head.version, digest=gm.sm3(head.payload()).hex())


@settings(max_examples=30)
@given(length=st.integers(2, 9), data=st.data())
def test_a_head_leads_back_to_every_version_before_it(length: int, data: st.DataObject) -> None:
    heads = history(length)
    held = data.draw(st.integers(1, length - 1))

    verify_chain(heads[-1], [one.payload() for one in heads[held:-1]], mark_of(heads[held - 1]))


@settings(max_examples=30)
@given(length=st.integers(2, 9), data=st.data())
def test_a_whole_chain_that_leads_to_another_version_is_a_fork(length: int, data: st.DataObject) -> None:
    heads, others = history(length), history(length, "1")
    held = data.draw(st.integers(1, length - 1))

    with pytest.raises(ForkError):
        verify_chain(heads[-1], [one.payload() for one in heads[held:-1]], mark_of(others[held - 1]))


HEADS = history(5)
PAYLOADS = [one.payload() for one in HEADS]


@pytest.mark.parametrize(
    "payloads",
    [
        pytest.param([], id="none"),
        pytest.param(PAYLOADS[2:4], id="one missing at its beginning"),
        pytest.param(PAYLOADS[1:3], id="one missing at its end"),
        pytest.param(PAYLOADS[:4], id="one too many"),
        pytest.param([PAYLOADS[1], PAYLOADS[1], PAYLOADS[3]], id="one that is another"),
        pytest.param([PAYLOADS[1], b"{}", PAYLOADS[3]], id="one that is no head"),
    ],
)
def test_a_chain_that_is_not_whole_proves_nothing(payloads: list[bytes]) -> None:
    with pytest.raises(PublicationError) as caught:
        verify_chain(HEADS[4], payloads, mark_of(HEADS[0]))

    assert not isinstance(caught.value, ForkError)


@pytest.mark.parametrize(
    ("kind", "entry", "key"),
    [
        pytest.param("catalogue", {"type_code": "T1"}, ("T1", 1), id="a catalogue entry without a version"),
        pytest.param("uselist", {"use_list_id": "L1", "version": 3, "x": None}, ("L1", 3), id="a line"),
        pytest.param("decisions", {"decision_id": "320000/L1/1"}, ("320000/L1/1", 1), id="a decision"),
    ],
)
def test_an_entry_has_a_key_whatever_else_it_says(kind: str, entry: dict[str, Any], key: tuple[str, int]) -> None:
    assert read_body(kind, canonical.dumps(entry)) == (key, entry)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b'"' + b"x" * MAX_ENTRY_BYTES + b'"', "larger than 64 KiB", id="over 64 KiB"),
        pytest.param(b"", "not canonical JSON", id="nothing"),
        pytest.param(b"\xff", "not canonical JSON", id="no text"),
        pytest.param(b'{"type_code": "T1"}', "not canonical JSON", id="a space"),
        pytest.param(b'{"type_code":"T1","x":1.5}', "not canonical JSON", id="a fraction"),
        pytest.param(b'{"type_code":"\\ud800"}', "not canonical JSON", id="half a character"),
        pytest.param(b"[" * 60_000, "not canonical JSON", id="deep nesting"),
        pytest.param(b"[]", "not an object", id="a list"),
        pytest.param(b"{}", "is not a text of 1", id="no id"),
        pytest.param(b'{"type_code":""}', "is not a text of 1", id="an empty id"),
        pytest.param(b'{"type_code":7}', "is not a text of 1", id="an id that is a number"),
        pytest.param(canonical.dumps({"type_code": "x" * 129}), "is not a text of 1", id="an id of 129 characters"),
        pytest.param(b'{"type_code":"T1","version":0}', "not a number above 0", id="version 0"),
        pytest.param(b'{"type_code":"T1","version":"1"}', "not a number above 0", id="a version that is a text"),
        pytest.param(b'{"type_code":"T1","version":true}', "not a number above 0", id="a version that is true"),
    ],
)
def test_an_entry_that_cannot_stand_in_a_publication(body: bytes, sentence: str) -> None:
    with pytest.raises(PublicationError, match=sentence):
        read_body("catalogue", body)


def test_a_payload_of_another_kind_is_not_parsed() -> None:
    with pytest.raises(PublicationError, match="is wrong"):
        parse(HEAD.payload(), kind="uselist", publisher="310000")


def test_base64_with_rubbish_is_no_document() -> None:
    broken = base64.b64encode(HEAD.payload()).decode() + "!"
    with pytest.raises(PublicationError):
        from_document(_outer(payload=broken), "catalogue")
