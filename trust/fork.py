"""A fork as a file that convicts: two heads that one log signed and that cannot both be true. DESIGN §2.7.

Self-contained: whoever has the file and the log's signing certificate can judge, on any machine, without asking anyone. Two heads of one
size with different roots convict by themselves. Two of different sizes convict together with the log's own consistency proof, where that
leads to the newer root and yet makes another root of the older size. Where it leads nowhere, the file shows that the log failed to prove
itself, which is a reason not to believe it and no proof of a lie.
"""

import json
from dataclasses import dataclass

from trust import canonical, gm
from trust.checkpoint import MAX_NOTE_BYTES, Checkpoint, evidence_log, verify_note
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.merkle import HASH_BYTES, claimed_root

KIND = "certmesh fork exhibit, version 1"
MAX_EXHIBIT_BYTES = 64 * 1024
MAX_STEPS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """Two signed notes of a province's evidence log, and the consistency proof the log gave where their sizes differ."""

    province: str
    first: bytes
    second: bytes
    path: tuple[bytes, ...] = ()

    def to_json(self) -> bytes:
        """The file: canonical JSON."""
        return canonical.dumps(
            {
                "kind": KIND,
                "province": self.province,
                "first": self.first.decode(),
                "second": self.second.decode(),
                "path": [step.hex() for step in self.path],
            }
        )

    @property
    def digest(self) -> str:
        """SM3 (hex) of the file."""
        return gm.sm3(self.to_json()).hex()


def read_exhibit(data: bytes) -> Exhibit:
    """An exhibit out of an untrusted file.

    Raises:
        EvidenceError: too large, or not of this form.
    """
    if len(data) > MAX_EXHIBIT_BYTES:
        raise EvidenceError(f"an exhibit has at most {MAX_EXHIBIT_BYTES} bytes")
    try:
        raw = json.loads(data)
        kind, path = raw["kind"], tuple(bytes.fromhex(step) for step in raw["path"])
        one = Exhibit(
            province=str(raw["province"]), first=raw["first"].encode(), second=raw["second"].encode(), path=path
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceError("not an exhibit: JSON with kind, province, first, second and path") from error
    notes = (one.first, one.second)
    if kind != KIND or len(path) > MAX_STEPS or any(len(step) != HASH_BYTES for step in path):
        raise EvidenceError(f"not a {KIND}")
    if any(len(note) > MAX_NOTE_BYTES for note in notes):
        raise EvidenceError(f"not a {KIND}")
    return one


def convict(exhibit: Exhibit, public_key: PublicKey) -> str:
    """Why the exhibit proves that the holder of this key signed a forked log, as one sentence.

    Raises:
        EvidenceError: it does not prove it; the message says what is missing.
    """
    first, second = (_head(exhibit, note, public_key) for note in (exhibit.first, exhibit.second))
    if first.size == second.size:
        if first.root == second.root:
            raise EvidenceError("not proven: the two heads are the same")
        return f"two different roots are signed for size {first.size} of the log {first.origin}"
    old, new = sorted((first, second), key=lambda head: head.size)
    claimed = claimed_root(old=old.size, new=new.size, new_root=new.root, path=exhibit.path)
    if claimed is None:
        raise EvidenceError(
            f"not proven: the log's answer does not lead to its head of size {new.size}; ask it for consistency between"
            f" {old.size} and {new.size} and keep what it answers"
        )
    if claimed == old.root:
        raise EvidenceError(f"not proven: the head of size {new.size} extends that of size {old.size}")
    return f"the log {new.origin} signed a head of size {new.size} whose first {old.size} entries are not those it signed before"


def _head(exhibit: Exhibit, note: bytes, public_key: PublicKey) -> Checkpoint:
    try:
        return verify_note(note, evidence_log(exhibit.province), public_key)
    except EvidenceError as error:
        raise EvidenceError(f"not proven: {error}") from error
