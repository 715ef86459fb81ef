"""A proof is made of what came with the other side's messages where that side is gone, or shows something else today. Clause 8.5."""

from dataclasses import replace

from federation.methods import PROVE
from federation.model.evidence import ProveAnswer, ProveRequest
from federation.ports import Incoming
from federation.proof_bundle import verify_bundle
from node.library.invented import PROVINCES
from node.usecases.exchange import Answered
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, record
from tests.node.usecases.proving.making import fingerprint, proofs_of
from tests.node.usecases.test_shown import cosigned


async def used(mesh: Mesh) -> str:
    """Face data from Zhejiang to Jiangsu, cosigned by all and compared in the background; the exchange."""
    await mesh.zhejiang.keep(record(ZHEJIANG))
    wish = await mesh.wish(record(ZHEJIANG))
    exchange_id = (await mesh.jiangsu.retrieval.data(CALLER, wish)).exchange_id
    await cosigned(mesh)
    return exchange_id


def seen(mesh: Mesh, bundle: bytes) -> set[str]:
    """Who saw the heads over the provider's entries of a proof that holds."""
    verdict = verify_bundle(bundle, fingerprint(mesh))
    assert verdict.ok, verdict.problems
    theirs = [one for one in verdict.entries if one.province == ZHEJIANG]
    assert theirs
    return set.intersection(*({code for code, _ in one.witnessed} for one in theirs))


async def test_a_use_is_proven_under_cosigned_heads_when_the_provider_is_gone(mesh: Mesh) -> None:
    exchange_id = await used(mesh)
    for code in PROVINCES:
        mesh.network.down(code)
    made = await proofs_of(mesh.jiangsu).make(exchange_id)

    assert seen(mesh, made.bundle) == set(PROVINCES) - {ZHEJIANG}


async def test_a_provider_that_shows_another_entry_today_cannot_spoil_the_proof(mesh: Mesh) -> None:
    exchange_id = await used(mesh)
    zhejiang = mesh.zhejiang

    async def lying(incoming: Incoming[ProveRequest]) -> Answered:
        answered = await zhejiang.evidence.prove(incoming)
        message: ProveAnswer = answered.message
        entries = tuple(
            replace(one, entry=one.entry.replace(b'"node":"330000"', b'"node":"310000"')) for one in message.entries
        )
        encoded = zhejiang.post.encode(replace(message, entries=entries))
        return replace(answered, draft=zhejiang.post.draft_answer(encoded, incoming))

    zhejiang.network.join(zhejiang.post, zhejiang.handlers() | {PROVE.path: lying}, health=zhejiang.health)
    made = await proofs_of(mesh.jiangsu).make(exchange_id)

    assert seen(mesh, made.bundle) == set(PROVINCES) - {ZHEJIANG}
