"""Entries of what this node asked: its own checks, who was asked, what came of each, and what was told to others. Pure; clause 8.5."""

from collections.abc import Iterator

from federation.model.fault import Hop
from federation.model.refusal import Reason
from node.ports.timeline import Result, Step
from node.usecases.explain import words
from node.usecases.explain.answering import handed_out, verdict
from node.usecases.explain.page import AS_OUTCOME, Entry, Page, reason_of


def refused_here(page: Page) -> Iterator[Step]:
    """Our own check ended it before anybody was asked, or what came of asking one province."""
    entry = page.entry
    refusal, provider = entry["refusal"], entry.get("peer") or next(iter(entry.get("peers", ())), "")
    spoke = provider if "answer" in entry else refusal.get("by", "")
    if reason_of(refusal) is Reason.FILE_MISMATCH:
        spoke = ""  # whoever receives a file says so
    yield page.stopped(refusal, page.asking(provider, spoke, in_answer="answer" in entry or not spoke), Result.REFUSED)


def asked(page: Page) -> Iterator[Step]:
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


def _skipped(page: Page, one: Entry) -> Step:
    sides = page.asking(one["province"])
    return page.stopped(one["refusal"], sides, Result.SKIPPED, words.skipped(one["province"], "{}"))


def own_verdict(page: Page) -> Iterator[Step]:
    """This province's own part as a provider."""
    reasons = page.entry.get("reasons", ())
    yield from verdict(page, page.entry.get("result", ""), reasons, page.asking(page.me))


def outcomes(page: Page) -> Iterator[Step]:
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


def _outcome(page: Page, one: Entry, took_ms: int | None) -> Step:
    """One province's part. A denial is that province's word, a skip our own; an error is whoever's word it is."""
    province, result, refusal = one["province"], AS_OUTCOME.get(one["outcome"], Result.ERROR), one.get("refusal")
    if refusal is None:
        text = words.ANSWERED if province != page.me else (words.HELD if result is Result.OK else words.found(0))
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


def received(page: Page) -> Iterator[Step]:
    """A certificate came and was verified."""
    peer = page.entry.get("peer", "")
    yield page.step(Hop.PEER, Result.OK, words.ANSWERED, at=peer, peer=peer)
    yield page.step(Hop.CRYPTO, Result.OK, words.received(page.entry.get("output", "")), peer=peer)
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED)


def own_retrieval(page: Page) -> Iterator[Step]:
    """A certificate of our own library for our own unit."""
    yield from handed_out(page, page.asking(page.me))


def minted(page: Page) -> Iterator[Step]:
    """A handle stands for a holder now; where the home province did not make it, that is why this node did."""
    entry, home = page.entry, page.entry.get("home", "")
    if "refusal" in entry:
        result = AS_OUTCOME.get(entry.get("outcome", ""), Result.ERROR)
        sides = page.asking(home, entry["refusal"].get("by", ""), in_answer=False)
        yield page.stopped(entry["refusal"], sides, result)
    elif entry.get("minted_by") != page.me:
        yield page.step(Hop.PEER, Result.OK, words.ANSWERED, at=home, peer=home)
    yield page.step(Hop.ANSWER, Result.OK, words.minted(entry.get("minted_by", "")))


def addressed(page: Page) -> Iterator[Step]:
    """A one-time address was given out."""
    yield page.step(Hop.ANSWER, Result.OK, words.ADDRESSED)


def downloaded(page: Page) -> Iterator[Step]:
    """A one-time address was used."""
    yield page.step(Hop.ANSWER, Result.OK, words.DOWNLOADED)


def drawn(page: Page) -> Iterator[Step]:
    """A preview was made of what came, or none could be."""
    refusal = page.entry.get("refusal")
    if refusal is None:
        yield page.step(Hop.ANSWER, Result.OK, words.DRAWN)
    else:
        yield page.stopped(refusal, page.asking(""), Result.REFUSED)


def telling(page: Page) -> Iterator[Step]:
    """A notice went out."""
    yield page.step(Hop.NOTICE, Result.PENDING, words.telling(page.entry["peer"]), peer=page.entry["peer"])


def queued(page: Page) -> Iterator[Step]:
    """What waits in a queue of its own went out once."""
    words_ = words.plain(page.entry["type"], page.entry["step"])
    yield page.step(Hop.NOTICE, Result.PENDING, words_, peer=page.entry["peer"])


def told(page: Page) -> Iterator[Step]:
    """A notice arrived."""
    yield page.step(Hop.NOTICE, Result.OK, words.told(page.entry["peer"]), peer=page.entry["peer"])


def passing(page: Page) -> Iterator[Step]:
    """A notice is on its way to a system of the province."""
    yield page.step(Hop.NOTICE, Result.PENDING, words.passing(page.entry["webhook"]))


def passed(page: Page) -> Iterator[Step]:
    """A system of the province has it."""
    yield page.step(Hop.NOTICE, Result.OK, words.passed(page.entry["webhook"]))


def untold(page: Page) -> Iterator[Step]:
    """A notice was given up: of a peer, or of a system of the province."""
    if "webhook" in page.entry:
        yield page.step(Hop.NOTICE, Result.REFUSED, words.unpassed(page.entry["webhook"]))
        return
    refusal, peer = page.entry["refusal"], page.entry["peer"]
    sides = page.asking(peer, refusal.get("by", ""))
    yield page.stopped(refusal, sides, Result.REFUSED, words.untold(peer, "{}"))
