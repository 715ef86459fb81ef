"""The life of a list entry from draft to withdrawal: what each step does, what it refuses, and what of it outlives a restart."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from federation.model.refusal import Reason
from federation.model.uselist import utc_text
from node.errors import RefusedError
from node.ports.lists import Action, DraftState, Kind
from node.usecases.workshop.ending import Which
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import ListRefusedError
from tests.node.usecases.workshop.room import CHECKER, OTHER_TYPE, THIRD, TYPE, WRITER, Room, digest_of, entry, line

LINE = "JS-0001"
Step = Callable[[Room], Awaitable[object]]


async def test_an_entry_goes_from_draft_to_publication_and_says_who_approved_it() -> None:
    room = Room()

    await room.publish(Kind.USELIST, line())

    (one,) = room.standing(Kind.USELIST, LINE)
    assert (one["version"], one["status"], one["consumer_province"]) == (1, "ACTIVE", "320000")
    assert [(step["step"], step["by"]) for step in one["approvals"]] == [
        ("drafted", digest_of(WRITER.account)),
        ("approved", digest_of(CHECKER.account)),
        ("published", digest_of(CHECKER.account)),
    ]
    assert room.store.read.drafts.get(Kind.USELIST, LINE) is None


async def test_every_step_is_on_record_and_no_account_is_in_the_evidence() -> None:
    room = Room()

    await room.publish(Kind.USELIST, line())

    moves = room.store.read.drafts.moves(Kind.USELIST, LINE, 10)
    steps = [one["step"] for one in room.evidence() if one["exchange"] == f"uselist-{LINE}"]
    assert [one.move.lower() for one in moves] == steps == ["drafted", "submitted", "approved", "published"]
    assert all(
        WRITER.account not in json.dumps(one) and CHECKER.account not in json.dumps(one) for one in room.evidence()
    )


async def test_other_content_is_a_new_version_and_the_old_one_goes_at_once() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())

    await room.publish(Kind.USELIST, line(purpose="核验采矿许可和用地"))

    assert [one["version"] for one in room.standing(Kind.USELIST, LINE)] == [2]


async def test_a_version_that_begins_later_stands_beside_the_one_that_holds_and_replaces_it_at_the_next_publishing() -> (
    None
):
    room = Room()
    await room.publish(Kind.USELIST, line())
    await room.publish(Kind.USELIST, line(purpose="新用途", effective=utc_text(room.clock() + timedelta(days=2))))
    assert [one["version"] for one in room.standing(Kind.USELIST, LINE)] == [1, 2]
    held = room.lists.line("320000", LINE, room.clock())
    assert held is not None
    assert held.line.version == 1

    room.clock.move(days=3)

    held = room.lists.line("320000", LINE, room.clock())
    assert held is not None
    assert held.line.version == 2
    await room.publish(Kind.USELIST, line(purpose="更新"))
    assert [one["version"] for one in room.standing(Kind.USELIST, LINE)] == [3]


async def test_a_version_yet_to_come_can_be_put_off_without_becoming_another() -> None:
    room = Room()
    later, latest = (utc_text(room.clock() + timedelta(days=days)) for days in (2, 9))
    await room.publish(Kind.USELIST, line())
    await room.publish(Kind.USELIST, line(purpose="新用途", effective=later))

    await room.publish(Kind.USELIST, line(purpose="新用途", effective=latest))

    assert [(one["version"], one["effective"]) for one in room.standing(Kind.USELIST, LINE)] == [(1, ""), (2, latest)]


async def test_the_time_at_which_the_old_version_began_is_no_fault_in_the_next() -> None:
    room = Room()
    began = utc_text(room.clock() + timedelta(hours=1))
    await room.publish(Kind.USELIST, line(effective=began))
    room.clock.move(days=1)

    await room.publish(Kind.USELIST, line(purpose="新用途", effective=began))

    assert [(one["version"], one["effective"]) for one in room.standing(Kind.USELIST, LINE)] == [(2, "")]


async def test_a_time_that_passed_while_the_draft_waited_means_at_once() -> None:
    room = Room()
    draft = await room.shop.editing.draft(
        Kind.USELIST, line(effective=utc_text(room.clock() + timedelta(hours=1))), WRITER
    )
    await room.shop.editing.submit(Kind.USELIST, [draft.id], WRITER)
    room.clock.move(hours=2)

    await room.shop.publishing.publish(Kind.USELIST, [draft.id], CHECKER, submitted=True)

    assert [one["effective"] for one in room.standing(Kind.USELIST, LINE)] == [""]


async def test_a_withdrawal_takes_all_versions_at_once() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())
    await room.publish(Kind.USELIST, line(purpose="新用途", effective=utc_text(room.clock() + timedelta(days=2))))

    await room.shop.ending.mark(Kind.USELIST, Action.WITHDRAW, Which(ids=(LINE,)), WRITER, "事项已取消")
    await room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER, submitted=True)

    assert [one["status"] for one in room.standing(Kind.USELIST, LINE)] == ["WITHDRAWN", "WITHDRAWN"]


async def test_a_suspension_keeps_the_version_and_is_taken_back() -> None:
    room = Room()
    await room.publish(Kind.CATALOGUE, entry())
    seen = []

    for action in (Action.SUSPEND, Action.RESUME):
        await room.shop.ending.mark(Kind.CATALOGUE, action, Which(ids=(TYPE,)), WRITER, "系统检修")
        await room.shop.publishing.publish(Kind.CATALOGUE, None, CHECKER, submitted=True)
        seen += [(one["version"], one["status"]) for one in room.standing(Kind.CATALOGUE, TYPE)]

    assert seen == [(1, "SUSPENDED"), (1, "PUBLISHED")]


async def test_new_content_of_a_suspended_line_does_not_resume_it() -> None:
    room = Room()
    await room.publish(Kind.USELIST, line())
    await room.shop.ending.mark(Kind.USELIST, Action.SUSPEND, Which(ids=(LINE,)), WRITER, "核查")
    await room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER, submitted=True)

    await room.publish(Kind.USELIST, line(purpose="新用途"))

    assert [(one["version"], one["status"]) for one in room.standing(Kind.USELIST, LINE)] == [(2, "SUSPENDED")]


async def test_a_withdrawn_type_comes_back_as_a_new_version() -> None:
    room = Room()
    await room.publish(Kind.CATALOGUE, entry())
    await room.shop.ending.mark(Kind.CATALOGUE, Action.WITHDRAW, Which(ids=(TYPE,)), WRITER, "停止共享")
    await room.shop.publishing.publish(Kind.CATALOGUE, [TYPE], CHECKER, submitted=True)

    await room.publish(Kind.CATALOGUE, entry())

    assert [(one["version"], one["status"]) for one in room.standing(Kind.CATALOGUE, TYPE)] == [(2, "PUBLISHED")]


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(Which(item="ITEM-9"), id="of an item"),
        pytest.param(Which(unit="11320000DEMA00999X"), id="of a using unit"),
        pytest.param(Which(type_code=OTHER_TYPE), id="of a certificate type"),
    ],
)
async def test_lines_die_together_in_one_publication(which: Which) -> None:
    room = Room()
    doomed = {"item_code": "ITEM-9", "use_org_code": "11320000DEMA00999X", "type_codes": (OTHER_TYPE,)}
    for number in range(3):
        await room.publish(Kind.USELIST, line(f"JS-000{number}", **doomed))
    await room.publish(Kind.USELIST, line("JS-0009"))
    await room.publish(Kind.USELIST, line("JS-0008", type_codes=(TYPE, OTHER_TYPE)))
    before = len(room.publisher.sizes)

    taken = await room.shop.ending.mark(Kind.USELIST, Action.WITHDRAW, which, WRITER, "已取消")
    published = await room.shop.publishing.publish(Kind.USELIST, list(taken.ids), CHECKER, submitted=True)

    assert published.ids == ("JS-0000", "JS-0001", "JS-0002")
    assert taken.left == (1 if which.type_code else 0)
    assert len(room.publisher.sizes) == before + 1
    assert [room.standing(Kind.USELIST, one)[0]["status"] for one in ("JS-0000", "JS-0008", "JS-0009")] == [
        "WITHDRAWN",
        "ACTIVE",
        "ACTIVE",
    ]


async def test_a_returned_draft_is_open_again_and_says_why() -> None:
    room = Room()
    draft = await room.shop.editing.draft(Kind.USELIST, line(), WRITER)
    await room.shop.editing.submit(Kind.USELIST, [draft.id], WRITER)

    await room.shop.editing.review(Kind.USELIST, [draft.id], CHECKER, approve=False, reason="依据不足")

    held = room.store.read.drafts.get(Kind.USELIST, LINE)
    assert held is not None
    assert (held.state, held.reason, held.author) == (DraftState.DRAFT, "依据不足", WRITER.account)
    assert "依据不足" not in json.dumps(list(room.evidence()), ensure_ascii=False)


async def test_all_takes_only_what_this_manager_may_take() -> None:
    room = Room()
    shop = room.shop
    for author, name in ((WRITER, "JS-1"), (WRITER, "JS-2"), (CHECKER, "JS-3")):
        await shop.editing.draft(Kind.USELIST, line(name), author)
        await shop.editing.submit(Kind.USELIST, None, author)

    reviewed = await shop.editing.review(Kind.USELIST, None, CHECKER, approve=True)
    published = await shop.publishing.publish(Kind.USELIST, None, CHECKER, submitted=True)

    assert (reviewed.ids, reviewed.left) == (("JS-1", "JS-2"), 1)
    assert (published.ids, published.left, published.version) == (("JS-1", "JS-2"), 1, 1)


async def _drafted(room: Room) -> None:
    await room.shop.editing.draft(Kind.USELIST, line(), WRITER)


async def _submitted(room: Room) -> None:
    await _drafted(room)
    await room.shop.editing.submit(Kind.USELIST, [LINE], WRITER)


async def _approved(room: Room) -> None:
    await _submitted(room)
    await room.shop.editing.review(Kind.USELIST, [LINE], CHECKER, approve=True)


async def _published(room: Room) -> None:
    await room.publish(Kind.USELIST, line())


async def _withdrawn(room: Room) -> None:
    await _published(room)
    await room.shop.ending.mark(Kind.USELIST, Action.WITHDRAW, Which(ids=(LINE,)), WRITER, "已取消")
    await room.shop.publishing.publish(Kind.USELIST, [LINE], CHECKER, submitted=True)


async def _nothing(_room: Room) -> None:
    """Nothing came before."""


def _draft(**changes: Any) -> Step:
    return lambda room: room.shop.editing.draft(Kind.USELIST, line(**changes), WRITER)


def _mark(action: Action, which: Which = Which(ids=(LINE,)), reason: str = "样例") -> Step:  # noqa: B008 - frozen
    return lambda room: room.shop.ending.mark(Kind.USELIST, action, which, WRITER, reason)


def _publish(by: Manager) -> Step:
    return lambda room: room.shop.publishing.publish(Kind.USELIST, [LINE], by, submitted=True)


def _review(by: Manager, *, approve: bool = True, reason: str = "") -> Step:
    return lambda room: room.shop.editing.review(Kind.USELIST, [LINE], by, approve=approve, reason=reason)


EDITOR = Manager(account="editor", roles=frozenset({Role.EDIT}))
REVIEWER = Manager(account="reviewer", roles=frozenset({Role.REVIEW}))
PUBLISHER = Manager(account="publisher", roles=frozenset({Role.PUBLISH}))


@pytest.mark.parametrize(
    ("before", "step", "reason", "said"),
    [
        pytest.param(_submitted, _review(WRITER), Reason.FOUR_EYES, LINE, id="who wrote it does not review it"),
        pytest.param(_approved, _publish(WRITER), Reason.FOUR_EYES, LINE, id="who wrote it does not publish it"),
        pytest.param(_submitted, _publish(WRITER), Reason.FOUR_EYES, LINE, id="nor by one step that does both"),
        pytest.param(_submitted, _publish(PUBLISHER), Reason.NOT_AUTHORISED, "review", id="one step needs both roles"),
        pytest.param(
            _submitted, _review(EDITOR), Reason.NOT_AUTHORISED, "review", id="who may only edit does not review"
        ),
        pytest.param(
            _approved, _publish(REVIEWER), Reason.NOT_AUTHORISED, "publish", id="who reviews does not publish"
        ),
        pytest.param(
            _drafted, _publish(CHECKER), Reason.LIST_REFUSED, "handed in first", id="a draft is handed in first"
        ),
        pytest.param(
            _nothing, _publish(CHECKER), Reason.LIST_REFUSED, "has no draft", id="there is nothing to publish"
        ),
        pytest.param(
            _drafted, _review(CHECKER), Reason.LIST_REFUSED, "is DRAFT", id="what is not handed in is not reviewed"
        ),
        pytest.param(
            _submitted, _review(CHECKER, approve=False), Reason.LIST_REFUSED, "reason", id="who returns it says why"
        ),
        pytest.param(
            _submitted, _draft(purpose="改"), Reason.LIST_REFUSED, "SUBMITTED", id="what is reviewed stays as it is"
        ),
        pytest.param(
            _nothing, _draft(purpose="wrong"), Reason.LIST_REFUSED, "is wrong", id="an entry that breaks a rule"
        ),
        pytest.param(
            _nothing,
            _draft(effective="2026-03-01T00:00:00Z"),
            Reason.LIST_REFUSED,
            "past",
            id="an effective time gone by",
        ),
        pytest.param(
            _nothing,
            _draft(effective="tomorrow"),
            Reason.LIST_REFUSED,
            "such as 2026",
            id="an effective time that is none",
        ),
        pytest.param(_published, _draft(), Reason.LIST_REFUSED, "published already", id="nothing differs"),
        pytest.param(_withdrawn, _draft(purpose="改"), Reason.LIST_REFUSED, "for good", id="a withdrawn line stays so"),
        pytest.param(_withdrawn, _mark(Action.RESUME), Reason.LIST_REFUSED, "WITHDRAWN", id="nor is it resumed"),
        pytest.param(
            _published, _mark(Action.RESUME), Reason.LIST_REFUSED, "is ACTIVE", id="what is active is not resumed"
        ),
        pytest.param(
            _nothing, _mark(Action.SUSPEND), Reason.LIST_REFUSED, "not published", id="nor suspended unpublished"
        ),
        pytest.param(
            _published,
            _mark(Action.SUSPEND, reason=" "),
            Reason.LIST_REFUSED,
            "give a reason",
            id="suspended for nothing",
        ),
        pytest.param(
            _published, _mark(Action.WITHDRAW, Which()), Reason.LIST_REFUSED, "name either", id="which is not said"
        ),
        pytest.param(
            _published,
            _mark(Action.WITHDRAW, Which(item="NONE")),
            Reason.LIST_REFUSED,
            "names no line",
            id="an item without lines",
        ),
    ],
)
async def test_a_step_that_breaks_a_rule_changes_nothing(
    before: Callable[[Room], Awaitable[None]], step: Step, reason: Reason, said: str
) -> None:
    room = Room()
    await before(room)
    held = (
        room.standing(Kind.USELIST, LINE),
        room.store.read.drafts.get(Kind.USELIST, LINE),
        len(list(room.evidence())),
    )

    with pytest.raises(RefusedError) as refused:
        await step(room)

    assert refused.value.refusal.reason is reason
    assert said in str(refused.value)
    assert held == (
        room.standing(Kind.USELIST, LINE),
        room.store.read.drafts.get(Kind.USELIST, LINE),
        len(list(room.evidence())),
    )


async def test_an_open_draft_is_not_thrown_away_by_a_withdrawal() -> None:
    room = Room()
    await _published(room)
    await room.shop.editing.draft(Kind.USELIST, line(purpose="改"), WRITER)

    with pytest.raises(ListRefusedError, match="open draft"):
        await _mark(Action.WITHDRAW)(room)
    await room.shop.editing.drop(Kind.USELIST, [LINE], THIRD)
    await _mark(Action.WITHDRAW)(room)


async def test_every_step_survives_a_restart() -> None:
    room = Room()
    for step in (_drafted, _submit_again, _review(CHECKER), _publish(CHECKER), _mark(Action.WITHDRAW), _publish(THIRD)):
        room.reopen()
        await room.shop.settling.settle()
        await step(room)

    assert [one["status"] for one in room.standing(Kind.USELIST, LINE)] == ["WITHDRAWN"]


async def _submit_again(room: Room) -> None:
    await room.shop.editing.submit(Kind.USELIST, [LINE], WRITER)
