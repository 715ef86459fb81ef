"""Check 8: unit, matter, system and operator are those of the authenticated line system, at every door and as long as a case runs.

What a message says of them adds nothing. A registration that shrinks holds for what was applied for before it shrank. The provider makes
its own checks on its own copy of the line, whatever the consumer's node let through. REQUIREMENTS 7.3, 11.3.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from federation.methods import SUBMIT
from federation.model.application import Operator, Result
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.lists import Kind
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller, SearchForm
from node.usecases.applying.seal import open_application
from tests.node.usecases.mesh import APP, CALLER, HOLDER, ITEM, OPERATOR, ZHEJIANG, Mesh, form, line, record
from tests.node.usecases.watching import verdicts_of

REGISTERED = replace(CALLER, item_codes=frozenset({ITEM}), operators=frozenset({OPERATOR.account}))
CERTIFICATE = record(ZHEJIANG)


async def search(mesh: Mesh, caller: Caller, apply_id: str) -> None:
    await mesh.jiangsu.search.fused(caller, SearchForm(apply_id=apply_id, holder=HOLDER))


async def data(mesh: Mesh, caller: Caller, apply_id: str) -> None:
    await mesh.jiangsu.retrieval.data(caller, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier))


async def file(mesh: Mesh, caller: Caller, apply_id: str) -> None:
    await mesh.jiangsu.retrieval.file(caller, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier))


async def stands(mesh: Mesh, caller: Caller, apply_id: str) -> None:
    await verdicts_of(mesh.jiangsu).current(caller, apply_id)


async def refused(step: Awaitable[object]) -> tuple[Reason, str]:
    with pytest.raises(RefusedError) as caught:
        await step
    return caught.value.refusal.reason, caught.value.refusal.detail


@pytest.mark.parametrize(
    ("caller", "asked", "detail"),
    [
        pytest.param(REGISTERED, {"item_code": "ITEM-2"}, "itemCode", id="a matter of another system"),
        pytest.param(
            REGISTERED,
            {"operator": Operator(account="clerk-8", name="吴")},
            "operator.account",
            id="another's operator",
        ),
        pytest.param(replace(CALLER, use_org_code="B"), {}, "useOrgCode", id="a unit that is not the line's"),
    ],
)
async def test_nothing_is_applied_for_beyond_the_registration(
    mesh: Mesh, caller: Caller, asked: dict[str, Any], detail: str
) -> None:
    assert await refused(mesh.jiangsu.applications.submit(caller, form(**asked))) == (Reason.OUT_OF_SCOPE, detail)
    assert mesh.zhejiang.entries(type="VERIFY") == []


async def test_an_application_is_its_callers_whatever_the_line_system_writes(mesh: Mesh) -> None:
    submitted = await mesh.jiangsu.applications.submit(REGISTERED, form())
    one = submitted.application

    assert (one.use_org_code, one.use_org_name, one.app_id) == (CALLER.use_org_code, CALLER.use_org_name, APP)


_DOORS = [
    pytest.param(search, id="search"),
    pytest.param(data, id="face data"),
    pytest.param(file, id="file"),
    pytest.param(stands, id="how it stands"),
]


@pytest.mark.parametrize("door", _DOORS)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"app_id": "another"}, Reason.USE_CODE_SPENT, id="another system"),
        pytest.param({"use_org_code": "B"}, Reason.OUT_OF_SCOPE, id="its unit is another now"),
        pytest.param({"item_codes": frozenset({"ITEM-2"})}, Reason.OUT_OF_SCOPE, id="the matter was taken from it"),
        pytest.param({"operators": frozenset({"clerk-8"})}, Reason.OUT_OF_SCOPE, id="the operator was taken from it"),
    ],
)
async def test_a_running_application_serves_only_who_may_still_make_it(
    mesh: Mesh, door: Callable[..., Awaitable[None]], changes: dict[str, Any], expected: Reason
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    apply_id = (await mesh.jiangsu.applications.submit(REGISTERED, form())).application.apply_id
    await mesh.jiangsu.search.fused(REGISTERED, SearchForm(apply_id=apply_id, holder=HOLDER))
    asked = len(mesh.zhejiang.entries())
    reason, _ = await refused(door(mesh, replace(REGISTERED, **changes), apply_id))

    assert reason is expected
    assert len(mesh.zhejiang.entries()) == asked, "nothing went out"


@pytest.mark.parametrize(
    ("restricted", "changes", "detail"),
    [
        pytest.param({}, {"use_org_code": "B"}, "useOrgCode", id="another unit than the line's"),
        pytest.param({"app_ids": (APP,)}, {"app_id": "another"}, "appId", id="a system that is not the line's"),
        pytest.param(
            {"operator_scope": (OPERATOR.account,)},
            {"operator": Operator(account="clerk-8", name="吴")},
            "operator.account",
            id="an operator who is not the line's",
        ),
        pytest.param({}, {"item_code": "ITEM-2"}, "itemCode or businessCode", id="another matter than the line's"),
    ],
)
async def test_a_provider_checks_them_again_whatever_the_consumers_node_let_through(
    mesh: Mesh, restricted: dict[str, Any], changes: dict[str, Any], detail: str
) -> None:
    one = line(version=2, **restricted)
    await mesh.jiangsu.publications.publish(Kind.USELIST, [line(), one])
    await mesh.zhejiang.decide(line(), one)
    await mesh.sync()
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    own = mesh.jiangsu.store.read.applications.own(apply_id)
    assert own is not None
    forged = replace(open_application(mesh.jiangsu.vault, own), apply_id="forged", **changes)
    draft = mesh.jiangsu.direct.draft_request(forged, recipients=(ZHEJIANG,), exchange_id="x-forged")
    reply = await mesh.jiangsu.peers.ask(ZHEJIANG, SUBMIT, draft, mesh.jiangsu.direct.sign(draft), 5.0)

    assert reply.message.result is Result.REJECT
    assert reply.message.reasons[0].detail == detail
