"""Cosigning among four provinces: all cosign one head, what does not fit is not cosigned, and a log that lost entries signs no more."""

import asyncio
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import ADD_CHECKPOINT
from federation.model.refusal import Reason
from federation.model.witness import AddCheckpointAnswer, Fit
from node.library.invented import PROVINCES
from node.ports.store import SigningRefusedError
from node.usecases.cosigning import HURRY_S
from node.usecases.log_alarms import proves
from tests.node.usecases.cosigned import INTERVAL_S, Cosigner, Other
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.test_heads import other_note
from trust.cosignature import cosignatures, witnesses
from trust.fork import convict, read_exhibit

OTHERS = (SHANGHAI, JIANGSU, ANHUI)


@pytest.fixture
async def all_four(mesh: Mesh) -> dict[str, Cosigner]:
    """The mesh after one exchange, every province with its parts for cosigning."""
    found = {code: Cosigner(mesh[code]) for code in PROVINCES}
    await mesh.found()
    return found


@pytest.fixture
def zhejiang(all_four: dict[str, Cosigner]) -> Cosigner:
    return all_four[ZHEJIANG]


def sizes(mesh: Mesh) -> dict[str, int]:
    return {code: one.store.read.evidence.head().size for code, one in mesh.all.items()}


async def test_every_peer_cosigns_the_same_head_and_nobodys_log_grows_by_it(mesh: Mesh, zhejiang: Cosigner) -> None:
    before = sizes(mesh)
    await zhejiang.round()
    head = mesh.zhejiang.store.read.cosignatures.newest(least=3)
    keys = {code: zhejiang.keys(code) for code in PROVINCES}

    assert head is not None
    assert head.size == before[ZHEJIANG]
    assert set(witnesses(head.cosigned, keys)) == set(OTHERS)
    assert ZHEJIANG in cosignatures(head.cosigned, keys)
    assert sizes(mesh) == before
    for code in OTHERS:
        given = mesh[code].store.read.cosignatures.given(ZHEJIANG)
        assert given is not None
        assert (given.size, given.note) == (head.size, head.note)
    assert zhejiang.view.levels() == {"size": head.size, "witnessed_size": head.size, "gap_entries": 0, "gap_s": 0.0}
    assert zhejiang.view.witnessed() == head.cosigned.decode()


async def test_while_nothing_grows_nothing_is_sent(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    calls, woken = len(mesh.network.calls), len(zhejiang.woken)
    await zhejiang.round()

    assert mesh.network.calls[calls:] == []
    assert len(zhejiang.woken) == woken


async def test_a_head_is_offered_once_in_an_interval_and_wakes_every_peer(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.offer()
    first = mesh.zhejiang.store.read.cosignatures.newest()
    await mesh.found()
    await zhejiang.cosigning.look()

    assert first == mesh.zhejiang.store.read.cosignatures.newest()
    assert sorted(zhejiang.woken) == sorted(OTHERS)
    await zhejiang.offer()
    assert mesh.zhejiang.store.read.cosignatures.newest() != first


async def test_for_somebody_who_waits_a_head_is_offered_a_second_after_the_last(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.offer()
    first = mesh.zhejiang.store.read.cosignatures.newest()
    await mesh.found()
    await zhejiang.cosigning.hurry()
    assert mesh.zhejiang.store.read.cosignatures.newest() == first
    zhejiang.ticks += HURRY_S
    await zhejiang.cosigning.hurry()

    assert mesh.zhejiang.store.read.cosignatures.newest() != first


async def test_of_two_who_look_at_once_one_offers(mesh: Mesh, zhejiang: Cosigner) -> None:
    zhejiang.ticks += INTERVAL_S
    await asyncio.gather(zhejiang.cosigning.look(), zhejiang.cosigning.hurry(), zhejiang.cosigning.look())

    assert sorted(zhejiang.woken) == sorted(OTHERS)


async def test_a_log_that_grows_with_every_message_is_cosigned_again_and_again(mesh: Mesh, zhejiang: Cosigner) -> None:
    for _ in range(3):
        await mesh.found()
        await zhejiang.offer()
        await mesh.found()  # heads beyond the one that is offered are seen in messages
        await zhejiang.cosigning.push(JIANGSU)
        offered = mesh.zhejiang.store.read.cosignatures.newest()
        given = mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)

        assert offered is not None
        assert given is not None
        assert given.size == offered.size < mesh.zhejiang.store.read.evidence.head().size
    assert mesh.jiangsu.forks == []


async def test_a_peer_that_is_down_leaves_a_gap_that_closes_when_it_comes_back(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    size = mesh.zhejiang.store.read.evidence.head().size
    for code in (SHANGHAI, ANHUI):
        mesh.network.down(code)
    await mesh.found()
    mesh.clock.move(seconds=90)
    await zhejiang.offer()
    await zhejiang.cosigning.push(JIANGSU)
    for code in (SHANGHAI, ANHUI):
        with pytest.raises(PeerError):
            await zhejiang.cosigning.push(code)
    gap = zhejiang.view.read()

    assert gap["witnessed_size"] == size
    assert gap["gap_entries"] == gap["size"] - size > 0
    assert gap["gap_s"] >= 90
    for code in (SHANGHAI, ANHUI):
        mesh.network.up(code)
        await zhejiang.cosigning.push(code)
    assert zhejiang.view.levels()["gap_entries"] == 0


async def test_stated_times_never_go_back_with_the_clock(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    first = mesh.zhejiang.store.read.cosignatures.newest()
    mesh.clock.move(seconds=-100)
    await mesh.found()
    await zhejiang.round()
    second = mesh.zhejiang.store.read.cosignatures.newest()

    assert first is not None
    assert second is not None
    assert second.size > first.size
    assert second.seconds == first.seconds
    assert [one.seconds for one in second.cosignatures] == [one.seconds for one in first.cosignatures]


async def test_a_head_that_fits_another_log_is_not_cosigned_and_convicts(mesh: Mesh, zhejiang: Cosigner) -> None:
    """With the log's own proof, whatever the sizes; the file reaches every province through whoever found it."""
    await zhejiang.round()
    linked = mesh.jiangsu.heads.linked(ZHEJIANG)
    assert linked is not None
    forked = Other(mesh.zhejiang, growth=3)
    note = zhejiang.stated(forked.size, forked.roots[forked.size])
    with pytest.raises(PeerError) as caught:
        await zhejiang.ask(
            JIANGSU, note, *(forked.fit(one.size, forked.size) for one in mesh.jiangsu.heads.held(ZHEJIANG))
        )
    (data,) = mesh.jiangsu.exhibits.recent("fork-", 9)

    assert caught.value.refusal.reason is Reason.LOG_FORKED
    assert f"first {linked.size} entries" in convict(read_exhibit(data), *zhejiang.keys(ZHEJIANG))
    given = mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)
    assert given is not None
    assert given.size == linked.size


async def test_a_log_that_is_suspended_is_convicted_by_what_it_shows_later(mesh: Mesh, zhejiang: Cosigner) -> None:
    """First it shows nothing; later, for the head that it has by then, a proof that leads to another root than it signed."""
    await zhejiang.round()
    (held,) = mesh.jiangsu.heads.held(ZHEJIANG)
    forked = Other(mesh.zhejiang, growth=9)
    for size, fit in (
        (held.size + 3, Fit(size=held.size, proof=())),
        (held.size + 4, Fit(size=held.size, proof=(b"",))),
        (forked.size, forked.fit(held.size, forked.size)),
    ):
        known = mesh.jiangsu.heads.held(ZHEJIANG)
        fits = {one.size: Fit(size=one.size, proof=()) for one in known if one.size < size} | {held.size: fit}
        with pytest.raises(PeerError):
            await zhejiang.ask(JIANGSU, zhejiang.stated(size, forked.roots[size]), *fits.values())
    files = [read_exhibit(data) for data in mesh.jiangsu.exhibits.recent("fork-", 9)]

    assert mesh.jiangsu.heads.suspended(ZHEJIANG)
    assert [proves(one, zhejiang.keys(ZHEJIANG)) for one in files] == [False, True]


async def test_another_head_of_a_known_size_is_answered_with_the_one_held(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    size = mesh.zhejiang.store.read.evidence.head().size
    answer = await zhejiang.ask(JIANGSU, zhejiang.stated(size, b"x" * 32))

    assert answer.cosignature == ""
    assert [one.split("\n")[1] for one in answer.held] == [str(size)]
    assert mesh.jiangsu.forks == [ZHEJIANG]


async def test_a_smaller_head_stated_later_convicts_of_going_back(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    tree = Other(mesh.zhejiang, changed=False)
    answer = await zhejiang.ask(JIANGSU, zhejiang.stated(2, tree.roots[2], seconds=int(mesh.clock().timestamp()) + 5))
    (data,) = mesh.jiangsu.exhibits.recent("fork-", 9)

    assert answer.cosignature == ""
    assert answer.held[0].split("\n")[1] == str(tree.size)
    assert "went back" in convict(read_exhibit(data), *zhejiang.keys(ZHEJIANG))


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda note: note.rsplit(b"\xe2\x80\x94", 1)[0], id="without the owner's cosignature"),
        pytest.param(lambda note: note.replace(b"\n\xe2", b"\n\n\xe2", 1), id="no note"),
        pytest.param(lambda note: note.replace(b"330000", b"320000"), id="of another log"),
    ],
)
async def test_what_is_no_head_of_the_sender_is_refused(mesh: Mesh, zhejiang: Cosigner, spoil: Any) -> None:
    await zhejiang.offer()
    head = mesh.zhejiang.store.read.cosignatures.newest()
    assert head is not None
    with pytest.raises(PeerError) as caught:
        await zhejiang.ask(JIANGSU, spoil(head.note))

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG) is None


async def test_a_wrong_cosignature_is_not_kept(mesh: Mesh, zhejiang: Cosigner) -> None:
    async def wrong(incoming: Any) -> Any:
        line = mesh.jiangsu.store.read.cosignatures.newest()
        assert line is None
        answer = AddCheckpointAnswer(cosignature="\u2014 certmesh.cn/320000/witness AAAA\n")
        return await mesh.jiangsu.exchange.poll(incoming, ADD_CHECKPOINT.path, lambda _: answer)

    mesh.network.join(mesh.jiangsu.post, {ADD_CHECKPOINT.path: wrong}, health=mesh.jiangsu.health)
    await zhejiang.round()

    assert JIANGSU not in dict(mesh.zhejiang.store.read.cosignatures.by_province())
    assert SHANGHAI in dict(mesh.zhejiang.store.read.cosignatures.by_province())


async def test_a_log_that_lost_its_end_learns_it_from_a_peer_and_signs_no_more(mesh: Mesh, zhejiang: Cosigner) -> None:
    """As after a restore from an old copy: a peer holds a head that this log signed and does not have."""
    mesh.jiangsu.heads.open(ZHEJIANG, other_note(mesh.zhejiang, 10_000), zhejiang.keys(ZHEJIANG)[0])
    await zhejiang.offer()
    await zhejiang.cosigning.push(JIANGSU)
    (entry,) = mesh.zhejiang.entries(step="lost")
    signed = mesh.zhejiang.store.read.evidence.head().checkpoint

    assert (entry["type"], entry["peer"], entry["signed"]) == ("WITNESS", JIANGSU, 10_000)
    assert zhejiang.view.read()["lost"]["size"] == 10_000
    with pytest.raises(SigningRefusedError, match="put back"):
        zhejiang.gate.check()
    await mesh.zhejiang.store.transact(lambda nouns: nouns.evidence.append({"node": ZHEJIANG}))
    assert mesh.zhejiang.store.read.evidence.head().checkpoint == signed
    calls = len(mesh.network.calls)
    await zhejiang.round()
    assert mesh.network.calls[calls:] == []
    zhejiang.gate.__init__()  # type: ignore[misc]
    assert zhejiang.restarted().lost is not None
    assert zhejiang.gate.reason != ""


async def test_a_log_that_lost_its_end_is_told_at_the_start_before_it_signs(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.round()
    mesh.anhui.heads.open(ZHEJIANG, other_note(mesh.zhejiang, 10_000), zhejiang.keys(ZHEJIANG)[0])
    mesh.network.down(SHANGHAI)
    await zhejiang.greet()

    assert zhejiang.own.lost is not None
    assert zhejiang.gate.reason != ""


async def test_a_node_that_starts_over_with_an_empty_database_is_told_before_it_signs(mesh: Mesh) -> None:
    """No head was ever offered; the peers know those that came with its messages."""
    node = Cosigner(mesh.zhejiang)
    for code in OTHERS:
        Cosigner(mesh[code])
    mesh.anhui.heads.open(ZHEJIANG, other_note(mesh.zhejiang, 10_000), node.keys(ZHEJIANG)[0])
    await node.greet()

    assert node.own.lost is not None
    assert node.own.lost.size == 10_000


async def test_a_log_that_is_whole_is_greeted_and_goes_on(mesh: Mesh, zhejiang: Cosigner) -> None:
    await zhejiang.greet()
    await zhejiang.round()
    await mesh.found()
    await zhejiang.greet()
    await zhejiang.round()

    assert zhejiang.own.lost is None
    assert len(mesh.zhejiang.store.read.cosignatures.by_province()) == 3


async def test_nobody_can_tell_a_log_that_it_lost_what_it_never_signed(mesh: Mesh, zhejiang: Cosigner) -> None:
    forged = other_note(mesh.jiangsu, 10_000).replace(b"320000", b"330000")

    assert (
        await zhejiang.own.compared(JIANGSU, (forged.decode(), "no note", other_note(mesh.jiangsu, 7).decode())) == ()
    )
    assert zhejiang.own.lost is None


async def test_a_note_that_is_offered_again_gets_the_same_line_and_nothing_is_signed(
    mesh: Mesh, zhejiang: Cosigner
) -> None:
    await zhejiang.round()
    head = mesh.zhejiang.store.read.cosignatures.newest()
    assert head is not None
    given = mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)
    mesh.clock.move(seconds=30)
    lines = {(await zhejiang.ask(JIANGSU, head.note)).cosignature for _ in range(3)}

    assert lines == {one.line.decode() for one in head.cosignatures if one.province == JIANGSU}
    assert mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG) == given


async def test_a_head_that_states_an_earlier_time_than_the_one_before_is_refused(
    mesh: Mesh, zhejiang: Cosigner
) -> None:
    await zhejiang.round()
    given = mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG)
    tree = Other(mesh.zhejiang, growth=1, changed=False)
    held = mesh.jiangsu.heads.held(ZHEJIANG)
    note = zhejiang.stated(tree.size, tree.roots[tree.size], seconds=int(mesh.clock().timestamp()) - 1)
    with pytest.raises(PeerError) as caught:
        await zhejiang.ask(JIANGSU, note, *(tree.fit(one.size, tree.size) for one in held))

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER
    assert "earlier" in caught.value.refusal.detail
    assert mesh.jiangsu.store.read.cosignatures.given(ZHEJIANG) == given
