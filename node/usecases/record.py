"""How an evidence entry looks. Clause 8.5; fields of REQUIREMENTS 8.5. No personal data: callers pass digests.

Common members: v (1), type, step, exchange, node, time. The rest depends on the type; absent is absent, never null.

The entry of a message that this node sends travels with it (DESIGN §4, proof by the log), to every recipient. So it holds nothing but what
the recipients know from the message itself, and digests: what only this node knows stands in an entry of its own. Digests of persons are
keyed and made anew for each exchange (`person`): who reads entries of two exchanges cannot tell that they are about the same holder. This
node can: it knows the key, and makes the digest of a person for the exchanges it looks through.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from federation.model.evidence import EventType
from federation.model.refusal import UNTRUSTED_CHANNEL, Refusal
from federation.ports import Draft, Incoming, Recorded, Reply
from node.ports.store import Nouns
from node.vault import Vault


class Recorder:
    """Makes entries for one node."""

    def __init__(self, province: str, clock: Callable[[], datetime]) -> None:
        """`clock` is UTC."""
        self._province = province
        self._clock = clock

    @property
    def province(self) -> str:
        """The node's own."""
        return self._province

    def now(self) -> datetime:
        """The time that entries are given."""
        return self._clock()

    def entry(self, event: EventType, step: str, exchange_id: str, **members: Any) -> dict[str, Any]:
        """An entry; members that are None or empty are left out."""
        entry: dict[str, Any] = {
            "v": 1,
            "type": event.value,
            "step": step,
            "exchange": exchange_id,
            "node": self._province,
            "time": self._clock().isoformat(timespec="milliseconds"),
        }
        entry.update({name: value for name, value in members.items() if value not in (None, "", [], ())})
        return entry

    def sent(
        self,
        nouns: Nouns,
        draft: Draft,
        event: EventType,
        step: str,
        members: Mapping[str, Any],
        *,
        digest: str = "request",
    ) -> Recorded:
        """Append the entry of a message that this node sends: it is the message's proof. `digest` names the member for its digest.

        Its time is the message's stamp: so the receiver can name the moment as this log does.
        """
        said = {digest: draft.digest, "sent": {draft.kind: digest}, **members}
        entry = self.entry(event, step, draft.exchange_id, **said)
        if draft.issued_at is not None:
            entry["time"] = draft.issued_at.isoformat(timespec="milliseconds")
        return Recorded(draft=draft, index=nouns.evidence.append(entry))

    def keep_asked(self, nouns: Nouns, incoming: Incoming[Any]) -> None:
        """Keep the proof that a peer's request came under: that it was asked stands in its own log. Clause 8.5."""
        if incoming.proof is not None:
            proofs = {incoming.sender: incoming.proof}
            nouns.receipts.put(incoming.exchange_id, proofs, {}, self.now(), of_peer=True)

    def keep_answered(self, nouns: Nouns, exchange_id: str, replies: Mapping[str, Reply[Any] | None]) -> None:
        """Keep the proofs that answers to a request of ours came under, by province, whatever they say."""
        proofs = {code: one.proof for code, one in replies.items() if one is not None and one.proof is not None}
        nouns.receipts.put(exchange_id, proofs, {}, self.now())


def answer_members(reply: Reply[Any]) -> dict[str, Any]:
    """What an entry about the answer of a peer says of it: its digest, and when the peer stamped it (ms since 1970).

    With both, the peer and this node name the answer alike, and reconciliation finds it on both sides (`node.ports.counterparts`).
    """
    return answered_member(reply.digest, reply.issued_at)


def answered_member(digest: str, issued_at: datetime | None) -> dict[str, Any]:
    """The same, of an answer that is known by these two."""
    return {"answer": digest} | ({} if issued_at is None else {"issued": round(issued_at.timestamp() * 1000)})


def person(vault: Vault, exchange_id: str, label: str, value: str) -> str:
    """A digest (hex) of a person's `value` that is good for one exchange; `label` says which part the person has in it."""
    return vault.digest(f"entry {label}", exchange_id, value)


def refusal_member(refusal: Refusal | None) -> dict[str, Any] | None:
    """A refusal as an entry holds it: code and word, no free text; `by` is the province whose word it is, where that is not this one.

    `passing`: whoever refused said when to ask again.
    """
    if refusal is None:
        return None
    member: dict[str, Any] = {"code": refusal.code, "reason": refusal.reason.value}
    if refusal.detail == UNTRUSTED_CHANNEL:
        member["channel"] = "UNTRUSTED"
    if refusal.retry_after_s:
        member["passing"] = True
    return member | {"by": refusal.by} if refusal.by else member
