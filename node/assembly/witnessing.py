"""Witnesses: cosigning the peers' logs, having the own one cosigned, and telling of a log that forked or went back. DESIGN §2.7, §7."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

from federation.peers import Work
from federation.ports import Peers
from node.assembly.core import Core
from node.assembly.links import Links, first_calls, listed_keys
from node.moment import new_id, utc_now
from node.usecases.accusations import Accusations
from node.usecases.cosigning import Cosigning
from node.usecases.disowned import DisownedHeads
from node.usecases.greeting import Greeting
from node.usecases.own_log import OwnLog
from node.usecases.witness import Witness
from node.usecases.witness_view import WitnessView
from trust.gm import PublicKey
from trust.membership import KeyUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessing:
    """The parts."""

    own: OwnLog
    greeting: Greeting
    cosigning: Cosigning
    cosigner: Witness
    accusations: Accusations
    disowned: DisownedHeads
    view: WitnessView
    calls: Callable[[], AbstractAsyncContextManager[Peers]]
    greeting_s: float

    async def greet(self) -> None:
        """Before anything is signed: compare the log with what the peers hold of it; takes `greeting_s` at most.

        Raises:
            StoreError: that something was lost could not be put on record.
        """
        async with self.calls() as calls:
            await self.greeting.start(calls, self.greeting_s)

    async def push(self, peer: str) -> None:
        """What is due with a peer: the head that it is to cosign, then files that convict. Implements `federation.ports.HeadCarrier`.

        Raises:
            PeerError: the peer could not be talked to now.
        """
        try:
            await self.cosigning.push(peer)
        finally:
            await self.accusations.carry(peer)


def make_witnessing(core: Core, links: Links) -> Witnessing:
    """Put the parts together."""
    keys = partial(listed_keys, core.directory)
    wake = partial(core.peers.wake, work=Work.COSIGN)
    own = OwnLog(
        store=core.store, gate=core.base.gate, recorder=core.recorder, new_id=new_id, keys=partial(_own_keys, core)
    )
    greeting = Greeting(
        mail=links.post,
        own=own,
        gate=core.base.gate,
        others=core.others,
        quorum=lambda: core.directory.membership.witness_quorum,
        new_id=new_id,
    )
    cosigner = Witness(
        store=core.store,
        exchange=links.exchange,
        heads=links.heads,
        keeper=links.witness,
        keys=keys,
        identity=lambda: core.base.identity,
        clock=utc_now,
    )
    return Witnessing(
        own=own,
        greeting=greeting,
        cosigning=_cosigning(core, links, own, greeting),
        cosigner=cosigner,
        disowned=DisownedHeads(
            keeper=links.witness,
            version=lambda: core.directory.membership.version,
            robbed=lambda: [one for one in core.directory.membership.by_province if _disowned(core, one)],
            keys=partial(_keys_that_count, core),
            dropped=cosigner.forget,
        ),
        accusations=Accusations(
            exchange=links.exchange,
            mail=links.post,
            peers=links.client,
            alarms=links.witness.alarms,
            exhibits=links.exhibits,
            keys=keys,
            others=core.others,
            new_id=new_id,
            wake=wake,
        ),
        calls=partial(first_calls, core, links),
        greeting_s=core.config.evidence.greeting,
        view=WitnessView(
            store=core.store,
            own=own,
            greeting=greeting,
            exhibits=links.exhibits,
            quorum=lambda: core.directory.membership.witness_quorum,
            members=core.members,
            clock=utc_now,
        ),
    )


def _cosigning(core: Core, links: Links, own: OwnLog, greeting: Greeting) -> Cosigning:
    return Cosigning(
        store=core.store,
        mail=links.post,
        peers=links.client,
        own=own,
        greeting=greeting,
        identity=lambda: core.base.identity,
        keys=partial(listed_keys, core.directory),
        others=core.others,
        clock=utc_now,
        monotonic=time.monotonic,
        interval_s=core.config.evidence.witness_interval,
        new_id=new_id,
        wake=partial(core.peers.wake, work=Work.COSIGN),
    )


def _own_keys(core: Core) -> Sequence[PublicKey]:
    """Every key that this province's log was signed with and that was not disowned, the one in use first."""
    own, gone = core.base.identity.signing_certificate, _disowned(core, core.province)
    first = () if own.fingerprint in gone else (own.public_key,)
    return tuple({key.point: key for key in (*first, *_keys_that_count(core, core.province))}.values())


def _keys_that_count(core: Core, province: str) -> Sequence[PublicKey]:
    """A province's signing keys of all membership documents here, the newest first, but those that were disowned."""
    documents = (*(link.membership for link in core.base.chain.links), core.directory.membership)
    members = [one for document in documents if (one := document.by_province.get(province)) is not None]
    listed = {one.fingerprint: one for member in members for one in member.signing_certificates}
    gone = _disowned(core, province)
    return [one.public_key for fingerprint, one in reversed(listed.items()) if fingerprint not in gone]


def _disowned(core: Core, province: str) -> frozenset[str]:
    """The certificates of the signing keys that the province gave up as stolen or lost, by fingerprint; a removal takes no word back."""
    member = core.directory.membership.by_province.get(province)
    keys = () if member is None else member.keys
    return frozenset(key.key_id for key in keys if key.usage == KeyUsage.SIGNING.value and key.burnt)
