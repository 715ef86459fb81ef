"""Fused retrieval: face data, and a file as a stream of sealed chunks. Clause 8.3."""

from dataclasses import dataclass, field
from datetime import datetime

from federation.model.application import Output
from federation.model.refusal import Refusal

CHUNK_BYTES = 64 * 1024  # PERFORMANCE §2: larger buffers page-fault
BATCH_CHUNKS = 16  # 1 MiB: the work that leaves the event loop in one hop


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuery:
    """A wish for the face data of one certificate."""

    apply_id: str
    use_code: str = field(repr=False)
    identifier: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DataAnswer:
    """The allowed part of a certificate as canonical JSON, or a refusal. Personal data: not in the repr. `salt`: see `model.bound`.

    `disputed`: somebody objects to the certificate (异议中).
    """

    refusal: Refusal | None = None
    data: bytes = b""
    mask_digest: bytes = b""
    salt: bytes = b""
    disputed: bool = False

    def __repr__(self) -> str:
        return "DataAnswer(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileQuery:
    """A wish for the file of one certificate, from `offset` bytes on.

    A usage copy, which holds until `expires` at the latest (None: as long as the provider allows), or the issued original.
    """

    apply_id: str
    use_code: str = field(repr=False)
    identifier: str
    offset: int = 0
    original: bool = False
    expires: datetime | None = None

    @property
    def output(self) -> Output:
        """Which output of the application is spent."""
        return Output.ORIGINAL if self.original else Output.FILE


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FileHead:
    """What comes, before the first chunk. `sm3` is of the file handed out, `original_sm3` of the issued one.

    `verdict` is what the provider's verification found of the issued one (a word of `trust.ofd.Verdict`).
    `disputed`: somebody objects to the certificate (异议中).
    """

    refusal: Refusal | None = None
    identifier: str = ""
    size: int = 0
    sm3: bytes = b""
    original_sm3: bytes = b""
    format: str = ""
    chunk_key: bytes = b""
    verdict: str = ""
    disputed: bool = False

    def __repr__(self) -> str:
        return f"FileHead(size={self.size}, sm3={self.sm3.hex()})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Chunk:
    """One sealed piece of a file."""

    offset: int
    nonce: bytes
    sealed: bytes
    prefix_sm3: bytes

    def __repr__(self) -> str:
        return f"Chunk(offset={self.offset})"
