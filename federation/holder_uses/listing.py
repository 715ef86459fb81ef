"""One province's list of uses, held against its own log. Clause 8.5, DESIGN §2.1.

The entry of the answer holds a commitment to the list, opened by the salt that came with it: so a province cannot tell two askers two
lists under one entry, and who reads the log alone learns nothing of which entries are about one holder. Each use is an entry that is
proven under the answer's checkpoint; what the entry has to say depends on the part that the province claims to have had.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from federation.model.evidence import ProvenEntry
from federation.model.holder_uses import Asked, ListedUse, Role, UsesAnswer
from federation.model.info_verification import InfoResult
from trust import canonical
from trust.commitment import Opening, commit
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof
from trust.errors import EvidenceError
from trust.merkle import leaf_hash, verify_inclusion

LABEL = "holder.uses"


class Head(Protocol):
    """A head that its log signed."""

    @property
    def size(self) -> int:
        """Entries."""

    @property
    def root(self) -> bytes:
        """SM3 Merkle root."""


OpenHead = Callable[[str, bytes], Head]
"""The head that a note of a province's log states; raises EvidenceError where none of its keys has signed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A use that a province lists, shown by its log. `entry` are the entry's members.

    `ended`: the consumer says that it got something. `told`: provinces that acknowledged the holder's notice. `admitted`: the other
    province's own log has an entry of its part.
    """

    province: str
    role: Role
    exchange_id: str
    peer: str
    index: int
    entry: Mapping[str, Any]
    ended: bool = False
    told: tuple[str, ...] = ()
    admitted: bool = False


def commitment_of(answer: UsesAnswer, asked: Asked) -> str:
    """What the entry of an answer holds for its list and for what it answers (64 hex digits); its salt opens it."""
    return commit(LABEL, answer.salt, _content(answer, asked))


def _content(answer: UsesAnswer, asked: Asked) -> bytes:
    uses = [
        {"role": one.role.value, "exchange": one.exchange_id, "peer": one.peer, "index": one.entry.index}
        for one in answer.uses
    ]
    return canonical.dumps(
        {
            "since": asked.since_ms,
            "until": asked.until_ms,
            "exchanges": list(asked.exchanges),
            "checkpoint": answer.checkpoint.decode(),
            "truncated": answer.truncated,
            "uses": uses,
        }
    )


def check_listing(
    province: str, said: Mapping[str, Any], answer: UsesAnswer, asked: Asked, open_head: OpenHead
) -> tuple[Claim, ...]:
    """The uses that a province lists, all of them shown; `said` are the members of its own entry of the answer to what was `asked`.

    Raises:
        EvidenceError: the entry means another list, or one of the uses is not shown.
    """
    try:
        opening = Opening(label=LABEL, salt=answer.salt, content=_content(answer, asked))
    except UnicodeDecodeError as error:
        raise EvidenceError("a checkpoint is UTF-8") from error
    if not opening.opens(said.get("listed")):
        raise EvidenceError("the province's entry of its answer means another list")
    if said.get("count") != len(answer.uses):
        raise EvidenceError("the province's entry counts other uses than it lists")
    head = open_head(province, answer.checkpoint) if answer.uses else None
    return tuple(_claims(province, answer.uses, head, open_head))


def joined(lists: Iterable[tuple[Claim, ...]]) -> tuple[Claim, ...]:
    """The uses of several lists of one province, each part of a use once: of two, the one from the later list."""
    every = (claim for claims in lists for claim in claims)
    return tuple({(one.exchange_id, one.role, one.peer): one for one in every}.values())


def _claims(province: str, uses: Sequence[ListedUse], head: Head | None, open_head: OpenHead) -> Iterator[Claim]:
    seen = set()
    for one in uses:
        if head is None or (part := (one.exchange_id, one.role, one.peer)) in seen:
            raise EvidenceError("a use is listed twice")
        seen.add(part)
        yield claim_of(province, one, head, open_head)


def claim_of(province: str, use: ListedUse, head: Head, open_head: OpenHead) -> Claim:
    """What a province's log, of this head, shows of a use that it lists.

    Raises:
        EvidenceError: not that use, or not that part in it.
    """
    entry = _proven(use.entry, head, province)
    if not _FITS[use.role](entry, use):
        raise EvidenceError(f"entry {use.entry.index} does not say that the province was {use.role} in this use")
    told = [_proven(one, head, province) for one in use.told]
    return Claim(
        province=province,
        role=use.role,
        exchange_id=use.exchange_id,
        peer=use.peer,
        index=use.entry.index,
        entry=entry,
        ended=entry.get("step") == "received",
        told=tuple(sorted({str(one.get("peer")) for one in told if _tells(one, use)})),
        admitted=use.counterpart is not None and _admits(use.counterpart, use, province, open_head),
    )


def _proven(one: ProvenEntry, head: Head, province: str) -> dict[str, Any]:
    """The members of an entry that stands under a head.

    Raises:
        EvidenceError: it does not, or is no entry of that node.
    """
    if len(one.entry) > MAX_ENTRY_BYTES or len(one.proof) > MAX_PATH:
        raise EvidenceError("an entry or a path longer than a proof may have")
    verify_inclusion(leaf=leaf_hash(one.entry), index=one.index, size=head.size, path=tuple(one.proof), root=head.root)
    return members_of(one.entry, province)


def members_of(entry: bytes, province: str) -> dict[str, Any]:
    """The members of an entry of this node.

    Raises:
        EvidenceError: it is none.
    """
    try:
        members = canonical.loads(entry)
    except ValueError as error:
        raise EvidenceError(f"the entry is not canonical JSON: {error}") from error
    if not isinstance(members, dict) or members.get("node") != province:
        raise EvidenceError(f"the entry is not one of {province}")
    return members


def _tells(entry: Mapping[str, Any], use: ListedUse) -> bool:
    """Whether an entry says that the holder's notice of this use arrived."""
    return (
        (entry.get("type"), entry.get("step"), entry.get("use")) == ("NOTICE", "delivered", use.exchange_id)
        and entry.get("addressee") == "HOLDER"
        and isinstance(entry.get("answer"), str)
    )


def _admits(proof: LogProof, use: ListedUse, province: str, open_head: OpenHead) -> bool:
    """Whether the other province's own log shows its part in the use; what does not hold shows nothing."""
    try:
        head = open_head(use.peer, proof.checkpoint)
        entry = _proven(ProvenEntry(index=proof.index, entry=proof.entry, proof=proof.path), head, use.peer)
    except EvidenceError:
        return False
    if use.role is Role.HOME:  # the province that gave it has the notice of it on record
        told = (entry.get("type"), entry.get("step"), entry.get("use"), entry.get("peer"), entry.get("addressee"))
        return told == ("NOTICE", "asked", use.exchange_id, province, "HOLDER")
    about = (entry.get("type"), entry.get("exchange"), entry.get("peer"), "refusal" in entry)
    return about == ("RETRIEVE", use.exchange_id, province, False) and entry.get("result") not in _OF_NONE


_OF_NONE = frozenset({InfoResult.AMBIGUOUS, InfoResult.NO_SUCH})  # of no certificate, so it is no use of one


def _retrieved(entry: Mapping[str, Any], use: ListedUse, *steps: str) -> bool:
    about = (entry.get("type"), entry.get("exchange"), entry.get("peer", ""))
    return about == ("RETRIEVE", use.exchange_id, use.peer) and entry.get("step") in steps and "refusal" not in entry


def _disclosed(entry: Mapping[str, Any], use: ListedUse, step: str) -> bool:
    about = (entry.get("type"), entry.get("exchange"), entry.get("step"), entry.get("peer", ""))
    return about == ("DISCLOSE", use.exchange_id, step, use.peer)


def _noticed(entry: Mapping[str, Any], use: ListedUse) -> bool:
    about = (entry.get("type"), entry.get("step"), entry.get("use"), entry.get("peer"), entry.get("addressee"))
    return about == ("NOTICE", "answered", use.exchange_id, use.peer, "HOLDER")


_FITS: Mapping[Role, Callable[[Mapping[str, Any], ListedUse], bool]] = {
    Role.CONSUMER: lambda entry, use: _retrieved(entry, use, "asked", "received"),
    Role.PROVIDER: lambda entry, use: bool(use.peer) and _retrieved(entry, use, "answered"),
    Role.OWN: lambda entry, use: _retrieved(entry, use, "own"),
    Role.HOME: _noticed,
    Role.ASKER: lambda entry, use: _disclosed(entry, use, "asked"),
    Role.ANSWERER: lambda entry, use: bool(use.peer) and _disclosed(entry, use, "answered"),
}
"""What the entry behind a use has to say, by the part that the province claims."""
