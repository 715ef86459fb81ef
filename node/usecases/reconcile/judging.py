"""What is the matter with an answer that the other side proves and this node does not count. Pure look-ups in the own log.

Nobody is accused on the word of the other: whoever lacks a record is named where its own log once vouched for it (the proof that its
message came under), or where the claimant's own logs speak against the claimant. What is left is DISPUTED, and counted against nobody.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from federation.model.reconcile import Finding
from federation.ports import LogReader
from node.ports.store import Nouns
from node.usecases.reconcile.claims import LOOKED_THROUGH, Proven, asks, convicts, elements_of, is_given, members_of
from trust.envelope import LogProof
from trust.errors import EvidenceError


class Word(NamedTuple):
    """What is the matter, and the province whose record is wanting; "" where nobody is accused."""

    finding: Finding
    lacks: str = ""
    against: LogProof | None = None
    """Another entry of the accused that speaks against the one it shows."""


def standing(nouns: Nouns, reader: LogReader, me: str, peer: str, proven: Proven) -> Word | None:
    """How the log of `me`, this node, stands to a peer's claim; None where it holds the answer after all.

    A request on record whose answer is not was answered, says the peer, and the answer was lost: UNCONFIRMED. Not so where this node holds
    another answer to it: a request has one.
    """
    element = proven.claim.element
    if nouns.counterparts.find(peer, element) is not None:
        return None
    exchange = str(proven.entry.get("exchange", ""))
    mine = list(_entries(nouns, exchange, of_peer=not proven.given))
    if any(element in elements_of(one, peer) for one in mine):
        return None
    if proven.given:
        return _not_received(nouns, reader, me, peer, proven, mine)
    if proven.kept is None:
        return Word(Finding.DISPUTED)
    return Word(Finding.ALTERED if _answered_otherwise(mine, peer, proven) else Finding.MISSING, me)


def _not_received(
    nouns: Nouns, reader: LogReader, me: str, peer: str, proven: Proven, mine: list[dict[str, Any]]
) -> Word:
    """The peer says that it answered this node."""
    other = _other_answer(nouns, reader, me, peer, proven)
    if other is not None:
        return Word(Finding.ALTERED, peer, other)
    if any(asks(one, peer, proven.request) for one in mine):
        return Word(Finding.DISPUTED if _all_answered(mine, peer) else Finding.UNCONFIRMED)
    return Word(Finding.DISPUTED) if proven.kept is None else Word(Finding.MISSING, me)


def _other_answer(nouns: Nouns, reader: LogReader, me: str, peer: str, proven: Proven) -> LogProof | None:
    """The proof, kept here, of another answer of the peer to the same request: a nonce is answered once (`Exchange`)."""
    for one in nouns.receipts.every(str(proven.entry.get("exchange", ""))):
        entry = members_of(one.proof.entry) if one.province == peer else {}
        same = is_given(entry) and entry.get("request") == proven.request
        answers = elements_of(entry, me)
        if same and answers and proven.claim.element not in answers and _opens(reader, peer, one.proof):
            return one.proof
    return None


def _all_answered(mine: list[dict[str, Any]], peer: str) -> bool:
    """Whether as many answers of the peer are on record as it was asked questions in the exchange: then none was lost."""
    requests = {one.get("request") for one in mine if asks(one, peer, one.get("request"))}
    return len({answer for one in mine for answer in elements_of(one, peer)}) >= len(requests)


def _opens(reader: LogReader, province: str, proof: LogProof) -> bool:
    try:
        reader.entry(province, proof)
    except EvidenceError:
        return False
    return True


def denied(reader: LogReader, me: str, peer: str, proven: Proven, word: Finding, *, once: bool) -> Word:
    """What comes of this node's claim (`proven.entry` is its entry about the answer) of which the peer says `word`.

    `once`: both had it on record at an earlier round, so that nothing was lost on the way. A lost answer can only be one that this node
    gave. Where the peer cannot follow our proof, and the proof is good, it may lack a key of ours: then only its own signature convicts it.
    """
    given = proven.given
    if word is Finding.UNPROVEN and not _opens(reader, me, proven.claim.own):
        return Word(Finding.UNPROVEN, me)
    if once and word not in {Finding.ALTERED, Finding.UNPROVEN}:
        return Word(Finding.GONE, peer)
    if word is Finding.UNCONFIRMED and given:
        return Word(word)
    unfounded = given and word in {Finding.ALTERED, Finding.UNPROVEN}
    if unfounded or not convicts(reader, peer, proven.claim, proven.entry):
        return Word(Finding.DISPUTED)
    return Word(Finding.ALTERED if word is Finding.ALTERED else Finding.MISSING, peer)


def _answered_otherwise(mine: list[dict[str, Any]], peer: str, proven: Proven) -> bool:
    """Whether the log now has another answer to the request than the one it once proved."""
    return any(one.get("request") == proven.request and one.get("peer") == peer and is_given(one) for one in mine)


def _entries(nouns: Nouns, exchange: str, *, of_peer: bool) -> Iterator[dict[str, Any]]:
    found = nouns.evidence.of_exchange(exchange, of_peer=of_peer, limit=LOOKED_THROUGH)
    return (members_of(one.entry) for one in found)
