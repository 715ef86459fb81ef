"""What comes from peers stands in entries that are never erased: so ids come in, and nothing else. Clause 8.4, DESIGN §2.8."""

from dataclasses import replace

import pytest

from federation.model.event import read_event
from federation.model.refusal import Reason
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh
from tests.node.usecases.test_notice import send, use


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"certificate_identifier": "110101199003077715"}, id="a person's number as the certificate"),
        pytest.param({"certificate_identifier": "张三的证照"}, id="words as the certificate"),
        pytest.param({"exchange_id": "110101199003077715"}, id="a person's number as the use"),
        pytest.param({"exchange_id": "e" * 65}, id="a use without end"),
        pytest.param({"addressee": "张三"}, id="a name as the addressee"),
        pytest.param({"use_time": "yesterday"}, id="a time that is none"),
        pytest.param({"use_time": "0001-01-01T00:00:00+14:00"}, id="a time that no zone can show"),
    ],
)
async def test_a_notice_that_would_bring_more_than_ids_into_the_log_is_refused(
    mesh: Mesh, data: dict[str, str]
) -> None:
    await use(mesh)
    item = mesh.zhejiang.store.read.notices.head(JIANGSU)
    assert item is not None
    event = read_event(item.event)
    reason = await send(mesh, replace(event, data={**event.data, **data}).to_json(), ZHEJIANG)

    assert (reason, mesh.jiangsu.entries(type="NOTICE")) == (Reason.BAD_PARAMETER, [])
    assert not [one for one in data.values() if one in str(mesh.jiangsu.entries())]
