"""What every part of a node stands on: store, members, lists, stops, documents, watches and figures. No use-case, and no call to a peer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from federation.directory import Directory
from federation.gate import Gate
from federation.peers import Peers
from node import membership_chain
from node.base import Base
from node.config import Config
from node.library.documents import Documents
from node.metrics import Levels, Metrics
from node.moment import utc_now
from node.ports.signing import Signatory
from node.ports.store import Store
from node.trust_watch import TrustWatch, make_watch
from node.usecases.contents import Keeper
from node.usecases.holder_log.index import HolderIndex
from node.usecases.line_statistics import Tally
from node.usecases.lists import Lists
from node.usecases.record import Recorder
from node.usecases.stops import Stops
from node.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts, and what of the base is asked for most."""

    base: Base
    store: Store
    directory: Directory
    gate: Gate
    peers: Peers
    lists: Lists
    recorder: Recorder
    stops: Stops
    documents: Documents
    watch: TrustWatch
    metrics: Metrics
    tally: Tally
    holder_index: HolderIndex

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.base.config

    @property
    def province(self) -> str:
        """This node's province."""
        return self.config.node.province

    @property
    def vault(self) -> Vault:
        """What digests and seals with this node's own keys."""
        return self.base.vault

    @property
    def contents(self) -> Keeper:
        """What keeps the contents behind commitments."""
        return Keeper(vault=self.vault, clock=utc_now)

    def signing(self) -> Signatory:
        """The key in use at this moment, for what stands for years; it signs in a thread. Implements `node.ports.signing.Signing`."""
        identity = self.base.identity

        async def sign(message: bytes) -> bytes:
            return await asyncio.to_thread(identity.document_signer.sign, message)

        return Signatory(certificate=identity.signing_certificate, sign=sign)

    def members(self) -> tuple[str, ...]:
        """Who can be asked, at this moment; our own functions go on where membership leaves us out."""
        return tuple(sorted({*self.directory.provinces, self.province}))

    def others(self) -> tuple[str, ...]:
        """The other members, at this moment."""
        return self.directory.others(self.province)


def make_core(base: Base, store: Store, *, levels: Callable[[], Levels]) -> Core:
    """Put the parts together; `levels` is asked only when the page of figures is, and may know parts that are made later."""
    province = base.config.node.province
    directory = membership_chain.directory(base.chain)
    lists, metrics = Lists(lambda: store.read.publications), Metrics(levels)
    return Core(
        base=base,
        store=store,
        directory=directory,
        gate=Gate(directory, province, utc_now),
        peers=Peers(directory.others(province)),
        lists=lists,
        recorder=base.recorder(),
        stops=Stops(),
        documents=base.documents(),
        watch=_watch(base, directory),
        metrics=metrics,
        tally=Tally(lists=lists, clock=utc_now, counted=metrics.line_call),
        holder_index=HolderIndex(vault=base.vault),
    )


def _watch(base: Base, directory: Directory) -> TrustWatch:
    return make_watch(
        lambda: base.identity,
        lambda: directory.membership,
        base.config.identity,
        folder=base.config.node.data / "crls",
        clock=utc_now,
        monotonic=time.monotonic,
    )
