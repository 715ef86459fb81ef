"""Provinces that take and answer objections, as `node.daemon` puts them together. Nothing here is a test."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from federation.methods import OBJECTION
from federation.model.objection_notice import OBJECTION_TYPE
from node.library.record import CertificateRecord
from node.library.working_days import default_working_days
from node.ports.objecting import ObjectionForm, ShownObjection
from node.usecases.objection.casebook import Casebook
from node.usecases.objection.contradictions import Contradictions
from node.usecases.objection.deciding import ObjectionDesk
from node.usecases.objection.moving import CaseMover
from node.usecases.objection.notifying import CaseNoticeTaker, CaseNotifier
from node.usecases.objection.permission import Permission
from node.usecases.objection.raising import ObjectionOffice
from node.usecases.objection.receiving import CaseReceiver
from node.usecases.objection.signing import CaseSigner
from node.usecases.objection.telling import CaseTeller
from node.usecases.objection.watching import ObjectionWatch
from node.usecases.workshop.managers import Manager, Role
from tests.node.usecases.mesh import CALLER, HOLDER, ZHEJIANG, Mesh, Province, record
from trust.consent import Channel
from trust.objection import RaisedBy

CERTIFICATE = record(ZHEJIANG)
HOME_APP = replace(CALLER, app_id="holders-app", consents=frozenset({Channel.HOME}))
COUNTER_APP = replace(CALLER, app_id="counter", consents=frozenset({Channel.COUNTER}))
MANAGER = Manager(account="manager-1", name="管理员", roles=frozenset({Role.OBJECTIONS}))
CLAIM = "登记的矿种与批准文件不符，应为石灰岩"
PER_DAY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """What one province has to do with objections."""

    province: Province
    office: ObjectionOffice
    desk: ObjectionDesk
    teller: CaseTeller
    receiver: CaseReceiver
    watch: ObjectionWatch
    woken: list[str]

    async def tell(self, peer: str) -> int:
        """Tell a peer all that waits for it; how many cases that were."""
        told = 0
        while await self.teller.tell_next(peer):
            told += 1
        return told

    def entries(self, step: str) -> list[dict[str, Any]]:
        """The evidence of objections at one step."""
        return self.province.entries(type="OBJECTION", step=step)

    def state(self, objection_id: str) -> str:
        """Where a case stands here; "" where it is not known."""
        held = self.province.store.read.objections.get(objection_id)
        return "" if held is None else held.state.value

    def disputed(self, certificate: CertificateRecord = CERTIFICATE) -> bool:
        """Whether the library marks a certificate."""
        row = self.province.store.read.certificates.get(certificate.identifier)
        return row is not None and row.disputed


def bureau(one: Province, **limits: int) -> Bureau:
    """Put the parts together, and answer peers."""
    woken: list[str] = []
    members = lambda: one.directory.provinces  # noqa: E731
    one.teller.takes({OBJECTION_TYPE: CaseNoticeTaker()})
    notifier = CaseNotifier(province=one.code, vault=one.vault, teller=one.teller, provinces=members, wake=woken.append)
    signer, calendar = CaseSigner(signing=one.signatory), default_working_days()
    casebook = Casebook(
        notifier=notifier,
        province=one.code,
        vault=one.vault,
        recorder=one.recorder,
        clock=one.clock,
        provinces=members,
        calendar=calendar,
        **limits,
    )
    mover = CaseMover(store=one.store, casebook=casebook, signer=signer, wake=woken.append)
    desk = ObjectionDesk(
        store=one.store, casebook=casebook, calendar=calendar, mover=mover, digest=partial(one.vault.digest, "manager")
    )
    receiver = CaseReceiver(
        store=one.store,
        exchange=one.exchange,
        casebook=casebook,
        membership=lambda: one.directory.membership,
        wake=woken.append,
        contradictions=Contradictions(exhibits=one.exhibits),
    )
    one.network.join(
        one.post, {**one.handlers(), OBJECTION.path: receiver.tell}, health=one.health, refused=one._disbelieved
    )
    return Bureau(
        province=one,
        office=ObjectionOffice(
            store=one.store,
            casebook=casebook,
            calendar=calendar,
            signer=signer,
            new_id=one.new_id,
            wake=woken.append,
            permission=Permission(store=one.store, casebook=casebook, app_per_day=PER_DAY),
        ),
        desk=desk,
        teller=CaseTeller(store=one.store, mail=one.post, peers=one.peers, casebook=casebook),
        receiver=receiver,
        watch=ObjectionWatch(store=one.store, casebook=casebook, mover=mover),
        woken=woken,
    )


class Bureaus:
    """The mesh with a bureau in each province; Zhejiang holds the certificate, and Jiangsu's unit has found it."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.shanghai, self.jiangsu, self.zhejiang, self.anhui = map(bureau, mesh.all.values())
        self.apply_id = ""

    async def ready(self) -> "Bureaus":
        """Keep and find the certificate."""
        await self.mesh.zhejiang.keep(CERTIFICATE)
        self.apply_id, _ = await self.mesh.found()
        return self

    def form(self, **changes: Any) -> ObjectionForm:
        """The objection of the using unit."""
        one = ObjectionForm(
            by=RaisedBy.USE_ORG,
            identifier=CERTIFICATE.identifier,
            fields=("KZ_KIND",),
            claim=CLAIM,
            apply_id=self.apply_id,
        )
        return replace(one, **changes)

    def of_holder(self, **changes: Any) -> ObjectionForm:
        """The objection of the holder."""
        return self.form(**({"by": RaisedBy.HOLDER, "holder": HOLDER, "apply_id": ""} | changes))

    async def raised(self, key: str = "k", **changes: Any) -> ShownObjection:
        """Raised by the using unit, and told to Zhejiang."""
        one = await self.jiangsu.office.raise_(CALLER, self.form(**changes), key)
        await self.jiangsu.tell(ZHEJIANG)
        return one


async def bureaus(folder: Path) -> Bureaus:
    """The mesh of the tests."""
    return await Bureaus(await Mesh(folder).ready()).ready()
