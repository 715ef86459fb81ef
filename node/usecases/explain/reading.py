"""One evidence entry as steps of a timeline. Pure: an entry in, steps out; the whole exchange is `timeline`'s. Clause 8.5.

An entry of a type or step that is not known here, of another version of this product, becomes one plain step. What its members mean is in
`node.usecases.record` and where they are written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from federation.model.fault import Hop
from node.ports.timeline import Result, Step
from node.usecases.explain import answering, asking, words
from node.usecases.explain.page import Entry, Page


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the entries of the node of `me`."""

    me: str

    def steps(self, index: int | None, entry: Entry) -> list[Step]:
        """The steps that an entry stands for, in order."""
        read = _READERS.get((entry["type"], entry["step"]))
        if read is None and entry["step"] == "answered":
            read = answering.answered_peer if "peer" in entry else asking.outcomes if "outcomes" in entry else None
        return list((read or plain)(Page(self.me, index, entry)))


def plain(page: Page) -> Iterator[Step]:
    """Whatever it is, it was done here, or refused here."""
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], page.asking(entry.get("peer", "")), Result.REFUSED)
    else:
        yield page.step(Hop.LOCAL, Result.OK, words.plain(entry["type"], entry["step"]), peer=entry.get("peer", ""))


_OURS = ("APPLY", "SEARCH", "RETRIEVE", "VERIFY", "HOLDER", "DISCLOSE")

_READERS: dict[tuple[str, str], Callable[[Page], Iterator[Step]]] = {
    **{(event, "refused"): asking.refused_here for event in _OURS},
    **{(event, "asked"): asking.asked for event in _OURS},
    ("HOLDER", "minted"): asking.minted,
    ("VERIFY", "own"): asking.own_verdict,
    ("VERIFY", "decided"): answering.decided,
    ("RETRIEVE", "own"): asking.own_retrieval,
    ("RETRIEVE", "received"): asking.received,
    ("RETRIEVE", "addressed"): asking.addressed,
    ("RETRIEVE", "downloaded"): asking.downloaded,
    ("RETRIEVE", "preview"): asking.drawn,
    ("RETRIEVE", "ended"): answering.ended,
    ("REFUSE", "refused"): answering.refused_peer,
    ("NOTICE", "asked"): asking.telling,
    ("OBJECTION", "asked"): asking.queued,
    ("NOTICE", "delivered"): asking.told,
    ("NOTICE", "passing"): asking.passing,
    ("NOTICE", "passed"): asking.passed,
    ("NOTICE", "dead"): asking.untold,
}
"""How to read each kind of entry, but for what was answered: that is a peer's question, or what came of our own."""
