"""POST /elc/v1/uselist/explain: what is asked, what is answered, and that a question is no use."""

from typing import Any

import pytest

from federation.model.application import Output
from node.ports.explaining import Question
from tests.node.rest.edge import BEARER, FakeServices, edge, message

PATH = "/elc/v1/uselist/explain"


async def test_every_check_is_answered_with_who_can_change_it(services: FakeServices) -> None:
    data = {"useListId": "L1", "wantedOutputs": ["DATA"], "operatorAccount": "clerk-7"}
    async with edge(services) as client:
        response = await client.post(PATH, json=message(data), headers=BEARER)
        answer = (await response.json())["data"]
    ((_, asked),) = services.asked
    (line,) = answer["lines"]
    check = line["provinces"][0]["checks"][0]

    assert asked == Question(use_list_id="L1", outputs=(Output.DATA,), operator="clerk-7")
    assert (answer["allowed"], line["useListVersion"], line["publicationVersion"]) == (False, 2, 7)
    assert line["own"]["checks"][0]["state"] == "PASS"
    assert (check["state"], check["reason"]["reason"]) == ("STOP", "USE_LIST_UNDECIDED")
    assert check["who"] == "供证省 330000 的清单管理员"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"useOrgCode": "X"}, id="the unit is the caller's, and cannot be asked for"),
        pytest.param({"wantedOutputs": ["PAPER"]}, id="an output that does not exist"),
        pytest.param({"certificateTypeCodes": []}, id="no types"),
    ],
)
async def test_a_wrong_question_is_refused_at_the_door(services: FakeServices, data: dict[str, Any]) -> None:
    async with edge(services) as client:
        response = await client.post(PATH, json=message(data), headers=BEARER)

    assert response.status == 400
    assert services.asked == []
