"""A fork or a rollback as a file that convicts: two heads that one log signed and that cannot both be true. DESIGN §2.7.

Self-contained: whoever has the file and the log's signing certificate can judge, on any machine, without asking anyone. Two heads convict

* of one size with different roots by themselves: a fork;
* of different sizes together with the log's own consistency proof, where that leads to the newer root and yet makes another root of the
  older size: a fork;
* of which the province stated, by its own cosignatures (`trust.cosignature`), the smaller one later: a rollback. A checkpoint itself has no
  time, and a peer's cosignature says when the peer saw it, not when the log was so short.

Where a proof leads nowhere, the file shows that the log failed to prove itself, which is a reason not to believe it and no proof of a lie:
any two roots of different sizes may belong to one log, as far as anyone can tell who does not see its tree.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from trust import canonical, gm
from trust.checkpoint import MAX_NOTE_BYTES, Checkpoint, evidence_log, verify_note
from trust.cosignature import Cosignature, cosignatures
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey
from trust.merkle import HASH_BYTES, claimed_root

KIND = "certmesh fork exhibit, version 1"
MAX_EXHIBIT_BYTES = 64 * 1024
MAX_STEPS = 128
WENT_BACK = "it went back"  # ends the sentence about a rollback, and no other


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


def convict(exhibit: Exhibit, *public_keys: PublicKey) -> str:
    """Why the exhibit proves that the holder of these keys signed a forked log, or went back, as one sentence.

    `public_keys`: the accused province's, in any order; each note is signed with one of them.

    Raises:
        EvidenceError: it does not prove it; the message says what is missing.
    """
    if not public_keys:
        raise EvidenceError(f"not proven: no key of {exhibit.province} is known")
    first, second = (_head(exhibit, note, public_keys) for note in (exhibit.first, exhibit.second))
    if first.size == second.size:
        if first.root == second.root:
            raise EvidenceError("not proven: the two heads are the same")
        return f"two different roots are signed for size {first.size} of the log {first.origin}"
    return _of_two_sizes(
        exhibit, *sorted((first, second), key=lambda head: head.size), back=_back(exhibit, public_keys)
    )


def _of_two_sizes(exhibit: Exhibit, old: Checkpoint, new: Checkpoint, *, back: str) -> str:
    """A fork where the log's own proof shows it; else a rollback (`back` says it) where the signed times do."""
    if back and old.size == 0:
        return back
    claimed = claimed_root(old=old.size, new=new.size, new_root=new.root, path=exhibit.path)
    if claimed not in {None, old.root}:
        return (
            f"the log {new.origin} signed a head of size {new.size} whose first {old.size} entries are not those it signed"
            " before"
        )
    if back:
        return back
    if claimed is None:
        raise EvidenceError(
            f"not proven: the log's answer does not lead to its head of size {new.size}; ask it for consistency between"
            f" {old.size} and {new.size} and keep what it answers"
        )
    raise EvidenceError(f"not proven: the head of size {new.size} extends that of size {old.size}")


def _back(exhibit: Exhibit, public_keys: Sequence[PublicKey]) -> str:
    """That the smaller head was stated later than the larger one, by the province's own cosignatures; "" where they do not say so.

    A line that does not verify says nothing; it must not keep the heads from convicting.
    """
    stated = []
    for note in (exhibit.first, exhibit.second):
        head, own = _head(exhibit, note, public_keys), _own(exhibit.province, note, public_keys)
        if exhibit.province not in own:
            return ""
        stated.append((own[exhibit.province].seconds, head.size, head.origin))
    (before, larger, origin), (after, smaller, _) = sorted(stated)
    if before == after or smaller > larger:
        return ""
    return (
        f"the log {origin} stated at {_when(after)} that it has {smaller} entries, after it had stated {larger} at"
        f" {_when(before)}: {WENT_BACK}"
    )


def _own(province: str, note: bytes, public_keys: Sequence[PublicKey]) -> Mapping[str, Cosignature]:
    try:
        return cosignatures(note, {province: public_keys})
    except EvidenceError:
        return {}


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _head(exhibit: Exhibit, note: bytes, public_keys: Sequence[PublicKey]) -> Checkpoint:
    *others, last = public_keys
    try:
        for key in others:
            with contextlib.suppress(UnknownSignerError):
                return verify_note(note, evidence_log(exhibit.province), key)
        return verify_note(note, evidence_log(exhibit.province), last)
    except EvidenceError as error:
        raise EvidenceError(f"not proven: {error}") from error
