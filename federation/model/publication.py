"""Publications: signed heads over lists of entries, and the messages in which they travel. Clause 6, DESIGN §5.

A version of a list is a small signed head (DSSE around canonical JSON) that names the root of a tree over the entries (`trust.entry_tree`)
and the digest of the version before. The entries themselves are in `catalogue`, `uselist` and `decision`; here they are bytes under a key.
Not the sync: which versions are taken is `node.usecases.publication.exchanging`'s matter.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.refusal import Refusal
from trust import canonical, gm
from trust.envelope import pae

MAX_ENTRIES = 200_000  # of a publication
MAX_PUBLICATION_BYTES = 256 << 20  # all bodies together
MAX_ENTRY_BYTES = 64 << 10
MAX_ID = 128  # characters
MAX_HEAD_BYTES = 1024  # a payload has about 270; the rest is for members of later versions
MAX_SIGNED_HEAD_BYTES = 4096
MAX_CHAIN = 2000  # payloads between two versions; who missed more takes several steps
MAX_PAGE_ENTRIES = 500
MAX_PAGE_BYTES = 1 << 20  # bodies of a page
MAX_ANNOUNCED_BYTES = 256 << 10  # bodies that travel with an announcement
KEY_ID_BYTES = 32
SIGNATURE_BYTES = 64
_DIGEST_CHARACTERS = 64

EntryKey = tuple[str, int]
"""An entry's id and version."""

_IDS = {"catalogue": "type_code", "uselist": "use_list_id", "decisions": "decision_id"}
KINDS = tuple(_IDS)


class PublicationError(Exception):
    """A publication must not be believed or stored."""


class ForkError(PublicationError):
    """What the publisher signed contradicts what it signed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A version, and the SM3 (hex) of its head's payload; version 0 and "" for none."""

    version: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is signed of a version. `previous` is the digest of the version before ("" for the first), `root` hex, `size` counts entries."""

    kind: str
    publisher: str
    version: int
    issued: datetime
    previous: str
    size: int
    root: str

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(
            {
                "kind": self.kind,
                "publisher": self.publisher,
                "version": self.version,
                "issued": self.issued.isoformat(),
                "previous": self.previous,
                "size": self.size,
                "root": self.root,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A head's exact payload under a signature; `key_id` is the fingerprint (hex) of the signing certificate."""

    payload: bytes
    key_id: str
    signature: bytes

    @property
    def digest(self) -> str:
        """SM3 (hex) of the payload: whoever signs it when, it stays the same."""
        return gm.sm3(self.payload).hex()

    def document(self, kind: str) -> bytes:
        """The same as DSSE JSON, as it is stored and shown."""
        return canonical.dumps(
            {
                "payloadType": payload_type(kind),
                "payload": base64.b64encode(self.payload).decode(),
                "signatures": [{"keyid": self.key_id, "sig": base64.b64encode(self.signature).decode()}],
            }
        )


def payload_type(kind: str) -> str:
    """The DSSE payload type of a head of this kind."""
    return f"application/vnd.certmesh.{kind}.v1+json"


def sign(head: Head, *, key_id: str, signer: Callable[[bytes], bytes]) -> SignedHead:
    """Sign a head."""
    return sign_payload(head.payload(), kind=head.kind, key_id=key_id, signer=signer)


def sign_payload(payload: bytes, *, kind: str, key_id: str, signer: Callable[[bytes], bytes]) -> SignedHead:
    """Sign the payload of a head as it is: also one that was signed before, with a key that is given up."""
    return SignedHead(payload=payload, key_id=key_id, signature=signer(pae(payload_type(kind), payload)))


def from_document(document: bytes, kind: str) -> SignedHead:
    """A signed head out of DSSE JSON; whether to believe it is `read`'s matter.

    Raises:
        PublicationError: size, form or type is wrong.
    """
    if len(document) > MAX_SIGNED_HEAD_BYTES:
        raise PublicationError("the head is larger than 4 KiB")
    try:
        outer = json.loads(document)
        (signed,) = outer["signatures"]
        payload = base64.b64decode(outer["payload"], validate=True)
        signature = base64.b64decode(signed["sig"], validate=True)
        key_id, found = str(signed["keyid"]), outer["payloadType"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PublicationError(f"the head is malformed: {type(error).__name__}") from error
    if found != payload_type(kind):
        raise PublicationError("the head is not of this kind")
    return SignedHead(payload=payload, key_id=key_id, signature=signature)


def read(signed: SignedHead, *, kind: str, publisher: str, keys: Mapping[str, gm.PublicKey]) -> Head:
    """Verify and read a head of `publisher`; `keys` are its signing keys that count, by their certificate's fingerprint.

    Raises:
        PublicationError: size, form, publisher or signature is wrong.
    """
    if len(signed.payload) > MAX_HEAD_BYTES:
        raise PublicationError("the head is larger than 1 KiB")
    if signed.key_id not in keys:
        raise PublicationError("not signed with a key that the publisher may sign with")
    if not keys[signed.key_id].verify(pae(payload_type(kind), signed.payload), signed.signature):
        raise PublicationError("the signature does not fit")
    return parse(signed.payload, kind=kind, publisher=publisher)


def parse(payload: bytes, *, kind: str, publisher: str) -> Head:
    """Read the payload of a head; members that this version does not know are left out.

    Raises:
        PublicationError: form, kind or publisher is wrong.
    """
    try:
        head = _from_dict(canonical.loads(payload))
    except (ValueError, KeyError, TypeError) as error:
        raise PublicationError(f"the head is malformed: {type(error).__name__}") from error
    if head.kind != kind or head.publisher != publisher or not 0 < head.version <= canonical.MAX_INTEGER:
        raise PublicationError("kind, publisher or version inside the head is wrong")
    if not 0 <= head.size <= MAX_ENTRIES:
        raise PublicationError(f"the head counts more than {MAX_ENTRIES} entries")
    return head


def claimed_version(payload: bytes) -> int:
    """The version that a head says it is, believed or not; 0 where that cannot be read."""
    try:
        version = canonical.loads(payload[: MAX_HEAD_BYTES + 1])["version"]
    except (ValueError, KeyError, TypeError):
        return 0
    return version if type(version) is int and 0 <= version <= canonical.MAX_INTEGER else 0


def _from_dict(raw: dict[str, Any]) -> Head:
    return Head(
        kind=str(raw["kind"]),
        publisher=str(raw["publisher"]),
        version=_whole(raw["version"]),
        issued=_time(raw["issued"]),
        previous="" if raw["previous"] == "" else _digest(raw["previous"]),
        size=_whole(raw["size"]),
        root=_digest(raw["root"]),
    )


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("a whole number")
    return value


def _digest(value: Any) -> str:
    """An SM3 digest in lower case hex.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str) or len(value) != _DIGEST_CHARACTERS or bytes.fromhex(value).hex() != value:
        raise ValueError("a digest")
    return value


def _time(text: str) -> datetime:
    """A time with an offset.

    Raises:
        ValueError: without one, or no time.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment


def verify_chain(newest: Head, payloads: Sequence[bytes], held: Mark) -> None:
    """Check that a believed head leads back to the version held, in one go; `chain_links` does it link by link.

    Raises:
        ForkError: the chain is whole and comes from another version than the one held: the publisher signed both.
        PublicationError: it is not whole, which proves nothing.
    """
    for _ in chain_links(newest, payloads, held):
        pass


def chain_links(newest: Head, payloads: Sequence[bytes], held: Mark) -> Iterator[None]:
    """The same, by hash, over the payloads of all versions between them, in order; comes up for air after each, and is a check when ended.

    Raises:
        ForkError: the chain is whole and comes from another version than the one held: the publisher signed both.
        PublicationError: it is not whole, which proves nothing.
    """
    later = newest
    for payload in reversed(payloads):
        if gm.sm3(payload).hex() != later.previous:
            raise PublicationError(
                f"version {later.version - 1} in the chain is not the one that version {later.version} follows"
            )
        earlier = parse(payload, kind=newest.kind, publisher=newest.publisher)
        if earlier.version != later.version - 1:
            raise PublicationError(f"version {later.version} names version {earlier.version} as the one before")
        later = earlier
        yield
    if later.version != held.version + 1:
        raise PublicationError(f"the chain ends at version {later.version}; version {held.version} is held here")
    if later.previous != held.digest:
        raise ForkError(f"version {later.version} does not follow the version {held.version} held here")


def entry_key(kind: str, raw: Any) -> EntryKey:
    """The key under which an entry stands; a missing version is 1.

    Raises:
        PublicationError: not an object, or its id or version cannot be a key.
    """
    if not isinstance(raw, dict):
        raise PublicationError("an entry is not an object")
    entry_id, version = raw.get(_IDS[kind]), raw.get("version", 1)
    if not isinstance(entry_id, str) or not 0 < len(entry_id) <= MAX_ID:
        raise PublicationError(f"an entry's {_IDS[kind]} is not a text of 1 to {MAX_ID} characters")
    if type(version) is not int or version < 1:
        raise PublicationError("an entry's version is not a number above 0")
    return entry_id, version


def read_body(kind: str, body: bytes) -> tuple[EntryKey, dict[str, Any]]:
    """An entry out of untrusted bytes under its key, whatever else it says.

    Raises:
        PublicationError: too large, not canonical JSON, or without a key.
    """
    if len(body) > MAX_ENTRY_BYTES:
        raise PublicationError("an entry is larger than 64 KiB")
    try:
        raw = canonical.loads(body)
    except ValueError as error:
        raise PublicationError(f"an entry is not canonical JSON: {str(error)[:80]}") from error
    return entry_key(kind, raw), raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An entry's key as it travels: of an entry dropped, or where a page ended. "" is none."""

    id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What leads from version `after` to the version of a head, or a page of it: bodies put, keys dropped.

    `chain` are the payloads of the heads between the two, in order; on a first page only, and none from version 0.
    """

    after: int
    chain: tuple[bytes, ...] = ()
    puts: tuple[bytes, ...] = ()
    drops: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """The sender has this version; where the way there is short, the way."""

    head: SignedHead
    delta: Delta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceAnswer:
    """What the receiver holds now: its receipt. Set `refusal`: why it did not take what was announced."""

    held: Mark
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Send what leads from the version held to a newer one. `until` and `after` ask for the page behind one that came."""

    held: Mark
    until: int = 0
    after: Key = Key()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullAnswer:
    """The publisher's newest version. Where the puller holds another: a signed head, and a page of what leads to it.

    `next` is where the page ended, "" where it was the last.
    """

    newest: Mark
    head: SignedHead | None = None
    delta: Delta | None = None
    next: Key = Key()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """A peer stored this version, or refused it."""

    head: Mark
    received_at: datetime
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAnswer:
    """The receipt was kept."""
