"""Which entries answer an auditor's question. node.usecases.inquiry.{question,threads,answering}."""

from collections.abc import Iterator
from typing import Any

import pytest

from node.ports.evidence import LogEntry
from node.usecases.inquiry.answering import COUNTED, Found, answers, counted
from node.usecases.inquiry.period import period
from node.usecases.inquiry.question import Person, Question
from trust import canonical

CERTIFICATE = "1.2.156.3005.2.11100000MB03271699901.11330000DEMA0011X9.1.001.Z"
TYPE = "11100000MB03271699901"
UNITS = {"counter": "UNIT-A", "desk": "UNIT-B"}
COMMON = {"v": 1, "node": "320000", "time": "2026-03-10T02:00:00.000+00:00"}

LOG: tuple[dict[str, Any], ...] = (
    # 0-2: UNIT-A applies, searches, retrieves; one province times out.
    {"type": "APPLY", "step": "asked", "exchange": "e0", "apply": "a0", "app": "counter", "org": "UNIT-A", "item": "I1",
     "line": "L1", "holder": "h@e0", "operator": "o@e0", "peers": ["310000", "330000"], "types": [TYPE]},
    {"type": "SEARCH", "step": "answered", "exchange": "e1", "apply": "a0", "verdict": "INCOMPLETE", "peers": ["310000"],
     "outcomes": [{"province": "330000", "outcome": "OK"},
                  {"province": "310000", "outcome": "TIMEOUT", "refusal": {"code": 2, "reason": "PEER_TIMEOUT"}}]},
    {"type": "RETRIEVE", "step": "received", "exchange": "e2", "apply": "a0", "peer": "330000", "output": "FILE",
     "certificate": CERTIFICATE, "verdict": "VALID"},
    # 3: the file was fetched by its address: only the exchange says whose it is.
    {"type": "RETRIEVE", "step": "downloaded", "exchange": "e2", "app": "counter", "time": "2026-04-01T00:00:00.000+00:00"},
    # 4: UNIT-B is refused before it has an application.
    {"type": "APPLY", "step": "refused", "exchange": "e4", "app": "desk", "refusal": {"code": 203, "reason": "CONSENT_MISSING"}},
    # 5: a province asks us, and is told no.
    {"type": "VERIFY", "step": "answered", "exchange": "e5", "apply": "a5", "peer": "340000", "org": "UNIT-C", "item": "I9",
     "result": "REJECT", "types": ["X"]},
    # 6-7: an alarm belongs to no exchange; what follows without an application is not drawn into it.
    {"type": "ALARM", "step": "paused", "exchange": "", "alarm": "m", "apply": "a5", "operator": "o@m", "kind": "HOLDERS"},
    {"type": "ALARM", "step": "paused", "exchange": "", "alarm": "n", "operator": "x", "kind": "HOLDERS"},
    # 8: the holder was told of the use in e2.
    {"type": "NOTICE", "step": "delivered", "exchange": "n8", "use": "e2", "peer": "330000", "addressee": "HOLDER"},
    # 9: a consent, on the last moment of March in Beijing.
    {"type": "CONSENT", "step": "taken", "exchange": "consent-c", "consent_id": "c", "consent": "d", "app": "desk",
     "holder": "h@consent-c", "time": "2026-03-31T15:59:59.999+00:00"},
)  # fmt: skip


def asked(question: Question) -> list[Found]:
    """The answers out of `LOG`."""
    return list(answers(question, entries(), UNITS))


def entries() -> Iterator[LogEntry]:
    """`LOG` as a store gives it."""
    for index, entry in enumerate(LOG):
        yield LogEntry(index=index, entry=canonical.dumps(COMMON | entry))


def somebody(member: str, name: str) -> Person:
    """A person who stands in entries as `name`@exchange."""
    return Person(member=member, digests=lambda exchange: frozenset({f"{name}@{exchange}"}))


MARCH = period("2026-03")
APRIL = period("2026-04")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param(Question(), list(range(10)), id="no question, the whole log"),
        pytest.param(Question(certificate=CERTIFICATE, since=MARCH[0], until=MARCH[1]), [2], id="who saw it in March"),
        pytest.param(Question(certificate=CERTIFICATE, since=APRIL[0], until=APRIL[1]), [], id="nobody saw it in April"),
        pytest.param(Question(event="CONSENT", since=MARCH[0], until=MARCH[1]), [9], id="a month ends in Beijing"),
        pytest.param(Question(event="CONSENT", since=APRIL[0]), [], id="and the next begins there"),
        pytest.param(Question(event="RETRIEVE", since=APRIL[0]), [3], id="from a day on"),
        pytest.param(Question(unit="UNIT-A"), [0, 1, 2, 3, 8], id="a unit's uses, down to the notice"),
        pytest.param(Question(unit="UNIT-B", refused=True), [4], id="refusals before there was an application"),
        pytest.param(Question(unit="UNIT-B"), [4, 9], id="a unit is known by its line systems"),
        pytest.param(Question(unit="UNIT-C", refused=True), [5], id="a peer's unit that we refused"),
        pytest.param(Question(refused=True), [1, 4, 5], id="all refusals, outcomes too"),
        pytest.param(Question(refused=True, peer="330000"), [], id="the one who answered did not refuse"),
        pytest.param(Question(result="TIMEOUT", peer="310000"), [1], id="when a province did not answer"),
        pytest.param(Question(result="TIMEOUT", peer="330000"), [], id="another one's silence is not its own"),
        pytest.param(Question(result="CONSENT_MISSING"), [4], id="a reason"),
        pytest.param(Question(result="INCOMPLETE"), [1], id="searches that were not complete"),
        pytest.param(Question(certificate_type=TYPE), [0, 2], id="a type, named or in the identifier"),
        pytest.param(Question(item="I1", event="RETRIEVE"), [2, 3], id="an item's retrievals"),
        pytest.param(Question(line="L1", event="SEARCH"), [1], id="a line's searches"),
        pytest.param(Question(apply="a5"), [5, 6], id="an application, with its alarm"),
        pytest.param(Question(exchange="e2"), [2, 3, 8], id="an exchange, with its notice"),
        pytest.param(Question(consent="c"), [9], id="a consent by its id"),
        pytest.param(Question(output="FILE"), [2], id="files"),
        pytest.param(Question(peer="330000"), [0, 1, 2, 8], id="all that a province took part in"),
        pytest.param(Question(app="counter"), [0, 1, 2, 3, 8], id="a line system"),
        pytest.param(Question(person=somebody("holder", "h")), [0, 1, 2, 3, 8, 9], id="a holder, through applications"),
        pytest.param(Question(person=somebody("operator", "o")), [0, 1, 2, 3, 6, 8], id="an operator"),
        pytest.param(Question(person=somebody("holder", "z")), [], id="a holder nobody asked for"),
    ],
)  # fmt: skip
def test_a_question_finds_its_entries_and_no_other(question: Question, expected: list[int]) -> None:
    assert [one.index for one in asked(question)] == expected


def test_an_answer_says_whom_it_is_about() -> None:
    download = asked(Question(event="RETRIEVE", step="downloaded"))[0]

    assert (download.context.org, download.context.item, download.context.line) == ("UNIT-A", "I1", "L1")


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        pytest.param("unit", [("UNIT-A", 5), ("UNIT-B", 2), ("UNIT-C", 2), ("", 1)], id="unit"),
        pytest.param("month", [("2026-03", 9), ("2026-04", 1)], id="month"),
        pytest.param("output", [("", 9), ("FILE", 1)], id="output"),
    ],
)
def test_answers_are_counted_the_most_first(by: str, expected: list[tuple[str, int]]) -> None:
    assert counted(asked(Question()), by) == expected


@pytest.mark.parametrize("by", COUNTED)
def test_every_entry_has_a_value_to_be_counted_by(by: str) -> None:
    assert sum(amount for _, amount in counted(asked(Question()), by)) >= len(LOG)
