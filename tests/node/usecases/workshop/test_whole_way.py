"""Lists from a manager's draft to the providers' decisions and back, over real publications between real post rooms. Clauses 6 and 9."""

from pathlib import Path
from typing import Any

from node.ports.lists import Action, Kind
from node.usecases.record import Recorder
from node.usecases.workshop.assembled import Workshop, make_workshop
from node.usecases.workshop.ending import Which
from tests.node.usecases.publication.provinces import Province, Provinces
from tests.node.usecases.workshop.room import CHECKER, HOME, MEMBERS, PEER, WRITER, check, digest_of, entry, line


def _shop(province: Province, *, accept: bool = False) -> Workshop:
    return make_workshop(
        province=province.code,
        store=province.store,
        lists=province.lists,
        recorder=Recorder(province.code, province.mesh.clock),
        clock=province.mesh.clock,
        digest=digest_of,
        check=check,
        publisher=province.publications,
        provinces=lambda: (HOME, PEER),
        accept=accept,
    )


async def _publish(shop: Workshop, kind: Kind, raw: dict[str, Any]) -> None:
    draft = await shop.editing.draft(kind, raw, WRITER)
    await shop.editing.submit(kind, [draft.id], WRITER)
    await shop.publishing.publish(kind, [draft.id], CHECKER, submitted=True)


def _state(shop: Workshop) -> tuple[str, list[str]]:
    told = shop.views.one(Kind.USELIST, HOME, "JS-0001")
    return told["state"], [one["ruling"] for one in told["providers"]]


async def test_a_line_is_published_decided_by_policy_suspended_and_withdrawn(tmp_path: Path) -> None:
    mesh = Provinces(tmp_path, (HOME, PEER))
    home, peer = _shop(mesh[HOME]), _shop(mesh[PEER], accept=True)
    await _publish(peer, Kind.CATALOGUE, entry(province=PEER))
    await mesh.sync()

    await _publish(home, Kind.USELIST, line())
    states = [_state(home)]
    await mesh.sync()
    assert await peer.conforming.decide_conforming(MEMBERS) == 1
    await mesh.sync()
    states.append(_state(home))
    for action in (Action.SUSPEND, Action.RESUME, Action.WITHDRAW):
        await home.ending.mark(Kind.USELIST, action, Which(ids=("JS-0001",)), WRITER, "核查")
        await home.publishing.publish(Kind.USELIST, ["JS-0001"], CHECKER, submitted=True)
        await mesh.sync()
        await peer.conforming.decide_conforming(MEMBERS)
        states.append(_state(home))

    assert states == [
        ("PROVIDER_REVIEW", [""]),
        ("ACTIVE", ["ACCEPTED"]),
        ("SUSPENDED", ["ACCEPTED"]),
        ("ACTIVE", ["ACCEPTED"]),
        ("WITHDRAWN", ["ACCEPTED"]),
    ]
    assert mesh[PEER].held(kind=Kind.DECISIONS) == []


async def test_an_entry_says_the_same_wherever_it_is_held(tmp_path: Path) -> None:
    mesh = Provinces(tmp_path, (HOME, PEER))
    await _publish(_shop(mesh[HOME]), Kind.USELIST, line())
    await mesh.sync()

    assert mesh[PEER].held(HOME, Kind.USELIST) == mesh[HOME].held(kind=Kind.USELIST)
    approvals = mesh[PEER].held(HOME, Kind.USELIST)[0]["approvals"]
    assert [one["step"] for one in approvals] == ["drafted", "approved", "published"]
    assert len({one["by"] for one in approvals}) == 2


async def test_the_unit_that_keeps_the_version_takes_the_drafts_away(tmp_path: Path) -> None:
    mesh = Provinces(tmp_path, (HOME, PEER))
    shop = _shop(mesh[HOME])
    await _publish(shop, Kind.USELIST, line())
    log = mesh[HOME].entries()

    published = [number for number, one in enumerate(log) if one["step"] == "published"]

    assert [log[number]["exchange"] for number in published] == [f"uselist-{HOME}-1", "uselist-JS-0001"]
    assert published[1] == published[0] + 1
