"""What was retrieved as it stands in an answer: face data, and files inside the answer or by a one-time address. REQUIREMENTS S6 and S7."""

import asyncio
import base64
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field

from federation.model.refusal import Reason
from node.ports.retrieving import Downloads, ReceivedData, ReceivedFile
from node.ports.services import Caller
from node.rest.addresses import FOLDER
from node.rest.download import media_type
from node.rest.envelope import AnswerModel, Base64
from node.rest.errors import OK, EdgeError

_PIECE = 3 << 16  # bytes; divided by three, so that only the last piece is padded


class Deliver(StrEnum):
    """How a file comes: inside the JSON answer (base64), as the answer's own body, or by a one-time address."""

    INLINE = "INLINE"
    STREAM = "STREAM"
    URL = "URL"


class FileItem(AnswerModel):
    """A file inside the answer, or where it can be fetched once."""

    certificate_id: str = Field(alias="certificateID")
    node_id: str
    exchange_id: str
    file_format: str
    content_type: str
    content: Base64 = Field(description="Base64; empty where the file is at `fileUrl`.")
    file_url: str = Field(
        description="Good once, for this application, with its token; empty where the file is in `content`."
    )
    url_expires_at: str
    pages: int = Field(description="How many pages the document has, where this is a picture of one; otherwise 0.")
    notes: tuple[str, ...] = Field(
        description="What the reader of a picture must know, such as a font that is missing."
    )
    size: int = Field(description="Bytes, decoded.")
    sm3_digest: str
    original_sm3_digest: str
    disputed: bool = Field(description="Somebody objects to the certificate, and that is not settled (异议中).")
    verdict: str = Field(description="What this node's verification found of the issued file.")
    is_copy: bool = Field(description="A usage copy (加注件), or else the issued original.")
    copy_creation_time: str
    copy_creator: str
    copy_cause: str
    copy_expiring_time: str


class FaceData(AnswerModel):
    """The allowed part of one certificate."""

    certificate_id: str = Field(alias="certificateID")
    node_id: str
    exchange_id: str
    mask_digest: str = Field(description="SM3 over the sorted names of the fields delivered.")
    disputed: bool = Field(description="Somebody objects to the certificate, and that is not settled (异议中).")
    total: int
    data_list: tuple[dict[str, Any], ...] = Field(description="One item, with the field names of S6.")


@dataclass(slots=True, kw_only=True)
class Room:
    """How many bytes of files an answer may still hold. Owned by one request."""

    left: int

    def take(self, size: int) -> None:
        """Take that much.

        Raises:
            EdgeError: it does not fit; the file can be had another way, without a second use.
        """
        if size > self.left:
            detail = f"data.deliver: the file has {size} bytes, inline there is room for {self.left}"
            step = "ask again with the same Idempotency-Key and deliver STREAM or URL"
            raise EdgeError(OK, Reason.TOO_LARGE, detail, next_step=step)
        self.left -= size


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Puts files into answers; `url_base` stands before one-time addresses."""

    downloads: Downloads
    url_base: str

    async def item(self, caller: Caller, received: ReceivedFile, deliver: Deliver, room: Room) -> FileItem:
        """A file inside the answer, or its address.

        Raises:
            RefusedError: it does not fit, or no address can be given out.
        """
        if deliver is Deliver.URL:
            offer = await self.downloads.offer(caller, received)
            until = offer.expires_at.isoformat(timespec="seconds")
            return _item(received, url=f"{self.url_base}{FOLDER}{offer.token}", until=until)
        room.take(received.size)
        return _item(received, content=await asyncio.to_thread(_base64, received.path))


def _base64(path: Path) -> str:
    """A file's bytes, in pieces: no piece keeps the interpreter from the loop for long."""
    with path.open("rb") as file:
        return "".join(base64.b64encode(piece).decode() for piece in iter(lambda: file.read(_PIECE), b""))


def _item(received: ReceivedFile, *, content: str = "", url: str = "", until: str = "") -> FileItem:
    terms = received.terms
    return FileItem(
        certificate_id=received.identifier,
        node_id=received.province,
        exchange_id=received.exchange_id,
        file_format=received.format.lower(),
        content_type=media_type(received),
        content=content,
        file_url=url,
        url_expires_at=until,
        pages=received.pages,
        notes=received.notes,
        size=received.size,
        sm3_digest=received.sm3,
        original_sm3_digest=received.original_sm3,
        disputed=received.disputed,
        verdict=received.verdict,
        is_copy=terms is not None,
        copy_creation_time=terms.created.isoformat() if terms else "",
        copy_creator=terms.creator if terms else "",
        copy_cause=terms.cause if terms else "",
        copy_expiring_time=terms.expires.isoformat() if terms else "",
    )


def face_item(received: ReceivedData) -> FaceData:
    """Face data inside an answer."""
    return FaceData(
        certificate_id=received.identifier,
        node_id=received.province,
        exchange_id=received.exchange_id,
        mask_digest=received.mask_digest,
        disputed=received.disputed,
        total=1,
        data_list=(dict(received.data),),
    )
