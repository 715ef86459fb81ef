"""Every kept proof is compared with the newest linked head of its log, in the background, once. Clause 8.5, DESIGN §2.7."""

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import CONSISTENCY
from federation.model.evidence import ConsistencyAnswer, ConsistencyRequest
from federation.ports import Incoming
from node.usecases.exchange import Answered
from node.usecases.proof_links import ProofLinks
from node.usecases.status import Status
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, Province
from trust.checkpoint import Checkpoint, evidence_log, parse_note, sign_note, verify_note
from trust.envelope import LogProof
from trust.fork import convict, read_exhibit
from trust.merkle import Frontier, inclusion_proof, leaf_hash, verify_consistency


def links_of(node: Province) -> ProofLinks:
    return ProofLinks(
        heads=node.heads,
        keeper=node.keeper,
        store=node.store,
        mail=node.post,
        peers=node.peers,
        recorder=node.recorder,
        new_id=node.new_id,
        keys=lambda code: tuple(node.directory.peers[code].signing_keys.values()),
        members=lambda: node.directory.provinces,
    )


def sizes(node: Province, province: str) -> set[int]:
    """The sizes of the heads under the kept proofs of a log."""
    kept = node.store.read.receipts.since(0, 10_000)
    return {parse_note(one.proof.checkpoint).checkpoint.size for one in kept if one.province == province}


async def searched(mesh: Mesh, times: int = 3) -> None:
    for _ in range(times):
        await mesh.found()


def status_of(mesh: Mesh) -> dict[str, Any]:
    """What Jiangsu's operator sees of the proofs that are kept."""
    node = mesh.jiangsu
    status = Status(
        base_facts={"province": node.code, "name": "样例"},
        store=node.store,
        peers=node.health,
        members=lambda: node.directory.provinces,
        membership=dict,
        stops=node.stops,
        clock=node.clock,
        lists=lambda: node.publications,
    )
    told: dict[str, Any] = status.read()["proofs"]
    return told


async def test_every_head_under_a_kept_proof_is_shown_to_be_part_of_the_linked_one_once(mesh: Mesh) -> None:
    await searched(mesh)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    links = links_of(mesh.jiangsu)
    await links.check(ZHEJIANG)
    calls = [one for one in mesh.network.calls if one.path == CONSISTENCY.path]
    await links.check(ZHEJIANG)
    key = mesh.zhejiang.identity.signing_certificate.public_key

    assert sizes(mesh.jiangsu, ZHEJIANG)
    for size in sizes(mesh.jiangsu, ZHEJIANG):
        link = mesh.jiangsu.store.read.head_links.of(ZHEJIANG, size)
        assert link is not None
        newest = verify_note(link.to_note, evidence_log(ZHEJIANG), key)
        verify_consistency(old=size, new=newest.size, old_root=link.root, new_root=newest.root, path=link.path)
    assert calls == [one for one in mesh.network.calls if one.path == CONSISTENCY.path]


async def test_proofs_beyond_the_linked_head_wait_for_it(mesh: Mesh) -> None:
    await searched(mesh, 1)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    before = sizes(mesh.jiangsu, ZHEJIANG)
    await searched(mesh, 2)
    links, held = links_of(mesh.jiangsu), mesh.jiangsu.store.read.head_links
    await links.check(ZHEJIANG)
    first = {size for size in sizes(mesh.jiangsu, ZHEJIANG) if held.of(ZHEJIANG, size) is not None}
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await links.check(ZHEJIANG)
    then = {size for size in sizes(mesh.jiangsu, ZHEJIANG) if held.of(ZHEJIANG, size) is not None}

    assert first == before
    assert then == sizes(mesh.jiangsu, ZHEJIANG) > before


async def test_a_peer_that_cannot_be_reached_is_asked_the_next_time(mesh: Mesh) -> None:
    await searched(mesh)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    links = links_of(mesh.jiangsu)
    mesh.network.down(ZHEJIANG)
    with pytest.raises(PeerError):
        await links.check(ZHEJIANG)
    mesh.network.up(ZHEJIANG)
    await links.check(ZHEJIANG)

    assert all(mesh.jiangsu.store.read.head_links.of(ZHEJIANG, one) for one in sizes(mesh.jiangsu, ZHEJIANG))


def forked_proof(province: Province) -> LogProof:
    """The proof of an entry in a log that the province keeps for us alone, under a head that nobody else has seen."""
    log = [one.entry for one in province.store.read.evidence.entries(0, 10_000)]
    log[-2] = json.dumps({"node": province.code, "of": "another log"}).encode()
    nodes = dict[tuple[int, int], bytes]()
    frontier = Frontier()
    for index, entry in enumerate(log[:-1]):
        for level, one in enumerate(frontier.append(leaf_hash(entry))):
            nodes[level, index >> level] = one
    size, key = len(log) - 1, province.identity
    path = inclusion_proof(size - 1, size, lambda level, index: nodes[level, index])
    checkpoint = Checkpoint(origin=province.origin, size=size, root=frontier.root())
    note = sign_note(checkpoint, key.signing_certificate.public_key, key.signing_key.sign)
    return LogProof(entry=log[-2], index=size - 1, path=tuple(path), checkpoint=note)


async def test_a_proof_out_of_another_log_than_the_peers_see_convicts_its_province_with_a_file(
    mesh: Mesh, tmp_path: Any
) -> None:
    await searched(mesh)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    proof = forked_proof(mesh.zhejiang)
    node = mesh.jiangsu
    await node.store.transact(lambda nouns: nouns.receipts.put("e", {ZHEJIANG: proof}, {}, node.clock()))
    await links_of(node).check(ZHEJIANG)
    await links_of(node).check(ZHEJIANG)
    await node.keeper.save((SHANGHAI, ZHEJIANG))
    (file,) = sorted((tmp_path / JIANGSU / "exhibits").glob("fork-*.json"))
    (broken,) = node.store.read.head_links.broken(9)

    assert broken.size == parse_note(proof.checkpoint).checkpoint.size
    assert "not those it signed before" in convict(
        read_exhibit(file.read_bytes()), mesh.zhejiang.identity.signing_certificate.public_key
    )
    assert node.forks == [ZHEJIANG]
    assert len(node.entries(type="REFUSE", step="forked")) == 1


async def test_an_older_peer_that_shows_one_at_a_time_is_not_taken_for_a_liar(mesh: Mesh) -> None:
    await searched(mesh)
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    honest = mesh.zhejiang.evidence.consistency

    async def alone(incoming: Incoming[ConsistencyRequest]) -> Answered:
        answered = await honest(incoming)
        message: ConsistencyAnswer = answered.message
        draft = mesh.zhejiang.post.draft_answer(mesh.zhejiang.post.encode(replace(message, others=())), incoming)
        return replace(answered, draft=draft)

    zhejiang = mesh.zhejiang
    mesh.network.join(zhejiang.post, zhejiang.handlers() | {CONSISTENCY.path: alone}, health=zhejiang.health)
    links = links_of(mesh.jiangsu)
    for _ in sizes(mesh.jiangsu, ZHEJIANG):
        try:
            await links.check(ZHEJIANG)
        except PeerError:
            continue

    assert mesh.jiangsu.forks == []
    assert all(mesh.jiangsu.store.read.head_links.of(ZHEJIANG, one) for one in sizes(mesh.jiangsu, ZHEJIANG))


async def test_the_status_tells_what_is_still_to_be_compared(mesh: Mesh) -> None:
    await searched(mesh)
    before = status_of(mesh)
    for peer in (SHANGHAI, ZHEJIANG, ANHUI):
        await mesh.jiangsu.keeper.link(peer)
        await links_of(mesh.jiangsu).check(peer)
    after = status_of(mesh)

    assert before["rows"] == after["rows"] > 0
    assert set(before["to_compare"].values()) == {before["rows"]}
    assert after["to_compare"] == {SHANGHAI: 0, ZHEJIANG: 0, ANHUI: 0}
    assert after["misfits"] == []
