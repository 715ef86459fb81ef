"""Entries of a bundle, each shown to stand in its log: by its path, by the log's signature, and by those who saw the head. DESIGN §7.

Stricter than a node's own check: a signature line that nobody here can verify is a flaw, so that no byte of a proof goes unread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.members import Keys
from trust.checkpoint import Checkpoint, evidence_log, parse_note, verify_note
from trust.cosignature import cosignatures, cosigner_id, owner, witness
from trust.envelope import MAX_SKEW
from trust.errors import EvidenceError, UnknownSignerError
from trust.identity import Certificate
from trust.proven_entry import proven
from trust.tlog_proof import parse_tlog_proof

Seen = tuple[tuple[str, datetime], ...]
"""Who else saw a head, and when by their clocks; earliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry that stands in the log of `province`: its members, its index, the head, and who else saw that head, earliest first."""

    part: str
    province: str
    members: Mapping[str, Any]
    index: int
    time: datetime
    head: Checkpoint
    certificate: Certificate
    seen: Seen

    def word(self, name: str) -> str:
        """A member as text; "" where it is missing or none."""
        value = self.members.get(name)
        return value if isinstance(value, str) else ""

    def bound(self, label: str) -> str:
        """The commitment (hex) by which the entry binds something; "" for none."""
        binds = self.members.get("binds")
        value = binds.get(label) if isinstance(binds, dict) else None
        return value if isinstance(value, str) else ""

    def sent(self, *kinds: str) -> str:
        """The digest of the message of one of these kinds that the entry says its node sent; "" for none."""
        sent = self.members.get("sent")
        names = [sent[kind] for kind in kinds if kind in sent] if isinstance(sent, dict) else []
        return self.word(names[0]) if names and isinstance(names[0], str) else ""


def same_certificate(entry: Proven, identifier: str) -> bool:
    """Whether an entry can be about this certificate: one whose identifier looks like a citizen's number is named by a keyed digest."""
    named = entry.word("certificate")
    return named.startswith("hmac-sm3:") or identifier in {"", named}


def prove(part: str, data: bytes, keys: Keys) -> Proven:
    """Read a proof and believe its entry.

    Raises:
        FlawError: it cannot be believed.
    """
    try:
        return _proven(part, data, keys)
    except EvidenceError as error:
        raise FlawError(part, "存证条目的证明不成立", str(error)) from error


def _proven(part: str, data: bytes, keys: Keys) -> Proven:
    proof = parse_tlog_proof(data)
    province = owner(parse_note(proof.checkpoint).checkpoint.origin)
    head, certificate = _head(proof.checkpoint, province, keys)
    members = proven(proof.log_proof(), province=province, keys=[certificate.public_key])
    time = _time(members)
    seen = _seen(proof.checkpoint, province, keys)
    earliest = seen[0][1] if seen else None
    if earliest is not None and time > earliest + MAX_SKEW:
        raise EvidenceError("the entry is dated after others saw the head over it")
    keys.check(part, certificate, stated=time, seen=earliest)
    return Proven(
        part=part,
        province=province,
        members=members,
        index=proof.index,
        time=time,
        head=head,
        certificate=certificate,
        seen=seen,
    )


def _head(note: bytes, province: str, keys: Keys) -> tuple[Checkpoint, Certificate]:
    """The head that a note states, and the first certificate of the key it was signed with."""
    for certificate in keys.of(province):
        try:
            head = verify_note(note, evidence_log(province), certificate.public_key)
        except UnknownSignerError:
            continue
        return head, certificate
    raise EvidenceError(f"the checkpoint is not signed with a key that {province} ever had")


def _seen(note: bytes, province: str, keys: Keys) -> Seen:
    """Who cosigned the note and when, without the log's owner and without those whose word does not count; earliest first.

    Raises:
        EvidenceError: a line is wrong, or of nobody.
    """
    found = cosignatures(note, keys.public())
    if len(parse_note(note).signatures) != 1 + len(found):
        raise EvidenceError("the checkpoint bears a signature of nobody in the membership documents")
    times = [(code, datetime.fromtimestamp(one.seconds, UTC)) for code, one in found.items() if code != province]
    counted = (one for one in times if _counts(note, *one, keys))
    return tuple(sorted(counted, key=lambda one: (one[1], one[0])))


def _counts(note: bytes, province: str, at: datetime, keys: Keys) -> bool:
    """Whether the key that a province cosigned with counts at the time that it states."""
    ids = {one.key_id for one in parse_note(note).signatures if one.name == witness(province)}
    used = (one for one in keys.of(province) if cosigner_id(province, one.public_key) in ids)
    return any(keys.witnesses(one, at) for one in used)


def _time(members: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(str(members.get("time")))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise EvidenceError("the entry has no time")
    return time
