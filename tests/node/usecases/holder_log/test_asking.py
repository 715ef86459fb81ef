"""Who used my certificates: every province tells, each with its own log's proof, and the whole is complete or says that it is not."""

from federation.model.holder_uses import Role
from federation.model.search import Completeness, Outcome
from node.ports.holder_uses import What
from tests.node.usecases.holder_log.story import ask, use
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh


async def test_a_use_is_told_by_consumer_provider_and_home_with_who_for_what_and_when(mesh: Mesh) -> None:
    exchange_id = await use(mesh)
    told = await ask(mesh)
    (one,) = told.uses

    assert told.completeness is Completeness.COMPLETE
    assert [(one.province, one.outcome) for one in told.outcomes] == [
        (SHANGHAI, Outcome.OK),
        (JIANGSU, Outcome.OK),
        (ZHEJIANG, Outcome.OK),
        (ANHUI, Outcome.EMPTY),
    ]
    assert (one.exchange_id, one.what, one.told) == (exchange_id, What.USE, True)
    assert one.said_by == ((SHANGHAI, Role.HOME), (JIANGSU, Role.CONSUMER), (ZHEJIANG, Role.PROVIDER))
    assert (one.facts.use_org_name, one.facts.item_name, one.facts.output) == ("江苏样例大厅", "样例事项", "DATA")
    assert told.found == ()
