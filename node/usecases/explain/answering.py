"""Entries of what peers asked this node: believed, checked, looked up, recorded; or not believed. Pure; clause 8.5."""

from collections.abc import Iterable, Iterator

from federation.model.fault import Hop, Sides
from federation.model.refusal import Reason
from node.ports.timeline import Result, Step
from node.usecases.explain import words
from node.usecases.explain.page import AS_OUTCOME, Entry, Page, reason_of


def answered_peer(page: Page) -> Iterator[Step]:
    """A peer asked, and this node answered: believed, checked, looked up, recorded."""
    entry, sides = page.entry, page.asked()
    yield page.step(Hop.CRYPTO, Result.OK, words.BELIEVED, peer=entry["peer"])
    if entry.get("repeated"):
        yield page.step(Hop.ANSWER, Result.OK, f"重复请求，按原结果应答；{words.RECORDED}", peer=entry["peer"])
    elif entry["type"] == "VERIFY":
        yield from verdict(page, entry.get("result", ""), entry.get("reasons", ()), sides)
        yield page.step(Hop.ANSWER, Result.OK, words.RECORDED, peer=entry["peer"])
    elif entry["type"] == "SEARCH":
        yield from _searched(page, sides)
    elif entry["type"] == "RETRIEVE":
        yield from handed_out(page, sides)
    else:
        yield from _done(page, sides)


def verdict(page: Page, result: str, reasons: Iterable[Entry], sides: Sides) -> Iterator[Step]:
    """A verdict: passed, rejected for its first reason, or left to a person."""
    first = next(iter(reasons), None)
    if first is not None:
        pending = reason_of(first) is Reason.REVIEW_PENDING
        yield page.stopped(first, sides, Result.PENDING if pending else Result.DENIED)
    elif result in {"PASS", ""}:
        yield page.step(Hop.LOCAL, Result.OK, words.CHECKED, peer=page.entry.get("peer", ""))
    else:
        yield page.step(Hop.LOCAL, Result.DENIED, result, peer=page.entry.get("peer", ""))


def _searched(page: Page, sides: Sides) -> Iterator[Step]:
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], sides, AS_OUTCOME.get(entry.get("outcome", ""), Result.DENIED))
    if entry.get("outcome") != Result.DENIED:
        items = len(entry.get("items", ()))
        yield page.step(Hop.LOCAL, Result.OK, words.CHECKED, peer=entry["peer"])
        yield page.step(Hop.LIBRARY, Result.OK if items else Result.EMPTY, words.found(items), peer=entry["peer"])
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED, peer=entry["peer"])


def handed_out(page: Page, sides: Sides) -> Iterator[Step]:
    """A use of a certificate of ours: granted and recorded, or refused."""
    entry = page.entry
    if "refusal" in entry:
        yield page.stopped(entry["refusal"], sides, Result.REFUSED)
        return
    yield page.step(Hop.LOCAL, Result.OK, words.CHECKED)
    yield page.step(Hop.LIBRARY, Result.OK, words.handed_out(entry.get("output", "")))
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED)


def refused_peer(page: Page) -> Iterator[Step]:
    """A peer's message was not believed, or not answered."""
    yield page.stopped(page.entry["refusal"], page.asked(in_answer=False), Result.REFUSED)


def ended(page: Page) -> Iterator[Step]:
    """A stream was cut: at the provider the entry names the request, at the consumer the certificate."""
    entry = page.entry
    sides = page.asked() if "request" in entry else page.asking(entry.get("peer", ""))
    yield page.stopped(entry["refusal"], sides, Result.ENDED, f"{words.ENDED}：{{}}")


def decided(page: Page) -> Iterator[Step]:
    """The verdict on an application that came with a question; the answer to the question has its own entry."""
    yield from verdict(page, page.entry.get("result", ""), page.entry.get("reasons", ()), page.asked())


def _done(page: Page, sides: Sides) -> Iterator[Step]:
    """Whatever else a peer asks: done and recorded, or refused."""
    if "refusal" in page.entry:
        yield page.stopped(page.entry["refusal"], sides, Result.REFUSED)
        return
    yield page.step(Hop.LOCAL, Result.OK, words.DONE, peer=page.entry["peer"])
    yield page.step(Hop.ANSWER, Result.OK, words.RECORDED, peer=page.entry["peer"])
