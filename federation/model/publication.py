"""Publications: what a province says it can share (catalogue) and who may use it (use list). Clause 6, DESIGN §5.

A publication is canonical JSON inside DSSE. This module gives documents their common frame; the entries are in `catalogue` and `uselist`.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.refusal import Refusal
from trust import canonical, gm
from trust.envelope import pae

MAX_DOCUMENT_BYTES = 12 << 20  # fits a gRPC message of 16 MiB; about 20,000 entries


class PublicationError(Exception):
    """A publication must not be believed or stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A full snapshot of one list. `previous` is the digest of the version before, "" for the first."""

    kind: str
    publisher: str
    version: int
    issued: datetime
    effective: datetime
    previous: str
    entries: tuple[dict[str, Any], ...]

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(
            {
                "kind": self.kind,
                "publisher": self.publisher,
                "version": self.version,
                "issued": self.issued.isoformat(),
                "effective": self.effective.isoformat(),
                "previous": self.previous,
                "entries": list(self.entries),
            }
        )


def payload_type(kind: str) -> str:
    """The DSSE payload type of a publication of this kind."""
    return f"application/vnd.certmesh.{kind}.v1+json"


def sign(publication: Publication, *, key_id: str, signer: Callable[[bytes], bytes]) -> bytes:
    """The signed document (DSSE JSON)."""
    payload = publication.payload()
    signature = signer(pae(payload_type(publication.kind), payload))
    return canonical.dumps(
        {
            "payloadType": payload_type(publication.kind),
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
        }
    )


def digest(document: bytes) -> str:
    """SM3 (hex) of the payload of a signed document that was read before."""
    return gm.sm3(base64.b64decode(json.loads(document)["payload"])).hex()


def key_of(document: bytes) -> str:
    """The id of the key that signed a document that was read before."""
    key_id: str = json.loads(document)["signatures"][0]["keyid"]
    return key_id


def read(document: bytes, *, kind: str, publisher: str, keys: Mapping[str, gm.PublicKey]) -> Publication:
    """Verify and read a publication of `publisher`; `keys` are the signing keys of it that count, by their certificate's fingerprint.

    Raises:
        PublicationError: size, form, type, publisher or signature is wrong.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise PublicationError("the document is larger than 12 MiB")
    try:
        outer = json.loads(document)
        payload = base64.b64decode(outer["payload"], validate=True)
        (signed,) = outer["signatures"]
        signature = base64.b64decode(signed["sig"], validate=True)
        if outer["payloadType"] != payload_type(kind) or signed["keyid"] not in keys:
            raise PublicationError("not of this kind, or not signed with a key that the publisher may sign with")
        if not keys[signed["keyid"]].verify(pae(payload_type(kind), payload), signature):
            raise PublicationError("the signature does not fit")
        publication = _from_dict(canonical.loads(payload))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PublicationError(f"the document is malformed: {type(error).__name__}") from error
    if publication.kind != kind or publication.publisher != publisher or publication.version < 1:
        raise PublicationError("kind, publisher or version inside the document is wrong")
    return publication


def _time(text: str) -> datetime:
    """A time with an offset.

    Raises:
        ValueError: without one, or no time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment


def _from_dict(raw: dict[str, Any]) -> Publication:
    return Publication(
        kind=str(raw["kind"]),
        publisher=str(raw["publisher"]),
        version=int(raw["version"]),
        issued=_time(raw["issued"]),
        effective=_time(raw["effective"]),
        previous=str(raw["previous"]),
        entries=tuple(dict(entry) for entry in raw["entries"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A version of a publication: the publisher, the version, and the SM3 (hex) of its payload. Version 0 is none."""

    publisher: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """The sender has this version."""

    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceAnswer:
    """What the receiver holds."""

    held: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Send me what is newer than this version."""

    after_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullAnswer:
    """The newest head, and its document where the puller lacks it."""

    head: Head
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """A peer stored this version, or refused it."""

    head: Head
    received_at: datetime
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAnswer:
    """The receipt was kept."""
