"""An entry of a province's evidence log, shown to stand there: for whoever holds the proof and the province's signing keys. DESIGN §7.

Needs no node and no network, and does not compare with other heads of the log: two that do not fit are found where both are seen.
"""

from collections.abc import Iterable
from typing import Any

from trust import canonical
from trust.checkpoint import Checkpoint, evidence_log, verify_note
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey
from trust.merkle import leaf_hash, verify_inclusion


def proven(proof: LogProof, *, province: str, keys: Iterable[PublicKey]) -> dict[str, Any]:
    """The members of an entry, if it stands in the province's log under a head that one of its keys signed.

    Raises:
        EvidenceError: it does not, or is no entry of that node.
    """
    if len(proof.entry) > MAX_ENTRY_BYTES or len(proof.path) > MAX_PATH:
        raise EvidenceError("an entry or a path longer than a proof may have")
    head = _head(proof.checkpoint, province, keys)
    verify_inclusion(leaf=leaf_hash(proof.entry), index=proof.index, size=head.size, path=proof.path, root=head.root)
    try:
        members = canonical.loads(proof.entry)
    except ValueError as error:
        raise EvidenceError(f"the entry is not canonical JSON: {error}") from error
    if not isinstance(members, dict) or members.get("node") != province:
        raise EvidenceError(f"the entry is not one of {province}")
    return members


def _head(note: bytes, province: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """The head that a note states, signed with one of the keys."""
    for key in keys:
        try:
            return verify_note(note, evidence_log(province), key)
        except UnknownSignerError:
            continue
    raise EvidenceError(f"the checkpoint is not signed with a known key of {province}")
