"""What the REST edge asks of retrieval: files, face data, one-time addresses. Clause 8.3. Part of `node.ports.services`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from federation.model.application import Holder
from federation.model.refusal import Refusal
from node.ports.services import Caller
from trust.ofd import UsageTerms


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Named:
    """A certificate by holder, type and number, where its identifier is not known. Personal data: its repr shows nothing."""

    holder: Holder
    type_code: str
    number: str

    def __repr__(self) -> str:
        return "Named(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveForm:
    """A wish for one certificate, by its identifier or as `named`. `key` makes a retry the same exchange.

    `province` "" means: the one that the search named. A file comes as a usage copy that holds until `expires` at the latest, or as the
    issued original. `file_format` "ofd" is the file itself, "svg", "png" or "pdf" a picture of its page `page`, counted from 1.
    """

    apply_id: str
    identifier: str = ""
    named: Named | None = None
    province: str = ""
    fields: tuple[str, ...] = ()
    key: str = ""
    original: bool = False
    expires: datetime | None = None
    file_format: str = "ofd"
    page: int = 1


def _not_stopped() -> Refusal | None:
    """Nothing stops it."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A verified file, spooled on disk until the answer is sent; digests are hex SM3.

    `verdict` is what this node found of the issued file, `terms` what a usage copy is for (None: this is the original). Ask `stopped` while
    it is handed on: a stop order or a withdrawal may end that. `pages`: this is a picture of one page of so many,
    and `notes` what its reader must know; 0: the file itself. `disputed`: somebody objects to the certificate (异议中).
    """

    exchange_id: str
    identifier: str
    province: str
    path: Path
    size: int
    sm3: str
    original_sm3: str
    format: str
    verdict: str
    terms: UsageTerms | None
    apply_id: str = ""
    pages: int = 0
    disputed: bool = False
    notes: tuple[str, ...] = ()
    stopped: Callable[[], Refusal | None] = _not_stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A one-time address: its token, and until when it is good."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceivedData:
    """The allowed part of a certificate. Personal data. `disputed`: somebody objects to the certificate (异议中)."""

    exchange_id: str
    identifier: str
    province: str
    data: Mapping[str, Any]
    mask_digest: str
    disputed: bool = False


class Retrieval(Protocol):
    """Clause 8.3."""

    async def file(self, caller: Caller, form: RetrieveForm) -> ReceivedFile:
        """Fetch and verify one file."""

    async def data(self, caller: Caller, form: RetrieveForm) -> ReceivedData:
        """Fetch the allowed face data of one certificate."""

    async def cut(self, received: ReceivedFile) -> None:
        """Put on record that the file was not handed on to its end, where a stop order was why."""

    def release(self, received: ReceivedFile) -> None:
        """Remove a spooled file after it was handed on."""


class Downloads(Protocol):
    """One-time addresses of retrieved files. REQUIREMENTS P16."""

    async def offer(self, caller: Caller, received: ReceivedFile) -> Offer:
        """Keep a file under an address; `received` can be released then."""

    async def take(self, caller: Caller, token: str) -> ReceivedFile:
        """Use an address up and return its file; `UnknownDownloadError` where it leads nowhere for this caller."""

    async def done(self, received: ReceivedFile) -> None:
        """Forget the file after it was handed on."""
