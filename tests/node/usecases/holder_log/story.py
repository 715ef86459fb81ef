"""A person of Shanghai whose certificate, of Zhejiang, is used in Jiangsu; and provinces that leave things out. Nothing here is a test."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from federation.methods import HOLDER_USES
from federation.model.application import Holder, Output
from federation.model.holder_uses import Place, UsesAnswer
from federation.model.search import Outcome
from federation.ports import Incoming
from node.library.holder import make_citizen_id
from node.library.record import CertificateRecord
from node.ports.holder_uses import UsesForm, UsesTold
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller, SearchForm
from node.ports.verifying import InfoForm
from node.usecases.exchange import Decision
from tests.node.usecases.mesh import CALLER, SHANGHAI, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.presented.test_info_verification import verifying

PERSON = Holder(code=make_citizen_id(SHANGHAI, date(1980, 2, 3), 21), type_code="111", name="持证人吴戊")
CERTIFICATE = record(ZHEJIANG, holders=(PERSON,))
APP = Caller(app_id="sh-app", use_org_code="A", use_org_name="上海样例应用", uses=frozenset({Place.HOME}))
COUNTER = Caller(app_id="hall", use_org_code="B", use_org_name="样例大厅", uses=frozenset({Place.COUNTER}))
FORM = UsesForm(holder=PERSON, place=Place.HOME)
AT_COUNTER = replace(FORM, place=Place.COUNTER, operator="clerk-7", expression="5e" * 32)


async def use(mesh: Mesh, certificate: CertificateRecord = CERTIFICATE, *, told: bool = True) -> str:
    """Jiangsu retrieves face data of the person's certificate; the exchange id. `told`: the notices arrive."""
    home = mesh[certificate.area_code]
    await home.keep(certificate)
    form = await wished(mesh, certificate)
    exchange_id = (await mesh.jiangsu.retrieval.data(CALLER, form)).exchange_id
    if told:
        await deliver(mesh, home)
    return exchange_id


async def wished(mesh: Mesh, certificate: CertificateRecord = CERTIFICATE) -> RetrieveForm:
    """Jiangsu applies and searches for the person, and names a certificate."""
    apply_id = (await mesh.jiangsu.submit(holder=PERSON)).application.apply_id
    await mesh.jiangsu.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=PERSON))
    return RetrieveForm(apply_id=apply_id, identifier=certificate.identifier)


async def verify(mesh: Mesh, number: str = CERTIFICATE.number) -> str:
    """Jiangsu has data of a certificate of the person compared, in Zhejiang, and the notices arrive; the exchange id."""
    await verifying(mesh)
    await mesh.zhejiang.keep(CERTIFICATE)
    submitted = await mesh.jiangsu.submit(outputs=(Output.VERIFY,), holder=PERSON)
    wanted = InfoForm(
        apply_id=submitted.application.apply_id,
        holder=PERSON,
        type_code=CERTIFICATE.type_code,
        number=number,
        province=ZHEJIANG,
    )
    exchange_id = (await mesh.jiangsu.info_verification.verify_info(CALLER, wanted)).exchange_id
    await deliver(mesh, mesh.zhejiang)
    return exchange_id


async def deliver(mesh: Mesh, provider: Province) -> None:
    """Every notice of a province arrives."""
    for peer in mesh.all:
        while peer != provider.code and await provider.outbox.deliver_next(peer):
            pass


async def ask(mesh: Mesh, **changes: Any) -> UsesTold:
    """The person asks in Shanghai's app."""
    return await mesh.shanghai.uses.ask(APP, replace(FORM, **changes))


def answering(mesh: Mesh, province: str, change: Callable[[UsesAnswer], UsesAnswer]) -> None:
    """Have a province answer with what `change` makes of its list, and put exactly that on record."""
    node = mesh[province]
    honest = node.uses_provider.teller.listed

    class Lying:
        async def listed(self, query: Any, exchange_id: str) -> UsesAnswer:
            answer = change(await honest(query, exchange_id))
            return replace(answer, outcome=Outcome.OK if answer.uses else Outcome.EMPTY)

    node.uses_provider = replace(node.uses_provider, teller=Lying())
    mesh.network.join(node.post, node.handlers(), health=node.health)


def leaving_out(exchange_id: str) -> Callable[[UsesAnswer], UsesAnswer]:
    """The list without one exchange."""
    return lambda answer: replace(answer, uses=tuple(one for one in answer.uses if one.exchange_id != exchange_id))


def answering_raw(mesh: Mesh, province: str, make: Callable[[Incoming[Any]], Decision[UsesAnswer]]) -> None:
    """Have a province answer whatever `make` decides."""
    node = mesh[province]

    async def odd(incoming: Incoming[Any]) -> Any:
        return await node.exchange.answer(incoming, HOLDER_USES.path, lambda _: make(incoming))

    mesh.network.join(node.post, node.handlers() | {HOLDER_USES.path: odd}, health=node.health)
