"""A provider's side: what waits for it, decisions by hand under four eyes, decisions by policy, and decisions whose lines are gone."""

from datetime import date
from typing import Any

import pytest

from federation.model.decision import Ruling
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.codes import default_codes
from node.lists.problem import Problem
from node.lists.rules import problems
from node.ports.lists import Action, Kind
from node.usecases.publication.own import Change
from node.usecases.workshop.deciding import Limits, Verdict
from node.usecases.workshop.desk import SLICE
from node.usecases.workshop.ending import Which
from node.usecases.workshop.refused import ListRefusedError
from tests.node.usecases.workshop.room import (
    CHECKER,
    HOME,
    MEMBERS,
    OTHER_TYPE,
    PEER,
    TYPE,
    WRITER,
    Room,
    digest_of,
    entry,
    line,
    published,
)

ACCEPT = Verdict(ruling=Ruling.ACCEPTED)
KEY = f"{HOME}/JS-0001/1"


def _room(*, accept: bool = False) -> Room:
    """The workshop of the province that HOME's lines name."""
    return Room(province=PEER, accept=accept)


async def _asked(room: Room, *changes: Change) -> None:
    await room.put_peer(Kind.USELIST, HOME, changes or [published(line())])


async def _waiting(room: Room, **kwargs: Any) -> list[str]:
    return [one.line.use_list_id for one in await room.shop.deciding.waiting(**kwargs)]


def _ruling(room: Room, key: str = KEY) -> list[tuple[str, str]]:
    return [(one["status"], one["basis"]) for one in room.standing(Kind.DECISIONS, key)]


async def test_a_line_waits_until_two_persons_have_decided_it() -> None:
    room = _room()
    await _asked(room)
    assert await _waiting(room) == ["JS-0001"]

    draft = await room.shop.deciding.decide(WRITER, HOME, "JS-0001", ACCEPT)
    with pytest.raises(RefusedError) as refused:
        await room.shop.publishing.publish(Kind.DECISIONS, [draft.id], WRITER, submitted=True)
    await room.shop.publishing.publish(Kind.DECISIONS, [draft.id], CHECKER, submitted=True)

    assert refused.value.refusal.reason is Reason.FOUR_EYES
    assert _ruling(room) == [("ACCEPTED", "hand")]
    approvals = room.standing(Kind.DECISIONS, KEY)[0]["approvals"]
    assert [one["by"] for one in approvals] == [digest_of(one.account) for one in (WRITER, CHECKER, CHECKER)]
    assert await _waiting(room) == []


async def test_lines_that_name_others_or_are_withdrawn_do_not_wait() -> None:
    room = _room()
    await _asked(
        room,
        published(line("JS-1", provider_provinces=("340000",))),
        published(line("JS-2"), status="WITHDRAWN"),
        published(line("JS-3"), status="SUSPENDED"),
        Change(entry={"use_list_id": "JS-4", "version": 1}, id="JS-4", version=1),
    )

    assert await _waiting(room) == ["JS-3"]


async def test_waiting_lines_come_page_by_page() -> None:
    room = _room()
    await _asked(room, *(published(line(f"JS-{number}")) for number in range(5)))

    first = await _waiting(room, limit=2)
    rest = await _waiting(room, after=f"{HOME}/JS-1/1")

    assert (first, rest) == (["JS-0", "JS-1"], ["JS-2", "JS-3", "JS-4"])


async def test_a_line_that_says_something_else_waits_again() -> None:
    room = _room()
    await _asked(room)
    await room.shop.deciding.decide_all(WRITER, HOME, ACCEPT)
    await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)
    await _asked(room, published(line(), status="SUSPENDED"))
    assert await _waiting(room) == []

    await _asked(room, published(line(purpose="换了内容")))

    assert await _waiting(room) == ["JS-0001"]


async def test_a_decision_on_a_line_that_changed_meanwhile_is_not_published() -> None:
    room = _room()
    await _asked(room)
    draft = await room.shop.deciding.decide(WRITER, HOME, "JS-0001", ACCEPT)
    await _asked(room, published(line(purpose="换了内容")))

    with pytest.raises(ListRefusedError, match="changed since"):
        await room.shop.publishing.publish(Kind.DECISIONS, [draft.id], CHECKER, submitted=True)


async def test_decisions_on_lines_that_are_gone_go_at_the_next_publishing() -> None:
    room = _room()
    await _asked(room, *(published(line(f"JS-{number}")) for number in range(3)))
    for name in ("JS-0", "JS-1"):
        await room.shop.deciding.decide(WRITER, HOME, name, ACCEPT)
    await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)
    await _asked(room, published(line("JS-0"), status="WITHDRAWN"), Change(entry=None, id="JS-1", version=1))

    await room.shop.deciding.decide(WRITER, HOME, "JS-2", ACCEPT)
    await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)

    assert [_ruling(room, f"{HOME}/JS-{number}/1") for number in range(3)] == [[], [], [("ACCEPTED", "hand")]]


async def test_an_acceptance_is_taken_back_by_another_decision() -> None:
    room = _room()
    await _asked(room)
    for verdict in (ACCEPT, Verdict(ruling=Ruling.SUSPENDED, reasons=("疑似超范围使用",))):
        await room.shop.deciding.decide(WRITER, HOME, "JS-0001", verdict)
        await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)

    assert _ruling(room) == [("SUSPENDED", "hand")]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        pytest.param(Verdict(ruling=Ruling.REJECTED), "say why", id="rejected for no reason"),
        pytest.param(Verdict(ruling=Ruling.LIMITED), "has limits", id="limited by nothing"),
        pytest.param(
            Verdict(ruling=Ruling.ACCEPTED, limits=Limits(daily_limit=5)), "others have none", id="accepted and limited"
        ),
        pytest.param(
            Verdict(ruling=Ruling.LIMITED, limits=Limits(type_codes=(OTHER_TYPE,))),
            "not in the line",
            id="limited to what the line does not ask",
        ),
        pytest.param(Verdict(ruling=Ruling.REJECTED, reasons=("长" * 201,)), "at most 200", id="a reason without end"),
    ],
)
async def test_a_ruling_says_what_it_has_to(verdict: Verdict, said: str) -> None:
    room = _room()
    await _asked(room)

    with pytest.raises(ListRefusedError, match=said):
        await room.shop.deciding.decide(WRITER, HOME, "JS-0001", verdict)


def _by_the_rules(kind: Kind, raw: dict[str, Any]) -> list[Problem]:
    return problems(kind, raw, province=PEER, codes=default_codes(), today=date(2026, 3, 2))


@pytest.mark.parametrize(
    ("limits", "fields"),
    [
        pytest.param(Limits(valid_to="2026-99-99"), ["valid_to"], id="a day that does not exist"),
        pytest.param(Limits(valid_to="２０２６-12-31"), ["valid_to"], id="full-width digits"),
        pytest.param(Limits(valid_to="2026-12-31", daily_limit=-1), ["daily_limit"], id="a number below zero"),
        pytest.param(Limits(valid_to="2026-12-31", daily_limit=5), [], id="good limits"),
    ],
)
async def test_the_limits_of_a_ruling_are_judged_by_the_rules_for_decisions(limits: Limits, fields: list[str]) -> None:
    room = Room(province=PEER, rules=_by_the_rules)
    await _asked(room)
    verdict = Verdict(ruling=Ruling.LIMITED, limits=limits)

    found: list[str] = []
    try:
        await room.shop.deciding.decide(WRITER, HOME, "JS-0001", verdict)
    except ListRefusedError as refused:
        found = [one.field for one in refused.faults]

    assert found == fields


async def test_a_ruling_that_one_line_does_not_bear_is_drafted_on_none() -> None:
    room = _room()
    names = [f"JS-{number:02}" for number in range(SLICE + 5)]
    await _asked(room, *(published(line(name)) for name in names), published(line("JS-98", output_modes=("DATA",))))
    await _asked(room, published(line("JS-99", output_modes=("DATA",))))
    narrowed = Verdict(ruling=Ruling.LIMITED, limits=Limits(output_modes=("FILE",)))

    with pytest.raises(ListRefusedError) as refused:
        await room.shop.deciding.decide_all(WRITER, HOME, narrowed)

    assert [one.id for one in refused.value.faults] == [f"{HOME}/JS-98/1", f"{HOME}/JS-99/1"]
    assert await room.shop.desk.drafts(Kind.DECISIONS, None) == []


@pytest.mark.parametrize(
    ("consumer", "name"),
    [
        pytest.param(HOME, "JS-9", id="no such line"),
        pytest.param(PEER, "JS-0001", id="the own province"),
        pytest.param("990000", "JS-0001", id="no member"),
    ],
)
async def test_there_must_be_a_line_to_decide(consumer: str, name: str) -> None:
    room = _room()
    await _asked(room)

    with pytest.raises(ListRefusedError):
        await room.shop.deciding.decide(WRITER, consumer, name, ACCEPT)


async def test_the_policy_accepts_what_the_catalogue_offers_and_leaves_the_rest_to_a_hand() -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(
        room,
        published(line("JS-1")),
        published(line("JS-2", type_codes=(TYPE, OTHER_TYPE))),
        published(line("JS-3", output_modes=("VERIFY",))),
        published(line("JS-4", allowed_fields=("KZ_SECRET",))),
        published(line("JS-5", output_modes=("ORIGINAL",), allowed_fields=())),
    )

    assert await room.shop.conforming.decide_conforming(MEMBERS) == 2

    assert await _waiting(room) == ["JS-2", "JS-3", "JS-4"]
    assert _ruling(room, f"{HOME}/JS-1/1") == [("ACCEPTED", "policy")]
    (told,) = [one for one in room.evidence() if one["step"] == "policy"]
    assert (told["consumer"], told["accepted"], told["exchange"]) == (HOME, 2, "decisions-policy-1")


async def test_the_policy_looks_again_when_the_own_catalogue_has_grown() -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room, published(line("JS-1", type_codes=(OTHER_TYPE,))))
    assert await room.shop.conforming.decide_conforming(MEMBERS) == 0

    await room.publish(Kind.CATALOGUE, entry(OTHER_TYPE, province=PEER))

    assert await room.shop.conforming.decide_conforming(MEMBERS) == 1
    assert await room.shop.conforming.decide_conforming(MEMBERS) == 0


async def test_the_policy_drops_decisions_on_lines_that_are_gone_and_does_not_decide_under_a_hand() -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room, published(line("JS-1")), published(line("JS-2")))
    await room.shop.deciding.decide(WRITER, HOME, "JS-2", Verdict(ruling=Ruling.REJECTED, reasons=("依据不足",)))
    await room.shop.conforming.decide_conforming(MEMBERS)
    assert await _waiting(room) == ["JS-2"]

    await _asked(room, published(line("JS-1"), status="WITHDRAWN"))
    await room.shop.conforming.decide_conforming(MEMBERS)

    assert _ruling(room, f"{HOME}/JS-1/1") == []


SUSPEND = Verdict(ruling=Ruling.SUSPENDED, reasons=("疑似超范围使用",))
REJECT = Verdict(ruling=Ruling.REJECTED, reasons=("依据不足",))
LIMIT = Verdict(ruling=Ruling.LIMITED, limits=Limits(daily_limit=5))


@pytest.mark.parametrize(
    ("verdict", "policy_accepts"),
    [
        pytest.param(REJECT, False, id="rejected"),
        pytest.param(LIMIT, False, id="limited"),
        pytest.param(SUSPEND, False, id="suspended"),
        pytest.param(ACCEPT, True, id="accepted"),
    ],
)
async def test_the_policy_takes_up_a_changed_line_only_after_a_plain_acceptance(
    verdict: Verdict, *, policy_accepts: bool
) -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room)
    await room.shop.deciding.decide(WRITER, HOME, "JS-0001", verdict)
    await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)

    await _asked(room, published(line(purpose="换了用途"), version=2), Change(entry=None, id="JS-0001", version=1))
    await room.shop.conforming.decide_conforming(MEMBERS)

    assert await _waiting(room) == ([] if policy_accepts else ["JS-0001"])
    accepted = [("ACCEPTED", "policy")] if policy_accepts else []
    assert _ruling(room, f"{HOME}/JS-0001/2") == accepted


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(Change(entry=None, id="JS-0001", version=1), id="gone"),
        pytest.param(published(line(), status="WITHDRAWN"), id="withdrawn"),
    ],
)
async def test_a_suspension_outlives_that_the_line_ends_and_is_published_again_as_it_was(end: Change) -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room)
    await room.shop.deciding.decide(WRITER, HOME, "JS-0001", SUSPEND)
    await room.shop.publishing.publish(Kind.DECISIONS, None, CHECKER, submitted=True)

    for change in (end, published(line())):
        await _asked(room, change)
        await room.shop.conforming.decide_conforming(MEMBERS)

    assert _ruling(room) == [("SUSPENDED", "hand")]


async def test_one_province_whose_decisions_cannot_be_published_keeps_no_other_waiting() -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room)
    await room.put_peer(Kind.USELIST, "340000", [published(line("AH-1", consumer_province="340000"))])
    room.publisher.refuses = HOME
    first = await room.shop.conforming.decide_conforming(MEMBERS)
    room.publisher.refuses = ""

    assert (first, _ruling(room, "340000/AH-1/1")) == (1, [("ACCEPTED", "policy")])
    assert await room.shop.conforming.decide_conforming(MEMBERS) == 1, "it is tried again"


async def test_without_the_policy_nothing_is_accepted() -> None:
    room = _room()
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room)

    assert await room.shop.conforming.decide_conforming(MEMBERS) == 0
    assert await _waiting(room) == ["JS-0001"]


async def test_a_restart_decides_nothing_twice() -> None:
    room = _room(accept=True)
    await room.publish(Kind.CATALOGUE, entry(province=PEER))
    await _asked(room)
    await room.shop.conforming.decide_conforming(MEMBERS)

    room.reopen()

    assert await room.shop.conforming.decide_conforming(MEMBERS) == 0


async def test_a_line_whose_types_nobody_offers_any_more_is_dead() -> None:
    room = Room()
    await room.put_peer(Kind.CATALOGUE, PEER, [published(entry(province=PEER))])
    await room.publish(Kind.USELIST, line())
    digest = room.lists.line_versions(HOME, "JS-0001")[0].digest
    decided = {
        "decision_id": KEY,
        "version": 1,
        "status": "ACCEPTED",
        "consumer": HOME,
        "use_list_id": "JS-0001",
        "line_version": 1,
        "line_digest": digest,
    }
    assert room.shop.views.one(Kind.USELIST, HOME, "JS-0001")["state"] == "PROVIDER_REVIEW"
    await room.put_peer(Kind.DECISIONS, PEER, [Change(entry=decided, id=KEY, version=1)])
    held = room.shop.views.one(Kind.USELIST, HOME, "JS-0001")
    assert (held["state"], held["dead"], held["providers"][0]["line_version"]) == ("ACTIVE", "", 1)

    gone = published(
        entry(province=PEER),
        status="WITHDRAWN",
        approvals=[{"step": "published", "by": "x", "at": "2026-03-02T00:00:00Z"}],
    )
    await room.put_peer(Kind.CATALOGUE, PEER, [gone])

    held = room.shop.views.one(Kind.USELIST, HOME, "JS-0001")
    assert (held["state"], held["dead"]) == ("ACTIVE", f"{TYPE} WITHDRAWN at {PEER} since 2026-03-02T00:00:00Z")
    with pytest.raises(ListRefusedError, match="no named province has this type"):
        await room.shop.editing.draft(Kind.USELIST, line("JS-2"), WRITER)


async def test_a_suspended_line_is_resumed_under_the_decision_it_had() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line(provider_provinces=(HOME,)))
    assert room.shop.views.one(Kind.USELIST, HOME, "JS-0001")["state"] == "ACTIVE"
    for action, state in ((Action.SUSPEND, "SUSPENDED"), (Action.RESUME, "ACTIVE")):
        await room.shop.ending.mark(Kind.USELIST, action, Which(ids=("JS-0001",)), WRITER, "核查")
        await room.shop.publishing.publish(Kind.USELIST, None, CHECKER, submitted=True)

        assert room.shop.views.one(Kind.USELIST, HOME, "JS-0001")["state"] == state
