"""Timelines: how exchanges that went well, or are made good, or never ended, read on both nodes, and who may see them. Issue 6, part 7."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.methods import SEARCH
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason, Refusal
from federation.model.search import Completeness, Query
from federation.ports import Incoming
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.services import Caller
from node.ports.store import Nouns, StoreError
from node.ports.timeline import Result, State, Timeline
from node.usecases.explain.judging import PATIENCE
from node.usecases.explain.mishaps import Door, Mishap, Mishaps
from node.usecases.explain.timeline import MAX_ENTRIES
from node.usecases.explain.told import told
from tests.faults.case import explained, reader
from tests.node.usecases.mesh import ANHUI, CALLER, FACE, HOLDER, JIANGSU, OPERATOR, ZHEJIANG, Mesh, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.test_privacy import story

CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier, size=(1 << 20) + 5)


def read(timeline: Timeline) -> list[tuple[Hop, Result, str]]:
    return [(step.hop, step.result, step.at) for step in timeline.steps]


async def found(mesh: Mesh) -> str:
    await mesh.zhejiang.keep(CERTIFICATE)
    _, answer = await mesh.found()
    return answer.exchange_id


async def test_a_search_reads_at_the_consumer(mesh: Mesh) -> None:
    timeline = await explained(mesh.jiangsu, await found(mesh))

    assert (timeline.state, timeline.faults) == (State.DONE, ())
    assert read(timeline) == [
        (Hop.LOCAL, Result.OK, JIANGSU),
        (Hop.ROUTE, Result.OK, JIANGSU),
        (Hop.LOCAL, Result.SKIPPED, JIANGSU),
        (Hop.LIBRARY, Result.EMPTY, JIANGSU),
        (Hop.PEER, Result.OK, ZHEJIANG),
        (Hop.PEER, Result.EMPTY, ANHUI),
        (Hop.ANSWER, Result.OK, JIANGSU),
    ]


async def test_a_search_reads_at_the_provider(mesh: Mesh) -> None:
    timeline = await explained(mesh.zhejiang, await found(mesh))

    assert timeline.state is State.DONE
    assert read(timeline) == [
        (Hop.CRYPTO, Result.OK, ZHEJIANG),
        (Hop.LOCAL, Result.OK, ZHEJIANG),
        (Hop.LIBRARY, Result.OK, ZHEJIANG),
        (Hop.ANSWER, Result.OK, ZHEJIANG),
    ]
    assert {step.peer for step in timeline.steps} == {JIANGSU}


@pytest.mark.parametrize("code", [JIANGSU, ZHEJIANG, ANHUI])
async def test_an_application_reads_on_every_node(mesh: Mesh, code: str) -> None:
    submitted = await mesh.jiangsu.submit()
    timeline = await explained(mesh[code], submitted.exchange_id)

    assert (timeline.state, timeline.faults) == (State.DONE, ())
    assert timeline.steps[-1].hop is Hop.ANSWER


async def test_a_retrieval_reads_with_the_notices_it_set_off(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE, original=True))
    before = await explained(mesh.zhejiang, received.exchange_id)
    assert await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    after = await explained(mesh.zhejiang, received.exchange_id)
    ours = await explained(mesh.jiangsu, received.exchange_id)

    assert Hop.NOTICE not in {step.hop for step in before.steps}
    assert [step.result for step in after.steps if step.hop is Hop.NOTICE] == [Result.PENDING, Result.OK]
    assert [step.hop for step in ours.steps] == [Hop.LOCAL, Hop.ROUTE, Hop.PEER, Hop.CRYPTO, Hop.ANSWER]
    assert {one.state for one in (before, after, ours)} == {State.DONE}


async def test_what_a_retry_made_good_is_a_step_and_no_fault(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    form = await mesh.wish(CERTIFICATE, key="k", original=True)
    mesh.network.break_stream(ZHEJIANG, 1)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)
    broken = await explained(mesh.jiangsu, caught.value.exchange_id)
    await mesh.jiangsu.retrieval.file(CALLER, form)
    mended = await explained(mesh.jiangsu, caught.value.exchange_id)

    assert (broken.state, [one.reason for one in broken.faults]) == (State.FAILED, [Reason.PEER_UNREACHABLE])
    assert (mended.state, mended.faults) == (State.DONE, ())
    assert Reason.PEER_UNREACHABLE in [step.fault.reason for step in mended.steps if step.fault]


async def test_the_own_library_reads_alike(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE)
    await mesh.jiangsu.keep(own)
    received = await mesh.jiangsu.retrieval.data(CALLER, await mesh.wish(own))
    timeline = await explained(mesh.jiangsu, received.exchange_id)

    assert timeline.state is State.DONE
    assert [step.hop for step in timeline.steps] == [Hop.LOCAL, Hop.LIBRARY, Hop.ANSWER]


class Broken:
    """A store whose units fail from the given one on, as on a full disk."""

    def __init__(self, store: Any, good: int) -> None:
        self._store, self._good = store, good

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def transact(self, unit: Any) -> Any:
        if self._good == 0:
            raise StoreError("database or disk is full")
        self._good -= 1
        return await self._store.transact(unit)


async def broken_off(mesh: Mesh) -> str:
    """The request is on record and has left; what comes back cannot be recorded."""
    applications = mesh.jiangsu.applications
    applications._store = Broken(mesh.jiangsu.store, good=1)
    with pytest.raises(StoreError):
        await mesh.jiangsu.submit()
    return str(mesh.jiangsu.entries(type="APPLY", step="asked")[0]["exchange"])


async def test_an_exchange_without_an_end_is_open_and_later_broken_off(mesh: Mesh) -> None:
    exchange_id = await broken_off(mesh)
    soon = await explained(mesh.jiangsu, exchange_id)
    mesh.clock.move(seconds=PATIENCE.total_seconds() + 1)
    late = await explained(mesh.jiangsu, exchange_id)
    (fault,) = late.faults

    assert (soon.state, soon.faults) == (State.OPEN, ())
    assert late.state is State.BROKEN_OFF
    assert (fault.reason, fault.owner, fault.province, fault.hop) == (
        Reason.INTERNAL,
        Owner.NODE,
        JIANGSU,
        Hop.ANSWER,
    )
    assert (await explained(mesh.zhejiang, exchange_id)).state is State.DONE


async def intrude(mesh: Mesh, exchange_id: str, times: int = 1) -> None:
    """Zhejiang asks Jiangsu, under the id of an exchange of Jiangsu's, what will be refused."""
    post = mesh.zhejiang.direct
    query = Query(apply_id="nope", holder=HOLDER, type_codes=(LAND_TYPE,))
    for _ in range(times):
        draft = post.draft_request(query, recipients=(JIANGSU,), exchange_id=exchange_id)
        await mesh.network.peers_of(ZHEJIANG).ask(JIANGSU, SEARCH, draft, post.sign(draft), 5.0)


async def test_what_a_peer_asks_under_our_exchange_is_told_and_judges_nothing(mesh: Mesh) -> None:
    exchange_id = await found(mesh)
    before = await explained(mesh.jiangsu, exchange_id)
    await intrude(mesh, exchange_id)
    mishaps = Mishaps(mesh.clock)
    mishaps.note(mishap(door=Door.GRPC, app_id="", peer=ZHEJIANG, exchange_id=exchange_id, error="StoreError"))
    after = await reader(mesh.jiangsu, mishaps).of(exchange_id)

    assert after is not None
    assert (after.state, after.faults) == (State.DONE, ()) == (before.state, before.faults)
    assert after.steps[: len(before.steps)] == before.steps
    assert Reason.USE_CODE_SPENT in [step.fault.reason for step in after.steps if step.fault]


async def test_however_much_a_peer_asks_under_our_exchange_its_end_is_seen(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    search = mesh.zhejiang.handlers()[SEARCH.path]

    async def intruding(incoming: Incoming[Any]) -> Any:
        await intrude(mesh, incoming.exchange_id, MAX_ENTRIES + 5)
        return await search(incoming)

    mesh.network.join(
        mesh.zhejiang.post, mesh.zhejiang.handlers() | {SEARCH.path: intruding}, health=mesh.zhejiang.health
    )
    mesh.jiangsu.search._deadline_s = 600.0
    answer = await mesh.jiangsu.find(apply_id)
    ours = await explained(mesh.jiangsu, answer.exchange_id)

    assert answer.completeness is Completeness.COMPLETE
    assert (ours.state, ours.faults) == (State.DONE, ())
    assert reader(mesh.jiangsu).of_caller(CALLER, answer.exchange_id).state is State.DONE


def mishap(**changes: Any) -> Mishap:
    one = Mishap(door=Door.REST, what="/elc/v1/apply", reason=Reason.INTERNAL, request_id="R-1", app_id=CALLER.app_id)
    return replace(one, **changes)


async def test_a_request_that_failed_for_a_full_disk_is_found_by_its_id_at_once(mesh: Mesh) -> None:
    mishaps = Mishaps(mesh.clock)
    exchange_id = await broken_off(mesh)
    mishaps.note(mishap(exchange_id=exchange_id, error="StoreError"))
    by_request = await reader(mesh.jiangsu, mishaps).of("R-1")

    assert by_request is not None
    assert by_request == await reader(mesh.jiangsu, mishaps).of(exchange_id)
    assert (by_request.exchange_id, by_request.state) == (exchange_id, State.BROKEN_OFF)
    assert [(one.owner, one.province) for one in by_request.faults] == [(Owner.NODE, JIANGSU)]
    assert "StoreError" in [step.facts.get("error") for step in by_request.steps]


async def test_a_request_that_was_refused_at_the_door_is_found_by_its_id(mesh: Mesh) -> None:
    mishaps = Mishaps(mesh.clock)
    mishaps.note(mishap(reason=Reason.MISSING_PARAMETER))
    timeline = await reader(mesh.jiangsu, mishaps).of("R-1")

    assert timeline is not None
    assert (timeline.state, timeline.exchange_id) == (State.FAILED, "")
    assert [(one.owner, one.hop) for one in timeline.faults] == [(Owner.CALLER, Hop.LOCAL)]


@pytest.mark.parametrize("wanted", ["", "none", "x" * 129])
async def test_what_is_not_known_is_not_invented(mesh: Mesh, wanted: str) -> None:
    assert await reader(mesh.jiangsu).of(wanted) is None


OTHER = Caller(app_id="another", use_org_code="U", use_org_name="U")


async def exchanges(mesh: Mesh) -> dict[str, str]:
    """One exchange of each kind that the standard caller makes."""
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    submitted = await mesh.jiangsu.submit()
    apply_id = submitted.application.apply_id
    answer = await mesh.jiangsu.find(apply_id)
    form = await mesh.wish(CERTIFICATE)
    received = await mesh.jiangsu.retrieval.data(CALLER, form)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.find("none")
    return {
        "apply": submitted.exchange_id,
        "search": answer.exchange_id,
        "retrieve": received.exchange_id,
        "refused": caught.value.exchange_id,
    }


async def test_a_line_system_sees_its_own_exchanges_and_nobody_elses(mesh: Mesh) -> None:
    explains = reader(mesh.jiangsu)
    for exchange_id in (await exchanges(mesh)).values():
        assert explains.of_caller(CALLER, exchange_id) == await explains.of(exchange_id)
        with pytest.raises(RefusedError) as unknown:
            explains.of_caller(OTHER, "none")
        with pytest.raises(RefusedError) as anothers:
            explains.of_caller(OTHER, exchange_id)
        assert anothers.value.refusal == unknown.value.refusal


async def test_a_line_system_does_not_see_what_peers_asked_under_the_same_id(mesh: Mesh) -> None:
    ids = await exchanges(mesh)
    explains = reader(mesh.zhejiang)
    for exchange_id in ids.values():
        with pytest.raises(RefusedError):
            explains.of_caller(CALLER, exchange_id)


async def test_a_request_of_another_line_system_is_not_found_by_its_id(mesh: Mesh) -> None:
    mishaps = Mishaps(mesh.clock)
    mishaps.note(mishap())
    explains = reader(mesh.jiangsu, mishaps)

    assert explains.of_caller(CALLER, "R-1").steps
    with pytest.raises(RefusedError):
        explains.of_caller(OTHER, "R-1")


async def refuse(mesh: Mesh, digest: str, exchange_id: str = "") -> None:
    refusal = Refusal(reason=Reason.SIGNATURE_INVALID)
    await mesh.zhejiang.exchange.refuse(JIANGSU, "Search/Local", digest, refusal, exchange_id)


async def test_a_message_that_belongs_to_no_exchange_is_found_by_its_digest(mesh: Mesh) -> None:
    await refuse(mesh, "ab" * 32)
    timeline = await reader(mesh.zhejiang).of("ab" * 32)

    assert timeline is not None
    assert [(one.reason, one.owner, one.province) for one in timeline.faults] == [
        (Reason.SIGNATURE_INVALID, Owner.PEER, JIANGSU)
    ]


async def test_what_was_refused_lately_is_listed_the_newest_first(mesh: Mesh) -> None:
    mishaps = Mishaps(mesh.clock)
    await refuse(mesh, "01" * 32)
    mesh.clock.move(minutes=20)
    await refuse(mesh, "02" * 32)
    await refuse(mesh, "03" * 32, "e1")  # it claims an exchange, and is found there
    mesh.clock.move(minutes=1)
    mishaps.note(Mishap(door=Door.GRPC, what="Search/Local", reason=Reason.NOT_A_MEMBER))
    listed = await reader(mesh.zhejiang, mishaps).recent(15)

    assert [[step.fault and step.fault.reason for step in one.steps] for one in listed] == [
        [Reason.NOT_A_MEMBER],
        [Reason.SIGNATURE_INVALID],
    ]
    assert len(await reader(mesh.zhejiang, mishaps).recent(60)) == 3


def test_only_the_newest_mishaps_are_kept(mesh: Mesh) -> None:
    mishaps = Mishaps(mesh.clock, kept=2)
    for number in range(3):
        mishaps.note(mishap(request_id=f"R-{number}"))

    assert [one.request_id for one in mishaps.since(mesh.clock() - timedelta(hours=1))] == ["R-1", "R-2"]


async def test_an_entry_of_a_kind_unknown_here_is_a_plain_step(mesh: Mesh) -> None:
    unknown = mesh.jiangsu.recorder.entry(EventType.IMPORT, "pondered", "e9") | {"type": "MOON"}

    def unit(nouns: Nouns) -> None:
        nouns.evidence.append(unknown)

    await mesh.jiangsu.store.transact(unit)
    timeline = await explained(mesh.jiangsu, "e9")

    assert [(step.event, step.words) for step in timeline.steps] == [("MOON", "MOON：pondered")]


async def test_nothing_personal_is_in_a_timeline(mesh: Mesh) -> None:
    ids = await exchanges(mesh)
    texts = repr(
        [told(await explained(one, key)) for one in (mesh.jiangsu, mesh.zhejiang) for key in list(ids.values())[:3]]
    )
    personal = (HOLDER.code, HOLDER.name, OPERATOR.name, OPERATOR.account, "样例用途", *(one.value for one in FACE))

    assert [one for one in personal if one in texts] == []
    assert Output.DATA.value in texts


async def test_every_entry_of_a_whole_story_can_be_read_on_every_node(mesh: Mesh) -> None:
    """Lists, orders, notices, refusals: whatever has an exchange has a timeline, and no step of it is without words."""
    await story(mesh)
    for province in mesh.all.values():
        for exchange_id in {one["exchange"] for one in province.entries()} - {""}:
            timeline = await explained(province, exchange_id)
            assert all(step.words and step.at for step in timeline.steps), exchange_id
            assert told(timeline)["steps"]
