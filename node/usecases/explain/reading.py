"""One evidence entry as steps of a timeline. Pure: an entry in, steps out; the whole exchange is `timeline`'s. Clause 8.5.

An entry of a type or step that is not known here, of another version of this product, becomes one plain step. What its members mean is in
`node.usecases.record` and where they are written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.fault import Hop, Sides
from federation.model.refusal import MEANINGS, Reason
from node.ports.timeline import Result, Step
from node.usecases.explain import words
from node.usecases.explain.judging import fault_of

Entry = Mapping[str, Any]
_FACTS = ("apply", "line", "line_version", "types", "certificate", "output", "request", "answer", "repeated", "app")
_AS_OUTCOME = {one.value: one for one in Result}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the entries of the node of `me`."""

    me: str

    def steps(self, index: int | None, entry: Entry) -> list[Step]:
        """The steps that an entry stands for, in order."""
        read = _READERS.get((entry["type"], entry["step"]))
        if read is None and entry["step"] == "answered":
            read = _answered_peer if "peer" in entry else _outcomes if "outcomes" in entry else None
        return list((read or _plain)(_Page(self.me, index, entry)))


@dataclass(frozen=True, slots=True)
class _Page:
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
    """The reason in an entry; a word of another version is an error that nobody here can read."""
    word = refusal["reason"]
    return Reason(word) if word in Reason.__members__ else Reason.PEER_ERROR


def _plain(page: _Page) -> Iterator[Step]:
    """Whatever it is, it was done here, or refused here."""
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], page.asking(entry.get("peer", "")), Result.REFUSED)
    else:
        yield page.step(
            Hop.LOCAL, Result.OK, f"{words.event(entry['type'])}：{entry['step']}", peer=entry.get("peer", "")
        )


def _refused_here(page: _Page) -> Iterator[Step]:
    """Our own check ended it before anybody was asked, or what came of asking one province."""
    entry = page.entry
    refusal, provider = entry["refusal"], entry.get("peer", "")
    spoke = provider if "answer" in entry else refusal.get("by", "")
    if reason_of(refusal) is Reason.FILE_MISMATCH:
        spoke = ""  # whoever receives a file says so
    yield page.stopped(refusal, page.asking(provider, spoke, in_answer="answer" in entry or not spoke), Result.REFUSED)


def _asked(page: _Page) -> Iterator[Step]:
    """Our own checks passed; who is asked, and who is not."""
    entry = page.entry
    yield page.step(Hop.LOCAL, Result.OK, words.CHECKED)
    provinces = entry.get("peers") or ([entry["peer"]] if "peer" in entry else [])
    if provinces:
        yield page.step(Hop.ROUTE, Result.OK, words.sent(entry["type"], provinces))
    else:
        yield page.step(Hop.ROUTE, Result.OK, words.NOBODY)
    for one in entry.get("skipped", ()):
        yield _skipped(page, one)


def _skipped(page: _Page, one: Entry) -> Step:
    sides = page.asking(one["province"])
    return page.stopped(one["refusal"], sides, Result.SKIPPED, words.skipped(one["province"], "{}"))


def _own_verdict(page: _Page) -> Iterator[Step]:
    """This province's own part as a provider."""
    reasons = page.entry.get("reasons", ())
    yield from _verdict(page, page.entry.get("result", ""), reasons, page.asking(page.me))


def _verdict(page: _Page, result: str, reasons: Iterable[Entry], sides: Sides) -> Iterator[Step]:
    first = next(iter(reasons), None)
    if first is not None:
        pending = reason_of(first) is Reason.REVIEW_PENDING
        yield page.stopped(first, sides, Result.PENDING if pending else Result.DENIED)
    elif result in {"PASS", ""}:
        yield page.step(Hop.LOCAL, Result.OK, words.CHECKED, peer=page.entry.get("peer", ""))
    else:
        yield page.step(Hop.LOCAL, Result.DENIED, result, peer=page.entry.get("peer", ""))


def _outcomes(page: _Page) -> Iterator[Step]:
    """What came of each province, and the end of it."""
    entry = page.entry
    took = entry.get("took_ms", {})
    whole = True
    for one in entry.get("outcomes", ()):
        step = _outcome(page, one, took.get(one["province"]))
        whole = whole and step.result not in {Result.TIMEOUT, Result.ERROR}
        yield step
    complete = entry["verdict"] == "COMPLETE" if "verdict" in entry else whole
    text = words.merged(entry["count"], complete=complete) if "count" in entry else words.RECORDED
    yield page.step(Hop.ANSWER, Result.OK if complete else Result.INCOMPLETE, text)


def _outcome(page: _Page, one: Entry, took_ms: int | None) -> Step:
    """One province's part. A denial is that province's word, a skip our own; an error is whoever's word it is."""
    province, result, refusal = one["province"], _AS_OUTCOME.get(one["outcome"], Result.ERROR), one.get("refusal")
    if refusal is None:
        text = words.ANSWERED if province != page.me else words.found(1 if result is Result.OK else 0)
        hop = Hop.PEER if province != page.me else Hop.LIBRARY
        return page.step(hop, result, text, at=province, peer=province, took_ms=took_ms)
    if result is Result.SKIPPED:
        return _skipped(page, one)
    if result is Result.DENIED and reason_of(refusal) is Reason.REVIEW_PENDING:
        result = Result.PENDING
    said = result in {Result.DENIED, Result.PENDING, Result.OK, Result.EMPTY} or "answer" in one
    by = province if said else refusal.get("by", "")
    sides = page.asking(province, by, in_answer=said or not by)
    return page.stopped(refusal, sides, result, took_ms=took_ms)


def _received(page: _Page) -> Iterator[Step]:
    """A certificate came and was verified."""
    peer = page.entry.get("peer", "")
    yield page.step(Hop.PEER, Result.OK, words.ANSWERED, at=peer, peer=peer)
    yield page.step(Hop.CRYPTO, Result.OK, words.received(page.entry.get("output", "")), peer=peer)
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED)


def _own_retrieval(page: _Page) -> Iterator[Step]:
    """A certificate of our own library for our own unit."""
    yield from _handed_out(page, page.asking(page.me))


def _handed_out(page: _Page, sides: Sides) -> Iterator[Step]:
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], sides, Result.REFUSED)
        return
    yield page.step(Hop.LOCAL, Result.OK, words.CHECKED)
    yield page.step(Hop.LIBRARY, Result.OK, words.handed_out(entry.get("output", "")))
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED)


def _answered_peer(page: _Page) -> Iterator[Step]:
    """A peer asked, and this node answered: believed, checked, looked up, recorded."""
    entry, sides = page.entry, page.asked()
    yield page.step(Hop.CRYPTO, Result.OK, words.BELIEVED, peer=entry["peer"])
    if entry.get("repeated"):
        yield page.step(Hop.ANSWER, Result.OK, f"重复请求，按原结果应答；{words.RECORDED}", peer=entry["peer"])
    elif entry["type"] == "VERIFY":
        yield from _verdict(page, entry.get("result", ""), entry.get("reasons", ()), sides)
        yield page.step(Hop.ANSWER, Result.OK, words.RECORDED, peer=entry["peer"])
    elif entry["type"] == "SEARCH":
        yield from _searched(page, sides)
    else:
        yield from _handed_out(page, sides)


def _searched(page: _Page, sides: Sides) -> Iterator[Step]:
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], sides, _AS_OUTCOME.get(entry.get("outcome", ""), Result.DENIED))
    if entry.get("outcome") != Result.DENIED:
        items = len(entry.get("items", ()))
        yield page.step(Hop.LOCAL, Result.OK, words.CHECKED, peer=entry["peer"])
        yield page.step(Hop.LIBRARY, Result.OK if items else Result.EMPTY, words.found(items), peer=entry["peer"])
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED, peer=entry["peer"])


def _refused_peer(page: _Page) -> Iterator[Step]:
    """A peer's message was not believed, or not answered."""
    yield page.stopped(page.entry["refusal"], page.asked(in_answer=False), Result.REFUSED)


def _ended(page: _Page) -> Iterator[Step]:
    """A stream was cut: at the provider the entry names the request, at the consumer the certificate."""
    entry = page.entry
    sides = page.asked() if "request" in entry else page.asking(entry.get("peer", ""))
    yield page.stopped(entry["refusal"], sides, Result.ENDED, f"{words.ENDED}：{{}}")


def _telling(page: _Page) -> Iterator[Step]:
    yield page.step(Hop.NOTICE, Result.PENDING, words.telling(page.entry["peer"]), peer=page.entry["peer"])


def _told(page: _Page) -> Iterator[Step]:
    yield page.step(Hop.NOTICE, Result.OK, words.told(page.entry["peer"]), peer=page.entry["peer"])


def _untold(page: _Page) -> Iterator[Step]:
    refusal, peer = page.entry["refusal"], page.entry["peer"]
    sides = page.asking(peer, refusal.get("by", ""))
    yield page.stopped(refusal, sides, Result.REFUSED, words.untold(peer, "{}"))


_READERS: dict[tuple[str, str], Callable[[_Page], Iterator[Step]]] = {
    **{(event, "refused"): _refused_here for event in ("APPLY", "SEARCH", "RETRIEVE", "VERIFY")},
    **{(event, "asked"): _asked for event in ("APPLY", "SEARCH", "RETRIEVE", "VERIFY")},
    ("VERIFY", "own"): _own_verdict,
    ("RETRIEVE", "own"): _own_retrieval,
    ("RETRIEVE", "received"): _received,
    ("RETRIEVE", "ended"): _ended,
    ("REFUSE", "refused"): _refused_peer,
    ("NOTICE", "asked"): _telling,
    ("NOTICE", "delivered"): _told,
    ("NOTICE", "dead"): _untold,
}
"""How to read each kind of entry, but for what was answered: that is a peer's question, or what came of our own."""
