"""A proof that an entry stands in a log, as a text that a stranger checks offline: C2SP tlog-proof in the SM profile. DESIGN §7.

    c2sp.org/tlog-proof@v1
    extra <base64>                       only where there is something: here the entry itself, so that one file is enough
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=     the inclusion path, lowest first, one SM3 hash a line

    certmesh.cn/310000/evidence          the checkpoint as it was signed, with cosignatures where witnesses gave them
    …

The extra data are not signed: as the entry they are believed only because the path leads from their leaf hash to the root. This module
writes and reads the text. Who signed the checkpoint is `trust.proven_entry` and `trust.checkpoint`, who cosigned it `trust.cosignature`.
"""

import base64
import re
from dataclasses import dataclass
from typing import Self

from trust.checkpoint import Checkpoint, parse_note, unbase64
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof
from trust.errors import EvidenceError
from trust.merkle import HASH_BYTES, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MAX_TLOG_PROOF_BYTES = 128 * 1024  # an entry of 64 KiB in base64, 63 hashes and a note of 16 KiB fit
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_EXTRA = "extra "


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """An index, the path from its leaf to the root of a checkpoint, that signed note, and extra data that nobody signed."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    @classmethod
    def showing(cls, proof: LogProof) -> Self:
        """A proof that carries its entry."""
        return cls(index=proof.index, path=proof.path, checkpoint=proof.checkpoint, extra=proof.entry)

    def log_proof(self, entry: bytes = b"") -> LogProof:
        """What `trust.proven_entry.proven` judges: of the entry given, or of the one this proof carries.

        Raises:
            EvidenceError: none is given and it carries none.
        """
        shown = entry or self.extra
        if not shown:
            raise EvidenceError("the proof carries no entry: give the entry that it is said to prove")
        return LogProof(entry=shown, index=self.index, path=self.path, checkpoint=self.checkpoint)

    def verify(self, leaf: bytes) -> Checkpoint:
        """Check that a leaf hash stands at the index under the note's root; returns the head, whose signatures are not looked at.

        Raises:
            EvidenceError: it does not.
        """
        head = parse_note(self.checkpoint).checkpoint
        verify_inclusion(leaf=leaf, index=self.index, size=head.size, path=self.path, root=head.root)
        return head

    def text(self) -> bytes:
        """The file, whose name ends in .tlog-proof by convention."""
        lines = [HEADER]
        if self.extra:
            lines.append(_EXTRA + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(step).decode() for step in self.path]
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read a proof strictly, without believing it.

    Raises:
        EvidenceError: too large, or not exactly in this form; nor is the checkpoint.
    """
    if len(data) > MAX_TLOG_PROOF_BYTES:
        raise EvidenceError(f"a proof has at most {MAX_TLOG_PROOF_BYTES} bytes")
    head, gap, checkpoint = data.partition(b"\n\n")
    parse_note(checkpoint)
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise EvidenceError("a proof is ASCII before its checkpoint") from error
    if not gap or lines.pop(0) != HEADER:
        raise EvidenceError(f"a proof begins with {HEADER}, and has a blank line before its checkpoint")
    extra = _extra(lines)
    index = _INDEX.fullmatch(lines.pop(0) if lines else "")
    if index is None or int(index[1]) >= 2**63:
        raise EvidenceError("a proof has a line with the index, decimal, without leading zeros")
    if len(lines) > MAX_PATH:
        raise EvidenceError(f"a proof has at most {MAX_PATH} hashes")
    return TlogProof(index=int(index[1]), path=tuple(map(_hash, lines)), checkpoint=checkpoint, extra=extra)


def _extra(lines: list[str]) -> bytes:
    """The extra data, where the next line holds them; the line is taken."""
    if not lines or not lines[0].startswith(_EXTRA):
        return b""
    extra = unbase64(lines.pop(0).removeprefix(_EXTRA))
    if not 0 < len(extra) <= MAX_ENTRY_BYTES:
        raise EvidenceError(f"the extra data of a proof are 1 to {MAX_ENTRY_BYTES} bytes")
    return extra


def _hash(line: str) -> bytes:
    step = unbase64(line)
    if len(step) != HASH_BYTES:
        raise EvidenceError(f"a proof is made of hashes of {HASH_BYTES} bytes")
    return step
