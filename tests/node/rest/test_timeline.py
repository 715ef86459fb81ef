"""POST /elc/v1/explain: the timeline of the caller's own exchange, and what a refused request leaves behind."""

import pytest

from federation.model.fault import Hop
from federation.model.refusal import Owner, Reason, Refusal
from node.errors import refused
from node.ports.timeline import Fault, Result, State, Step, Timeline
from node.usecases.explain.mishaps import Door, Mishap
from tests.node.rest.edge import BEARER, FakeServices, edge, message
from tests.node.rest.test_explain import PATH as DRY_RUN
from tests.node.rest.timelines import FakeTimelines

PATH = "/elc/v1/explain"
FAULT = Fault(reason=Reason.PEER_TIMEOUT, owner=Owner.PEER, province="330000", hop=Hop.PEER, at="330000")
STEP = Step(
    time="2026-01-01T00:00:00.000+00:00",
    event="SEARCH",
    hop=Hop.PEER,
    at="330000",
    result=Result.TIMEOUT,
    words="对方省（市）未在时限内应答",
    peer="330000",
    fault=FAULT,
    took_ms=3000,
)
TIMELINE = Timeline(exchange_id="X-1", node="320000", state=State.PARTIAL, steps=(STEP,), faults=(FAULT,))


async def test_an_own_exchange_is_explained_in_chinese(services: FakeServices) -> None:
    timelines = FakeTimelines(known={("hall", "X-1"): TIMELINE})
    async with edge(services, timelines=timelines) as client:
        response = await client.post(PATH, json=message({"exchangeId": "X-1"}), headers=BEARER)
        data = (await response.json())["data"]

    (step,), (fault,) = data["steps"], data["faults"]
    assert (data["state"], data["stateZh"]) == ("PARTIAL", "部分完成")
    assert (step["hopZh"], step["result"], step["tookMs"]) == ("对方节点（330000）", "TIMEOUT", 3000)
    assert (fault["owner"], fault["areaCode"], fault["ownerZh"]) == ("peer", "330000", "对方节点（330000）")
    assert fault["nextStepZh"] == Refusal(reason=Reason.PEER_TIMEOUT).zh_step
    assert step["fault"] == fault


async def test_anothers_exchange_is_as_unknown_as_none(services: FakeServices) -> None:
    timelines = FakeTimelines(known={("another", "X-1"): TIMELINE})
    async with edge(services, timelines=timelines) as client:
        answers = [
            (await (await client.post(PATH, json=message({"exchangeId": one}), headers=BEARER)).json())["head"]
            for one in ("X-1", "X-2")
        ]

    alike = [{name: head[name] for name in ("status", "reason", "message", "detail")} for head in answers]
    assert alike[0] == alike[1]
    assert alike[0]["reason"] == "NO_RECORD"


async def test_a_refusal_names_its_exchange_and_the_next_step_in_chinese(services: FakeServices) -> None:
    services.refuse = refused(Refusal(reason=Reason.USE_LIST_MISSING), "X-9")
    async with edge(services) as client:
        head = (await (await client.post(DRY_RUN, json=message({}), headers=BEARER)).json())["head"]

    assert (head["exchangeId"], head["nextStepZh"]) == ("X-9", Refusal(reason=Reason.USE_LIST_MISSING).zh_step)


@pytest.mark.parametrize(
    ("refuse", "data", "reason", "exchange_id", "error"),
    [
        pytest.param(None, {"useListId": 1}, Reason.BAD_PARAMETER, "", "", id="at the door"),
        pytest.param(
            refused(Refusal(reason=Reason.OUT_OF_SCOPE), "X-9"), {}, Reason.OUT_OF_SCOPE, "X-9", "", id="by a use-case"
        ),
        pytest.param(OSError(28, "full"), {}, Reason.INTERNAL, "", "OSError", id="by a fault of ours"),
    ],
)
async def test_a_refused_request_is_found_by_its_id(
    services: FakeServices,
    refuse: Exception | None,
    data: dict[str, object],
    reason: Reason,
    exchange_id: str,
    error: str,
) -> None:
    noted: list[Mishap] = []
    services.refuse = refuse
    async with edge(services, note=noted.append) as client:
        await client.post(DRY_RUN, json=message(data, requestId="R-1"), headers=BEARER)

    (one,) = noted
    assert (one.door, one.what, one.app_id) == (Door.REST, DRY_RUN, "hall")
    assert (one.reason, one.exchange_id, one.error) == (reason, exchange_id, error)


async def test_a_request_that_went_well_leaves_nothing(services: FakeServices) -> None:
    noted: list[Mishap] = []
    async with edge(services, note=noted.append) as client:
        await client.post(DRY_RUN, json=message({}), headers=BEARER)

    assert noted == []
