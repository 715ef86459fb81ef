"""The evidence log as peers may read it: proofs that verify, and nobody else's entries. Clause 8.5, DESIGN §7."""

import json
from pathlib import Path
from typing import Any

import pytest

from federation.methods import CHECKPOINT, PROVE
from federation.model.evidence import CheckpointAnswer, CheckpointRequest, ProveAnswer, ProveRequest
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file
from trust.checkpoint import Checkpoint, verify_note
from trust.evidence_log import LogReport, verify_log
from trust.merkle import leaf_hash, verify_inclusion


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path).ready()


async def ask(mesh: Mesh, message: Any, method: Any, *, sender: str = JIANGSU) -> Any:
    post = mesh[sender].post
    draft = post.draft_request(message, recipients=(ZHEJIANG,), exchange_id=mesh[sender].new_id())
    reply = await mesh.network.peers_of(sender).ask(ZHEJIANG, method, draft, post.sign(draft), 1.0)
    return reply.message


async def prove(mesh: Mesh, exchange_id: str, *, sender: str = JIANGSU) -> ProveAnswer:
    answer: ProveAnswer = await ask(mesh, ProveRequest(exchange_id=exchange_id), PROVE, sender=sender)
    return answer


def checkpoint(province: Province, note: bytes) -> Checkpoint:
    return verify_note(note, province.origin, province.identity.signing_certificate.public_key)


def verified(province: Province) -> LogReport:
    log = province.store.read.evidence
    head = log.head()
    return verify_log(
        log.entries(0, 10_000),
        size=head.size,
        root=head.root,
        notes=log.checkpoints(-1, 10_000),
        open_note=lambda note: checkpoint(province, note),
    )


async def test_the_entries_of_an_exchange_come_with_proofs_under_a_signed_checkpoint(mesh: Mesh) -> None:
    _, found = await mesh.found()
    await mesh.anhui.publications.exchange_with(ZHEJIANG)  # the log has grown meanwhile
    answer = await prove(mesh, found.exchange_id)
    head = checkpoint(mesh.zhejiang, answer.note.encode())
    (one,) = answer.entries

    verify_inclusion(leaf=leaf_hash(one.entry), index=one.index, size=head.size, path=one.proof, root=head.root)
    assert json.loads(one.entry)["exchange"] == found.exchange_id


async def test_the_proven_entry_quotes_the_answer_the_consumer_holds(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    form = await mesh.wish(record(ZHEJIANG))
    received = await mesh.jiangsu.retrieval.data(CALLER, form)
    (mine,) = mesh.jiangsu.entries(exchange=received.exchange_id, step="received")
    (theirs,) = (await prove(mesh, received.exchange_id)).entries

    assert json.loads(theirs.entry)["answer"] == mine["answer"]


@pytest.mark.parametrize("sender", [SHANGHAI, ANHUI])
async def test_entries_of_other_provinces_are_not_shown(mesh: Mesh, sender: str) -> None:
    submitted = await mesh.jiangsu.submit()

    assert (await prove(mesh, submitted.exchange_id, sender=sender)).entries == ()


async def test_an_exchange_that_never_was_has_no_entries(mesh: Mesh) -> None:
    assert (await prove(mesh, "never")).entries == ()


async def test_an_entry_about_several_peers_is_shown_to_each_of_them(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.submit()
    post = mesh.anhui.post
    draft = post.draft_request(ProveRequest(exchange_id=submitted.exchange_id), recipients=(JIANGSU,), exchange_id="p1")
    reply = await mesh.network.peers_of(ANHUI).ask(JIANGSU, PROVE, draft, post.sign(draft), 1.0)

    assert [json.loads(one.entry)["step"] for one in reply.message.entries] == ["asked", "answered"]


async def test_the_checkpoint_is_of_the_newest_head(mesh: Mesh) -> None:
    await mesh.found()
    answer: CheckpointAnswer = await ask(mesh, CheckpointRequest(), CHECKPOINT)
    head = mesh.zhejiang.store.read.evidence.head()

    assert checkpoint(mesh.zhejiang, answer.note.encode()) == Checkpoint(
        origin=mesh.zhejiang.origin, size=head.size, root=head.root
    )


async def test_reading_the_log_does_not_make_it_grow(mesh: Mesh) -> None:
    before = mesh.zhejiang.store.read.evidence.head().size
    await ask(mesh, CheckpointRequest(), CHECKPOINT)
    await prove(mesh, "e1")

    assert mesh.zhejiang.store.read.evidence.head().size == before


async def test_every_log_verifies_from_its_leaves_after_a_story(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG), file=sealed_file(record(ZHEJIANG).identifier))
    form = await mesh.wish(record(ZHEJIANG))
    await mesh.jiangsu.retrieval.file(CALLER, form)
    await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    reports = [verified(province) for province in mesh.all.values()]

    assert [report.first_bad for report in reports] == ["", "", "", ""]
    assert all(report.ok and report.checkpoint_size == report.size > 0 for report in reports)
