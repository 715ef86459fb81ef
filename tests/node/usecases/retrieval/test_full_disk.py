"""A disk that is full where a usage copy is made: a fault that passes, of the province that makes it. Clause 8.3, DESIGN §2.5."""

from dataclasses import replace

import pytest

from federation.model.refusal import Owner, Reason
from node.errors import RefusedError
from node.library.files import FileStore
from node.library.invented import LAND_TYPE
from node.library.record import CertificateRecord
from node.ports.retrieving import RetrieveForm
from tests.faults.retrieving import FullCopies
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file

NO_ROOM = "the usage copy cannot be kept on the disk of the province that makes it"
OWN, PEERS = record(JIANGSU, LAND_TYPE), record(ZHEJIANG)


async def refused(mesh: Mesh, form: RetrieveForm) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval.file(CALLER, form)
    return caught.value


def full(province: Province) -> FileStore:
    """Fill the disk of a province; returns the copies it had before."""
    before = province.handout._copies
    province.handout._copies = FullCopies(before._root)
    return before


@pytest.mark.parametrize(
    ("holder", "certificate"),
    [pytest.param(JIANGSU, OWN, id="here"), pytest.param(ZHEJIANG, PEERS, id="at a peer")],
)
async def test_once_there_is_room_again_the_same_key_gets_the_copy(
    mesh: Mesh, holder: str, certificate: CertificateRecord
) -> None:
    await mesh[holder].keep(certificate, file=sealed_file(certificate.identifier))
    form = await mesh.wish(certificate, key="k")
    before = full(mesh[holder])
    error = await refused(mesh, form)
    mesh[holder].handout._copies = before
    received = await mesh.jiangsu.retrieval.file(CALLER, form)
    first, second = mesh[holder].entries(exchange=received.exchange_id)

    assert (error.refusal.reason, received.verdict) == (Reason.INTERNAL, "VALID")
    assert (first["refusal"]["reason"], "notices" in first) == ("INTERNAL", False)
    assert len(second["notices"]) == 2


@pytest.mark.parametrize(
    ("holder", "certificate", "owner"),
    [pytest.param(JIANGSU, OWN, Owner.NODE, id="here"), pytest.param(ZHEJIANG, PEERS, Owner.PEER, id="at a peer")],
)
async def test_it_is_the_matter_of_the_province_whose_disk_it_is(
    mesh: Mesh, holder: str, certificate: CertificateRecord, owner: Owner
) -> None:
    await mesh[holder].keep(certificate, file=sealed_file(certificate.identifier))
    form = await mesh.wish(certificate)
    full(mesh[holder])
    refusal = (await refused(mesh, form)).refusal

    assert (refusal.owner, refusal.detail) == (owner, NO_ROOM)


async def test_another_province_that_named_the_certificate_is_advised(mesh: Mesh) -> None:
    both = record(ZHEJIANG, LAND_TYPE, serial="3")
    for province in (mesh.zhejiang, mesh.anhui):
        await province.keep(both, file=sealed_file(both.identifier))
    form = await mesh.wish(both)
    full(mesh.zhejiang)
    refusal = (await refused(mesh, form)).refusal

    assert refusal.detail.startswith(f"{NO_ROOM}; {ANHUI} named it, too")
    assert (await mesh.jiangsu.retrieval.file(CALLER, replace(form, province=ANHUI))).province == ANHUI
