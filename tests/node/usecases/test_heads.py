"""Peers' logs under watch: heads grow, survive a restart, are linked; a fork is refused and kept as a file that convicts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import CONSISTENCY
from federation.model.evidence import ConsistencyAnswer, ConsistencyRequest
from federation.model.refusal import Reason
from federation.model.search import Outcome
from node.ports.heads import HeadRole
from node.usecases.exchange import Answered
from node.usecases.heads import HeadKeeper
from tests.federation.samples import QUERY
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, Province, outcome, record
from trust import gm
from trust.checkpoint import Checkpoint, sign_note
from trust.fork import Exhibit, convict, read_exhibit
from trust.heads import Heads
from trust.merkle import Frontier, consistency_proof, leaf_hash, verify_consistency

PEERS = tuple(sorted(["310000", ZHEJIANG, "340000"]))


def heads_in_store(province: Province) -> dict[tuple[str, str], int]:
    return {(one.province, one.role.value): one.size for one in province.store.read.heads.all()}


def exhibits(mesh: Mesh, folder: Path) -> list[Exhibit]:
    return [read_exhibit(path.read_bytes()) for path in sorted((folder / JIANGSU / "exhibits").glob("fork-*.json"))]


def key_of(province: Province) -> gm.PublicKey:
    return province.identity.signing_certificate.public_key


def other_note(province: Province, size: int, mark: bytes = b"another log") -> bytes:
    """A head that the province signs beside its log."""
    key = province.identity
    checkpoint = Checkpoint(origin=province.origin, size=size, root=gm.sm3(mark))
    return sign_note(checkpoint, key.signing_certificate.public_key, key.signing_key.sign)


def lie(province: Province, note: bytes) -> None:
    """From here on the province sends this head with its messages."""
    honest = province.store.prove

    async def prove(index: int) -> Any:
        return replace(await honest(index), checkpoint=note)

    province.post._prove_entry = prove


async def test_heads_are_learned_from_answers_and_from_requests(mesh: Mesh) -> None:
    await mesh.found()
    seen = mesh.jiangsu.heads.newest(ZHEJIANG)
    asked = mesh.zhejiang.heads.newest(JIANGSU)

    assert seen is not None
    assert seen.size == mesh.zhejiang.store.read.evidence.head().size
    assert asked is not None
    assert 0 < asked.size <= mesh.jiangsu.store.read.evidence.head().size


async def test_heads_are_stored_when_they_have_grown_and_taken_up_again(mesh: Mesh) -> None:
    await mesh.found()
    await mesh.jiangsu.keeper.save(PEERS)
    size = mesh.zhejiang.store.read.evidence.head().size
    kept = heads_in_store(mesh.jiangsu)
    before = mesh.jiangsu.store.read.evidence.head().size
    await mesh.jiangsu.keeper.save(PEERS)

    assert kept[ZHEJIANG, "NEWEST"] == size
    assert heads_in_store(mesh.jiangsu) == kept
    assert mesh.jiangsu.store.read.evidence.head().size == before
    again = restarted(mesh)
    assert again.newest(ZHEJIANG) == mesh.jiangsu.heads.newest(ZHEJIANG)


def restarted(mesh: Mesh) -> Heads:
    """The heads as Jiangsu knows them after a restart."""
    heads, node = Heads(), mesh.jiangsu
    HeadKeeper(
        heads=heads,
        store=node.store,
        mail=node.post,
        peers=mesh.network.peers_of(JIANGSU),
        exhibits=node.exhibits,
        recorder=node.recorder,
        new_id=node.new_id,
        forked=node.forks.append,
    )
    return heads


async def test_a_log_that_grows_is_linked_again_and_again(mesh: Mesh) -> None:
    for _ in range(3):
        await mesh.found()
        await mesh.jiangsu.keeper.link(ZHEJIANG)
        await mesh.jiangsu.keeper.save(PEERS)
        size = mesh.zhejiang.store.read.evidence.head().size

        assert heads_in_store(mesh.jiangsu)[ZHEJIANG, "LINKED"] == size

    calls = len(mesh.network.calls)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.jiangsu.keeper.link("310000")
    assert mesh.network.calls[calls:] == []
    assert mesh.jiangsu.forks == []


async def test_a_peer_that_cannot_be_reached_is_asked_the_next_time(mesh: Mesh) -> None:
    await mesh.found()
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.found()
    mesh.network.down(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.keeper.link(ZHEJIANG)
    mesh.network.up(ZHEJIANG)
    await mesh.jiangsu.keeper.link(ZHEJIANG)

    assert mesh.jiangsu.heads.linked(ZHEJIANG) == mesh.jiangsu.heads.newest(ZHEJIANG)
    assert mesh.jiangsu.forks == []


async def test_two_heads_of_one_size_refuse_the_answer_and_keep_a_file_that_convicts(
    mesh: Mesh, tmp_path: Path
) -> None:
    apply_id, _ = await mesh.found()
    seen = mesh.jiangsu.heads.newest(ZHEJIANG)
    assert seen is not None
    lie(mesh.zhejiang, other_note(mesh.zhejiang, seen.size))
    answer = await mesh.jiangsu.find(apply_id)
    one = outcome(answer, ZHEJIANG)
    await mesh.jiangsu.keeper.save(PEERS)
    (entry,) = mesh.jiangsu.entries(step="forked")
    (exhibit,) = exhibits(mesh, tmp_path)

    assert one.outcome is Outcome.ERROR
    assert one.refusal is not None
    assert one.refusal.reason is Reason.LOG_FORKED
    assert mesh.jiangsu.forks == [ZHEJIANG]
    assert "two different roots" in convict(exhibit, key_of(mesh.zhejiang))
    assert (entry["peer"], entry["exhibit"], entry["file"]) == (
        ZHEJIANG,
        exhibit.digest,
        f"fork-{ZHEJIANG}-{exhibit.digest[:32]}.json",
    )
    await mesh.jiangsu.keeper.save(PEERS)
    assert len(mesh.jiangsu.entries(step="forked")) == 1


async def test_a_forked_request_is_refused_with_the_reason(mesh: Mesh, tmp_path: Path) -> None:
    await mesh.found()
    seen = mesh.zhejiang.heads.newest(JIANGSU)
    assert seen is not None
    lie(mesh.jiangsu, other_note(mesh.jiangsu, seen.size))
    answer = (await mesh.found())[1]

    assert mesh.zhejiang.forks
    assert len(list((tmp_path / ZHEJIANG / "exhibits").iterdir())) == 1
    assert answer.completeness.value == "INCOMPLETE"


def fork_of(province: Province, growth: int) -> tuple[Frontier, list[list[bytes]]]:
    """The tree of another log of this province: its entries but for the first, and some more."""
    frontier = Frontier()
    entries = [one.entry for one in province.store.read.evidence.entries(0, 10_000)]
    finished = [frontier.append(leaf_hash(one)) for one in [b"{}", *entries[1:], *([b"{}"] * growth)]]
    return frontier, finished


async def test_a_log_that_cannot_show_that_it_grew_is_suspended_and_convicted(mesh: Mesh, tmp_path: Path) -> None:
    """Zhejiang shows a consistent continuation of another log than the one it signed before."""
    await mesh.found()
    jiangsu, zhejiang = mesh.jiangsu, mesh.zhejiang
    if (zhejiang.store.read.evidence.head().size).bit_count() == 1:
        await mesh.found()
    await jiangsu.keeper.link(ZHEJIANG)
    linked = jiangsu.heads.linked(ZHEJIANG)
    assert linked is not None
    frontier, finished = fork_of(zhejiang, growth=5)
    checkpoint = Checkpoint(origin=zhejiang.origin, size=frontier.size, root=frontier.root())
    note = sign_note(checkpoint, key_of(zhejiang), zhejiang.identity.signing_key.sign)
    jiangsu.heads.open(ZHEJIANG, note, key_of(zhejiang))

    async def consistency(incoming: Any) -> Answered:
        path = consistency_proof(
            incoming.message.old, incoming.message.new, lambda level, at: finished[((at + 1) << level) - 1][level]
        )
        return await zhejiang.exchange.poll(incoming, CONSISTENCY.path, lambda _: ConsistencyAnswer(proof=tuple(path)))

    mesh.network.join(zhejiang.post, zhejiang.handlers() | {CONSISTENCY.path: consistency}, health=zhejiang.health)
    await jiangsu.keeper.link(ZHEJIANG)
    (exhibit,) = exhibits(mesh, tmp_path)
    refused = outcome((await mesh.found())[1], ZHEJIANG)

    assert f"first {linked.size} entries" in convict(exhibit, key_of(zhejiang))
    assert jiangsu.forks == [ZHEJIANG]
    assert refused.refusal is not None
    assert "not shown" in refused.refusal.detail
    await jiangsu.keeper.link(ZHEJIANG)
    assert len(exhibits(mesh, tmp_path)) == 1


async def test_a_log_that_lost_its_end_is_suspended_until_it_shows_it(mesh: Mesh, tmp_path: Path) -> None:
    """A peer restored from a backup: it signed a head that it no longer has."""
    apply_id, _ = await mesh.found()
    zhejiang = mesh.zhejiang
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    mesh.jiangsu.heads.open(ZHEJIANG, other_note(zhejiang, 10_000), key_of(zhejiang))
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    (exhibit,) = exhibits(mesh, tmp_path)

    assert mesh.jiangsu.heads.suspended(ZHEJIANG)
    assert outcome(await mesh.jiangsu.find(apply_id), ZHEJIANG).outcome is Outcome.ERROR
    with pytest.raises(Exception, match="not proven"):
        convict(exhibit, key_of(zhejiang))


async def test_a_head_passed_over_is_compared_too(mesh: Mesh, tmp_path: Path) -> None:
    """A forked head smaller than the newest, of a size nobody else showed: found at the next comparison."""
    await mesh.found()
    zhejiang = mesh.zhejiang
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    mesh.jiangsu.heads.open(ZHEJIANG, other_note(zhejiang, 1), key_of(zhejiang))
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.jiangsu.keeper.link(ZHEJIANG)

    assert mesh.jiangsu.forks == [ZHEJIANG]
    assert mesh.jiangsu.heads.suspended(ZHEJIANG)
    assert len(exhibits(mesh, tmp_path)) == 1


async def ask_consistency(mesh: Mesh, old: int, new: int) -> tuple[bytes, ...]:
    post = mesh.jiangsu.post
    request = ConsistencyRequest(old=old, new=new)
    draft = post.draft_request(request, recipients=(ZHEJIANG,), exchange_id=mesh.jiangsu.new_id())
    reply = await mesh.network.peers_of(JIANGSU).ask(ZHEJIANG, CONSISTENCY, draft, post.sign(draft), 1.0)
    proof: tuple[bytes, ...] = reply.message.proof
    return proof


async def test_any_two_sizes_of_a_log_are_shown_consistent(mesh: Mesh) -> None:
    await mesh.found()
    log = mesh.zhejiang.store.read.evidence
    roots, frontier = {}, Frontier()
    for one in log.entries(0, 10_000):
        frontier.append(leaf_hash(one.entry))
        roots[frontier.size] = frontier.root()
    for old, old_root in roots.items():
        for new in range(old, len(roots) + 1):
            path = await ask_consistency(mesh, old, new)
            verify_consistency(old=old, new=new, old_root=old_root, new_root=roots[new], path=path)


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 1), (1, 10_000)])
async def test_sizes_that_are_none_of_the_log_are_refused(mesh: Mesh, old: int, new: int) -> None:
    with pytest.raises(PeerError) as caught:
        await ask_consistency(mesh, old, new)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER


async def test_what_a_fork_cannot_be_kept_as_is_still_refused_and_on_record(mesh: Mesh, tmp_path: Path) -> None:
    apply_id, _ = await mesh.found()
    seen = mesh.jiangsu.heads.newest(ZHEJIANG)
    assert seen is not None
    (tmp_path / JIANGSU / "exhibits").parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / JIANGSU / "exhibits").write_text("no folder")
    lie(mesh.zhejiang, other_note(mesh.zhejiang, seen.size))
    answer = await mesh.jiangsu.find(apply_id)
    await mesh.jiangsu.keeper.save(PEERS)

    assert outcome(answer, ZHEJIANG).outcome is Outcome.ERROR
    assert "file" not in mesh.jiangsu.entries(step="forked")[0]


async def test_every_message_of_an_exchange_goes_by_the_log(mesh: Mesh) -> None:
    """Application, search, retrieval and notice, both ways: the envelopes as they pass, and what they prove."""
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    form = await mesh.wish(certificate)
    await mesh.jiangsu.retrieval.data(CALLER, form)
    for peer in sorted(set(mesh.zhejiang.woken)):
        while await mesh.zhejiang.outbox.deliver_next(peer):
            pass
    kinds = {kind for one in mesh.all.values() for each in one.entries() for kind in each.get("sent", {})}

    assert kinds == {
        *("SubmitRequest", "SubmitAnswer", "SearchRequest", "SearchAnswer"),
        *("DataRequest", "DataAnswer", "NoticeRequest", "NoticeAnswer"),
    }


async def test_a_message_that_has_an_entry_cannot_be_sent_without_it(mesh: Mesh) -> None:
    draft = mesh.jiangsu.post.draft_request(QUERY, recipients=(ZHEJIANG,), exchange_id="e1")

    with pytest.raises(ValueError, match="leaves with its evidence entry"):
        mesh.jiangsu.post.sign(draft)


async def test_the_keeper_reads_linked_and_newest_apart(mesh: Mesh) -> None:
    await mesh.found()
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await mesh.found()
    await mesh.jiangsu.keeper.save(PEERS)
    again = restarted(mesh)
    linked, newest = again.linked(ZHEJIANG), again.newest(ZHEJIANG)
    stored = {one.role: one for one in mesh.jiangsu.store.read.heads.all() if one.province == ZHEJIANG}

    assert linked is not None
    assert newest is not None
    assert linked.size < newest.size
    assert (stored[HeadRole.LINKED].note, stored[HeadRole.NEWEST].note) == (linked.note, newest.note)
