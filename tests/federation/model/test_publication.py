"""federation.model.publication: signed lists, and every reason not to believe one."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.publication import MAX_DOCUMENT_BYTES, Publication, PublicationError, digest, payload_type, read
from federation.model.publication import sign as sign_publication
from tests.federation.strategies import TEXT
from trust import canonical, gm
from trust.envelope import pae

KEY, OTHER = gm.PrivateKey.generate(), gm.PrivateKey.generate()
NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
PUBLICATION = Publication(
    kind="catalogue",
    publisher="310000",
    version=2,
    issued=NOON,
    effective=NOON,
    previous="00" * 32,
    entries=({"type_code": "T1", "share_modes": ["FILE"]}, {"type_code": "T2"}),
)


def sign(publication: Publication, key: gm.PrivateKey = KEY) -> bytes:
    return sign_publication(publication, key_id="k1", signer=key.sign)


DOCUMENT = sign(PUBLICATION)


def believe(document: bytes) -> Publication:
    return read(document, kind="catalogue", publisher="310000", keys={"k1": KEY.public})


ENTRY = st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF), max_size=10), TEXT | st.lists(TEXT, max_size=3))


@settings(deadline=None, max_examples=40)
@given(
    entries=st.lists(ENTRY, max_size=3).map(tuple),
    version=st.integers(1, 2**53 - 1),
    moment=st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_published_reads_back(entries: Any, version: int, moment: datetime) -> None:
    publication = replace(PUBLICATION, entries=entries, version=version, issued=moment, effective=moment)

    assert believe(sign(publication)) == publication


def test_the_digest_is_that_of_the_payload_whoever_signs_it_when() -> None:
    assert digest(sign(PUBLICATION)) == digest(sign(PUBLICATION, OTHER)) == gm.sm3(PUBLICATION.payload()).hex()


def test_the_document_is_canonical_json() -> None:
    assert canonical.dumps(canonical.loads(DOCUMENT)) == DOCUMENT
    assert json.loads(DOCUMENT)["payloadType"] == "application/vnd.certmesh.catalogue.v1+json"


def _outer(**change: Any) -> bytes:
    return json.dumps(json.loads(DOCUMENT) | change).encode()


def _payload(**change: Any) -> bytes:
    """A well signed document around a payload with other members."""
    raw = json.loads(PUBLICATION.payload()) | change
    return _signed(canonical.dumps(raw))


def _signed(payload: bytes) -> bytes:
    signature = KEY.sign(pae(payload_type("catalogue"), payload))
    return _outer(payload=_b64(payload), signatures=[{"keyid": "k1", "sig": _b64(signature)}])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _without(name: str) -> bytes:
    raw = json.loads(PUBLICATION.payload())
    del raw[name]
    return _signed(canonical.dumps(raw))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param(lambda: b" " * (MAX_DOCUMENT_BYTES + 1), "larger than 12 MiB", id="a document over 12 MiB"),
        pytest.param(lambda: b"", "malformed", id="nothing"),
        pytest.param(lambda: b"[]", "malformed", id="a list"),
        pytest.param(lambda: b"[" * 100_000, "malformed", id="deep nesting"),
        pytest.param(lambda: _outer(payload="{}"), "malformed", id="a payload that is not base64"),
        pytest.param(lambda: _outer(signatures=[]), "malformed", id="no signature"),
        pytest.param(
            lambda: _outer(signatures=json.loads(DOCUMENT)["signatures"] * 2), "malformed", id="two signatures"
        ),
        pytest.param(lambda: _outer(payloadType=payload_type("uselist")), "not of this kind", id="another type"),
        pytest.param(
            lambda: _outer(signatures=[json.loads(DOCUMENT)["signatures"][0] | {"keyid": "k2"}]),
            "may sign with",
            id="another key id",
        ),
        pytest.param(lambda: sign(PUBLICATION, OTHER), "does not fit", id="another key"),
        pytest.param(
            lambda: _outer(payload=_b64(PUBLICATION.payload().replace(b"T1", b"T9"))), "does not fit", id="a new entry"
        ),
        pytest.param(lambda: _signed(PUBLICATION.payload() + b" "), "malformed", id="a payload not in canonical form"),
        pytest.param(lambda: _signed(b"5"), "malformed", id="a payload that is a number"),
        pytest.param(lambda: _payload(kind="uselist"), "is wrong", id="another kind inside"),
        pytest.param(lambda: _payload(publisher="320000"), "is wrong", id="another publisher inside"),
        pytest.param(lambda: _payload(version=0), "is wrong", id="version 0"),
        pytest.param(lambda: _payload(version="two"), "malformed", id="a version that is no number"),
        pytest.param(lambda: _payload(issued="soon"), "malformed", id="a time that is none"),
        pytest.param(lambda: _payload(issued=5), "malformed", id="a time that is a number"),
        pytest.param(lambda: _payload(effective="2026-03-01T12:00:00"), "malformed", id="a time without an offset"),
        pytest.param(lambda: _payload(entries=5), "malformed", id="entries that are a number"),
        pytest.param(lambda: _payload(entries=[5]), "malformed", id="an entry that is a number"),
        pytest.param(lambda: _without("previous"), "malformed", id="no previous digest"),
    ],
)
def test_a_publication_that_must_not_be_believed(document: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(PublicationError, match=sentence):
        believe(document())
