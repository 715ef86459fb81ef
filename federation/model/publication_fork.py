"""A contradiction in a province's publications as a file that convicts on any machine. DESIGN §2.7; log forks: `trust.fork`.

Holds two signed heads of one list, and the payloads of the versions between them. Two heads of one version with different payloads convict
by themselves. A head that leads back, hash by hash, to another version than the one that was signed for that place convicts with the
chain. A publisher that went back to an earlier version of one and the same history shows two heads that fit together: that is kept too,
and it is no proof, because both were true in their time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from federation.model.publication import (
    KINDS,
    MAX_CHAIN,
    MAX_HEAD_BYTES,
    MAX_SIGNED_HEAD_BYTES,
    ForkError,
    Head,
    Mark,
    PublicationError,
    from_document,
    read,
    verify_chain,
)
from trust import canonical, gm

KIND = "certmesh publication exhibit, version 1"
MAX_EXHIBIT_BYTES = 4 << 20


class NotProvenError(Exception):
    """The file does not prove that the publisher contradicted itself; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationExhibit:
    """Two signed heads (DSSE JSON) of one list, the one held first, and the payloads of the versions between them in order.

    `second` is b"" where the publisher named no version at all.
    """

    list_kind: str
    publisher: str
    first: bytes
    second: bytes
    chain: tuple[bytes, ...] = ()

    def to_json(self) -> bytes:
        """The file: canonical JSON."""
        return canonical.dumps(
            {
                "kind": KIND,
                "list": self.list_kind,
                "publisher": self.publisher,
                "first": self.first.decode(),
                "second": self.second.decode(),
                "chain": [payload.decode() for payload in self.chain],
            }
        )


def is_exhibit(data: bytes) -> bool:
    """Whether a file says that it is one of these, whatever it is worth."""
    return KIND.encode() in data[:MAX_EXHIBIT_BYTES]


def read_exhibit(data: bytes) -> PublicationExhibit:
    """An exhibit out of an untrusted file.

    Raises:
        NotProvenError: too large, or not of this form.
    """
    if len(data) > MAX_EXHIBIT_BYTES:
        raise NotProvenError("an exhibit has at most 4 MiB")
    try:
        raw = json.loads(data)
        chain = tuple(str(payload).encode() for payload in raw["chain"])
        kind, list_kind = raw["kind"], raw["list"]
        one = PublicationExhibit(
            list_kind=str(list_kind),
            publisher=str(raw["publisher"]),
            first=raw["first"].encode(),
            second=raw["second"].encode(),
            chain=chain,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotProvenError("not an exhibit: JSON with kind, list, publisher, first, second and chain") from error
    if kind != KIND or list_kind not in KINDS or len(chain) > MAX_CHAIN:
        raise NotProvenError(f"not a {KIND}")
    if any(len(part) > MAX_SIGNED_HEAD_BYTES for part in (one.first, one.second)):
        raise NotProvenError(f"not a {KIND}")
    if any(len(payload) > MAX_HEAD_BYTES for payload in chain):
        raise NotProvenError(f"not a {KIND}")
    return one


def convict(exhibit: PublicationExhibit, keys: Mapping[str, gm.PublicKey]) -> str:
    """Why the exhibit proves that the publisher signed two histories of one list, as one sentence.

    Args:
        exhibit: the file.
        keys: signing keys of the publisher by their certificate's fingerprint.

    Raises:
        NotProvenError: it does not prove it; the message says what is missing.
    """
    if not exhibit.second:
        raise NotProvenError("one signed head alone contradicts nothing; the publisher named no version any more")
    (first, first_mark), (second, second_mark) = (_head(exhibit, one, keys) for one in (exhibit.first, exhibit.second))
    if first.version == second.version:
        if first_mark == second_mark:
            raise NotProvenError("the two heads are the same")
        return f"two different versions {first.version} of its {exhibit.list_kind} are signed"
    if second.version < first.version:
        raise NotProvenError(
            f"version {second.version} may be an earlier version of the same list as version {first.version}: that it was"
            f" named as the newest is on record here, and two signed heads do not show it"
        )
    try:
        verify_chain(second, exhibit.chain, first_mark)
    except ForkError:
        return (
            f"it signed version {first.version} of its {exhibit.list_kind}, and a version {second.version} whose history has"
            f" another version {first.version}"
        )
    except PublicationError as error:
        raise NotProvenError(str(error)) from error
    raise NotProvenError(f"version {second.version} follows version {first.version}")


def _head(exhibit: PublicationExhibit, document: bytes, keys: Mapping[str, gm.PublicKey]) -> tuple[Head, Mark]:
    try:
        signed = from_document(document, exhibit.list_kind)
        head = read(signed, kind=exhibit.list_kind, publisher=exhibit.publisher, keys=keys)
    except PublicationError as error:
        raise NotProvenError(f"a head is not believed: {error}") from error
    return head, Mark(version=head.version, digest=signed.digest)
