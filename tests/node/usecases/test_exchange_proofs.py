"""Of every recorded exchange both sides keep the proof by which the other's message came. Clauses 8.2, 8.5, DESIGN §4."""

from dataclasses import replace

import pytest

from node.errors import RefusedError
from node.library.record import Status
from node.ports.services import SearchForm
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.presented import test_info_verification as info
from tests.node.usecases.test_holders import PERSON
from trust.proven_entry import proven

CERTIFICATE = record(ZHEJIANG)


def kept(mesh: Mesh, at: Province, exchange_id: str, of: str, *, of_peer: bool) -> list[str]:
    """What a province can show of another's entries of an exchange, by type and step; each is checked against its log."""
    keys = [one.public_key for one in mesh.jiangsu.directory.membership.by_province[of].signing_certificates]
    found = [one for one in at.store.read.receipts.every(exchange_id, of_peer=of_peer) if one.province == of]
    entries = [proven(one.proof, province=of, keys=keys) for one in found]
    return [f"{one['type']} {one['step']}" for one in entries]


async def used(mesh: Mesh) -> dict[str, str]:
    """One use from the application to the notice: the exchange of each step."""
    await mesh.zhejiang.keep(CERTIFICATE)
    submitted = await mesh.jiangsu.submit()
    form = SearchForm(apply_id=submitted.application.apply_id, holder=HOLDER)
    found = await mesh.jiangsu.search.fused(CALLER, form)
    wish = replace(await mesh.wish(CERTIFICATE), apply_id=submitted.application.apply_id)
    data = await mesh.jiangsu.retrieval.data(CALLER, wish)
    while await mesh.zhejiang.outbox.deliver_next(JIANGSU):
        pass
    notice = mesh.zhejiang.entries(type="NOTICE", step="delivered")[0]["exchange"]
    return {
        "apply": submitted.exchange_id,
        "search": found.exchange_id,
        "retrieve": data.exchange_id,
        "notice": notice,
    }


async def test_both_sides_can_show_what_the_other_has_on_record_of_each_step_of_a_use(mesh: Mesh) -> None:
    exchanges = await used(mesh)
    at_consumer = {
        step: kept(mesh, mesh.jiangsu, one, ZHEJIANG, of_peer=step == "notice") for step, one in exchanges.items()
    }
    at_provider = {
        step: kept(mesh, mesh.zhejiang, one, JIANGSU, of_peer=step != "notice") for step, one in exchanges.items()
    }

    assert at_consumer == {
        "apply": ["VERIFY answered"],
        "search": ["SEARCH answered"],
        "retrieve": ["RETRIEVE answered"],
        "notice": ["NOTICE asked"],
    }
    assert at_provider == {
        "apply": ["APPLY asked"],
        "search": ["SEARCH asked"],
        "retrieve": ["RETRIEVE asked"],
        "notice": ["NOTICE answered"],
    }


async def test_both_sides_keep_each_others_proof_of_a_verification_of_data(mesh: Mesh) -> None:
    answer = await mesh.jiangsu.info_verification.verify_info(CALLER, await info.presented(await info.verifying(mesh)))

    assert kept(mesh, mesh.jiangsu, answer.exchange_id, ZHEJIANG, of_peer=False) == ["RETRIEVE answered"]
    assert kept(mesh, mesh.zhejiang, answer.exchange_id, JIANGSU, of_peer=True) == ["RETRIEVE asked"]


async def test_both_sides_keep_each_others_proof_of_a_holder_check(mesh: Mesh) -> None:
    told = await mesh.jiangsu.holders.check(CALLER, PERSON)

    assert kept(mesh, mesh.jiangsu, told.exchange_id, SHANGHAI, of_peer=False) == ["HOLDER answered"]
    assert kept(mesh, mesh.shanghai, told.exchange_id, JIANGSU, of_peer=True) == ["HOLDER asked"]


async def test_a_refusal_is_kept_like_any_answer(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    wish = await mesh.wish(CERTIFICATE)
    await mesh.zhejiang.keep(replace(CERTIFICATE, status=Status.REVOKED))
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.data(CALLER, wish)

    assert kept(mesh, mesh.jiangsu, caught.value.exchange_id, ZHEJIANG, of_peer=False) == ["RETRIEVE answered"]


async def test_a_message_without_a_proof_leaves_none(mesh: Mesh) -> None:
    """A node whose entry is too large for a proof signs; its signature is not kept, its answer's digest stands in our entry."""
    await mesh.zhejiang.keep(CERTIFICATE)
    wish = await mesh.wish(CERTIFICATE)
    mesh.jiangsu.post._prove_entry = mesh.zhejiang.post._prove_entry = None
    received = await mesh.jiangsu.retrieval.data(CALLER, wish)

    assert mesh.jiangsu.store.read.receipts.every(received.exchange_id) == []
    assert mesh.zhejiang.store.read.receipts.every(received.exchange_id, of_peer=True) == []
