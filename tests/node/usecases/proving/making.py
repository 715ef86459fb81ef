"""Proofs over the provinces of `mesh`, and a use to prove. Not a test."""

from dataclasses import dataclass
from typing import Any

from node.library.invented import LAND_TYPE
from node.ports.retrieving import ReceivedFile
from node.usecases.contents import Keeper
from node.usecases.proving.entries import Entries
from node.usecases.proving.making import Proofs
from tests.node.usecases.mesh import CALLER, Mesh, Province, record
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.watching import DEADLINE_S


def proofs_of(province: Province, crls: dict[str, bytes] | None = None, **waiting: Any) -> Proofs:
    """What makes the proofs of a province; `waiting`: how it waits for others to cosign."""
    return Proofs(
        province=province.code,
        store=province.store,
        entries=Entries(
            province=province.code,
            store=province.store,
            mail=province.post,
            peers=province.peers,
            new_id=province.new_id,
            timeout_s=DEADLINE_S,
            **waiting,
        ),
        contents=Keeper(vault=province.vault, clock=province.clock),
        recorder=province.recorder,
        crls=lambda: crls or {},
        clock=province.clock,
    )


@dataclass(frozen=True)
class Used:
    """A use: its exchange, and the file that came."""

    exchange: str
    file: bytes


async def used(mesh: Mesh, holder: Province | None = None) -> Used:
    """A usage copy from Zhejiang (or another) to Jiangsu."""
    province = holder or mesh.zhejiang
    certificate = record(province.code, LAND_TYPE)
    await province.keep(certificate, file=sealed_file(certificate.identifier))
    received: ReceivedFile = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(certificate))
    data = received.path.read_bytes()
    mesh.jiangsu.retrieval.release(received)
    return Used(exchange=received.exchange_id, file=data)


async def used_data(mesh: Mesh, holder: Province | None = None) -> Used:
    """Face data from Zhejiang (or another) to Jiangsu."""
    province = holder or mesh.zhejiang
    certificate = record(province.code, LAND_TYPE)
    await province.keep(certificate)
    received = await mesh.jiangsu.retrieval.data(CALLER, await mesh.wish(certificate))
    return Used(exchange=received.exchange_id, file=b"")


def fingerprint(mesh: Mesh) -> str:
    """Of the membership of all."""
    held = mesh.jiangsu.store.read.memberships.latest()
    assert held is not None
    return held.digest
