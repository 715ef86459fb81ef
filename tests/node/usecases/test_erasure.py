"""Erasing what the law says must go: the log verifies as before, and says what went, when and why. node.usecases.erasure."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.contents import StoredContent
from node.ports.objections import CaseState
from node.storage.memory import MemoryStore
from node.usecases.erasure import MOST, SLICE, Erasure
from node.usecases.record import Recorder
from node.usecases.workshop.managers import Manager, Role
from tests.node.storage.contract.test_objections import CASE
from tests.node.storage.samples import open_note, sign
from trust.commitment import Opening, new_salt
from trust.evidence_log import verify_log

NOW = datetime(2029, 3, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = 100 * DAY
KEEPER = Manager(account="zhao.liu", roles=frozenset({Role.ERASE}))
EDITOR = Manager(account="li.si", roles=frozenset({Role.EDIT, Role.REVIEW, Role.PUBLISH}))


class Stand:
    """A store whose log binds contents, and who may erase them."""

    def __init__(self) -> None:
        self.store, self.swept = MemoryStore(sign_checkpoint=sign), 0
        self.erasure = Erasure(
            store=self.store,
            recorder=Recorder("320000", lambda: NOW),
            clock=lambda: NOW,
            digest=lambda account: f"digest of {len(account)}",
            kept=KEPT,
            sweep=self._sweep,
        )

    async def _sweep(self) -> None:
        self.swept += 1

    async def bind(self, subject: str, *contents: bytes, age: timedelta = DAY) -> list[Opening]:
        """Commit to contents in an entry each, and keep what opens them."""
        openings = [Opening(label="application", salt=new_salt(), content=one) for one in contents]
        for one in openings:
            row = StoredContent(
                commitment=one.commitment,
                label=one.label,
                subject=subject,
                exchange_id=f"exchange of {subject}",
                sealed=one.salt + one.content,
                kept_at=NOW - age,
            )

            def unit(nouns: Any, row: StoredContent = row) -> None:
                nouns.contents.put(row)
                nouns.evidence.append({"exchange": row.exchange_id, "application": row.commitment})

            await self.store.transact(unit)
        return openings

    def left(self, openings: Sequence[Opening]) -> list[bool]:
        """Which of them can still be opened."""
        held = [self.store.read.contents.get(one.commitment) for one in openings]
        return [one is not None and bool(one.sealed) for one in held]

    def erasing(self) -> list[dict[str, Any]]:
        """The entries on erasing, without what all entries have."""
        log = self.store.read.evidence
        entries = [json.loads(one.entry) for one in log.entries(0, log.head().size)]
        common = {"v", "type", "node", "time"}
        return [
            {name: value for name, value in one.items() if name not in common}
            for one in entries
            if one.get("type") == "ERASE"
        ]

    def verifies(self) -> bool:
        """Whether the log verifies from its leaves, under its last signed head."""
        log = self.store.read.evidence
        head = log.head()
        notes = [head.checkpoint]
        report = verify_log(log.entries(0, head.size), size=head.size, root=head.root, notes=notes, open_note=open_note)
        return report.ok and report.checkpoint_size == head.size


@pytest.fixture
def stand() -> Stand:
    return Stand()


async def test_what_is_erased_leaves_the_proofs_and_an_entry_that_says_so(stand: Stand) -> None:
    gone, other = await stand.bind("a1", b"first", b"second"), await stand.bind("a2", b"third")

    told = await stand.erasure.erase(KEEPER, "a1", "requested", "（2029）苏信函12号")

    assert told == {"subject": "a1", "erased": 2, "kinds": {}}
    assert (stand.left(gone), stand.left(other)) == ([False, False], [True])
    assert stand.erasing() == [
        {
            "step": "erased",
            "exchange": "erase-a1",
            "by": "digest of 8",
            "ground": "REQUESTED",
            "reference": "（2029）苏信函12号",
            "labels": {"application": 2},
            "commitments": sorted(one.commitment for one in gone),
        }
    ]
    assert stand.verifies()


async def test_erased_again_nothing_is_left_and_nothing_is_said(stand: Stand) -> None:
    await stand.bind("a1", b"first")
    await stand.erasure.erase(KEEPER, "a1", "ORDERED", "")

    assert (await stand.erasure.erase(KEEPER, "a1", "ORDERED", ""))["erased"] == 0
    assert len(stand.erasing()) == 1


async def test_what_is_older_than_its_time_goes_in_bounded_slices(stand: Stand) -> None:
    old = await stand.bind("a1", *(b"%d" % number for number in range(SLICE + 1)), age=KEPT + DAY)
    young = await stand.bind("a2", b"young", age=KEPT - DAY)

    assert await stand.erasure.aged() == SLICE + 1
    assert (any(stand.left(old)), stand.left(young)) == (False, [True])
    assert [len(one["commitments"]) for one in stand.erasing()] == [SLICE, 1]
    assert {(one["ground"], one["kept_before"]) for one in stand.erasing()} == {("AGED", "2028-12-05T12:00:00+00:00")}
    assert stand.verifies()


async def test_what_is_on_hold_outlives_its_time_and_may_not_be_erased_until_released(stand: Stand) -> None:
    bound = await stand.bind("a1", b"first", age=KEPT + DAY)
    await stand.erasure.hold(KEEPER, "a1", "litigation", "（2029）沪01行终12号")

    assert await stand.erasure.aged() == 0
    with pytest.raises(RefusedError) as caught:
        await stand.erasure.erase(KEEPER, "a1", "REQUESTED", "")
    assert caught.value.refusal.reason is Reason.CONTENT_HELD
    assert stand.left(bound) == [True]

    await stand.erasure.release(KEEPER, "a1", "")
    assert await stand.erasure.aged() == 1
    assert [one["step"] for one in stand.erasing()] == ["held", "refused", "released", "erased"]


async def test_a_subject_shows_what_is_behind_it_and_never_the_contents(stand: Stand) -> None:
    await stand.bind("a1", b"secret")
    await stand.erasure.hold(KEEPER, "a1", "AUDIT", "")

    shown = stand.erasure.of("a1")

    assert (shown["hold"]["ground"], [one["erased"] for one in shown["contents"]]) == ("AUDIT", [False])
    assert "secret" not in json.dumps(shown)
    assert [one["subject"] for one in stand.erasure.holds("")["holds"]] == ["a1"]


@pytest.mark.parametrize(
    ("manager", "subject", "ground", "reference", "reason"),
    [
        pytest.param(EDITOR, "a1", "ORDERED", "", Reason.NOT_AUTHORISED, id="without the role"),
        pytest.param(KEEPER, "a9", "ORDERED", "", Reason.NO_RECORD, id="nothing of it is here"),
        pytest.param(KEEPER, "a 1\n", "ORDERED", "", Reason.NO_RECORD, id="no id at all"),
        pytest.param(KEEPER, "a1", "BECAUSE", "", Reason.BAD_PARAMETER, id="no ground of the law"),
        pytest.param(KEEPER, "a1", "AGED", "", Reason.BAD_PARAMETER, id="age is the node's to tell"),
        pytest.param(KEEPER, "a1", "ORDERED", "320102199003075678", Reason.BAD_PARAMETER, id="a citizen's number"),
        pytest.param(KEEPER, "a1", "ORDERED", "x" * 65, Reason.BAD_PARAMETER, id="too long a reference"),
    ],
)
async def test_what_may_not_be_erased_stays_and_the_refusal_is_on_record(
    stand: Stand, manager: Manager, subject: str, ground: str, reference: str, reason: Reason
) -> None:
    bound = await stand.bind("a1", b"first")

    with pytest.raises(RefusedError) as caught:
        await stand.erasure.erase(manager, subject, ground, reference)

    assert caught.value.refusal.reason is reason
    (said,) = stand.erasing()
    assert (stand.left(bound), said["step"], said["refusal"]["reason"]) == ([True], "refused", reason.value)
    assert said["by"] == f"digest of {len(manager.account)}"
    assert subject == "a1" or subject not in json.dumps(said)
    assert "320102199003075678" not in json.dumps(said)


@pytest.mark.parametrize("step", ["hold", "release", "erase"])
async def test_a_manager_without_the_role_is_on_record_at_every_step(stand: Stand, step: str) -> None:
    await stand.bind("a1", b"first")
    words = ("",) if step == "release" else ("AUDIT" if step == "hold" else "ORDERED", "")

    with pytest.raises(RefusedError):
        await getattr(stand.erasure, step)(EDITOR, "a1", *words)

    assert [one["refusal"]["reason"] for one in stand.erasing()] == ["NOT_AUTHORISED"]


async def test_of_a_subject_with_very_much_nothing_is_left(stand: Stand) -> None:
    """Also where what was erased before is newer than the rest."""
    old = await stand.bind("a1", *(b"%d" % number for number in range(MOST + 20)))
    await stand.erasure.erase(KEEPER, "a1", "ORDERED", "")
    assert not any(stand.left(old))

    first, *_ = more = await stand.bind("a1", *(b"n%d" % number for number in range(MOST + 20)))
    await stand.store.transact(lambda nouns: [nouns.contents.erase(one.commitment) for one in more[1:]])
    assert (await stand.erasure.erase(KEEPER, "a1", "ORDERED", ""))["erased"] == 1
    assert stand.left([first]) == [False]


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.CHECKING])
async def test_the_claim_of_an_objection_stays_while_it_waits(stand: Stand, state: CaseState) -> None:
    """By it the case is decided, its mark taken away, and who used the certificate found."""
    bound = await stand.bind("o1", b"claim", age=KEPT + DAY)
    await stand.store.transact(lambda nouns: nouns.objections.put(replace(CASE, objection_id="o1", state=state), [b""]))

    with pytest.raises(RefusedError) as caught:
        await stand.erasure.erase(KEEPER, "o1", "REQUESTED", "")
    assert (caught.value.refusal.reason, await stand.erasure.aged()) == (Reason.CONTENT_HELD, 0)
    assert stand.left(bound) == [True]

    ended = replace(CASE, objection_id="o1", state=CaseState.REJECTED)
    await stand.store.transact(lambda nouns: nouns.objections.advance(ended, []))
    assert await stand.erasure.aged() == 1


async def test_a_hold_that_fails_to_be_recorded_is_no_hold(stand: Stand) -> None:
    await stand.bind("a1", b"first")
    broken = replace(
        stand.erasure, recorder=Recorder("320000", lambda: NOW.replace(year=0))
    )  # the clock is out of order

    with pytest.raises(ValueError, match="year"):
        await broken.hold(KEEPER, "a1", "AUDIT", "")

    assert stand.store.read.holds.get("a1") is None
