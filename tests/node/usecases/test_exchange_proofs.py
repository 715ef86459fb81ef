"""Of every recorded exchange both sides keep the proof by which the other's message came. Clauses 8.2, 8.5, DESIGN §4."""

from dataclasses import replace

from node.ports.services import SearchForm
from tests.node.usecases.mesh import CALLER, HOLDER, JIANGSU, ZHEJIANG, Mesh, Province, record
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
