"""An evidence entry while it is read: how a step of it is made, and a step at which something was refused. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.fault import Hop, Sides
from federation.model.refusal import MEANINGS, Reason
from node.ports.timeline import Result, Step
from node.usecases.explain.judging import fault_of

Entry = Mapping[str, Any]
AS_OUTCOME = {one.value: one for one in Result}
_FACTS = ("apply", "line", "line_version", "types", "certificate", "output", "request", "answer", "repeated", "app")


@dataclass(frozen=True, slots=True)
class Page:
    """An entry being read."""

    me: str
    index: int | None
    entry: Entry

    def step(self, hop: Hop, result: Result, text: str, *, at: str = "", peer: str = "", **more: Any) -> Step:
        """A step of this entry, at this node where nothing else is said."""
        return Step(
            time=self.entry["time"],
            event=self.entry["type"],
            hop=hop,
            at=at or self.me,
            result=result,
            words=text,
            peer=peer,
            entry=self.index,
            facts={name: self.entry[name] for name in _FACTS if name in self.entry},
            **more,
        )

    def stopped(self, refusal: Entry, sides: Sides, result: Result, text: str = "{}", **more: Any) -> Step:
        """A step at which something was refused; `text` takes the refusal's sentence."""
        reason = reason_of(refusal)
        fault = fault_of(reason, sides)
        other = sides.provider if sides.me == sides.consumer else sides.consumer
        said = text.format(MEANINGS[reason].zh)
        return self.step(fault.hop, result, said, at=fault.at, peer=other, fault=fault, **more)

    def asking(self, provider: str, refuser: str = "", *, in_answer: bool = True) -> Sides:
        """This node asked, and it or the province that was asked refuses."""
        return Sides(me=self.me, consumer=self.me, provider=provider, refuser=refuser or self.me, in_answer=in_answer)

    def asked(self, *, in_answer: bool = True) -> Sides:
        """A peer asked, and this node refuses."""
        return Sides(
            me=self.me, consumer=self.entry.get("peer", ""), provider=self.me, refuser=self.me, in_answer=in_answer
        )


def reason_of(refusal: Entry) -> Reason:
    """The reason in an entry; a word of another version is an error that nobody here can read.

    A peer that cannot be reached because whoever answers in its place shows another TLS certificate is no fault of the network.
    """
    if refusal.get("channel") == "UNTRUSTED":
        return Reason.NOT_A_MEMBER
    word = refusal["reason"]
    return Reason(word) if word in Reason.__members__ else Reason.PEER_ERROR
