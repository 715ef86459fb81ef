"""The admin port on lines: statistics as lines of JSON and as CSV, and the dry run. Over real HTTP, without a node."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.explain import explain_routes
from node.admin.paths import EXPLAIN_PATH, STATISTICS_PATH
from node.admin.statistics import statistics_routes
from node.metrics import Levels, Metrics
from node.ports.lists import Kind
from node.usecases.admission.limits import Side
from node.usecases.line_report import LineReport
from node.usecases.line_statistics import CALL, Tally
from tests.node.usecases.admission.test_explanation import provider
from tests.node.usecases.listed import JIANGSU, LINE, NOW, ZHEJIANG, decision, entry, line, publish

BEARER = {"Authorization": "Bearer t"}


async def admin() -> TestClient[web.Request, web.Application]:
    """Zhejiang's admin port; it has a line of its own, used once, and one whose name is a formula."""
    store, verifier, explainer = await provider([line()], [decision(line())], [entry(ZHEJIANG)])
    own = [line(use_list_id=one, consumer_province=ZHEJIANG) for one in ("ZJ-1", "=ZJ-2")]
    await store.transact(lambda nouns: publish(nouns, Kind.USELIST, ZHEJIANG, own))
    verifier.lists.renewed(Kind.USELIST, ZHEJIANG)
    tally = Tally(lists=verifier.lists, clock=lambda: NOW)
    await store.transact(lambda nouns: tally.note(nouns, Side.CONSUMER, ZHEJIANG, "ZJ-1", CALL, "NO_RECORD"))
    app = make_admin_app(
        administration=None,  # type: ignore[arg-type]  # none of its commands is given here
        metrics=Metrics(Levels),
        token="t",
        ready=lambda: True,
        lists=(
            *statistics_routes(LineReport(province=ZHEJIANG, store=store, clock=lambda: NOW)),
            *explain_routes(explainer),
        ),
    )
    return TestClient(TestServer(app))


async def test_statistics_are_lines_of_json_or_csv() -> None:
    async with await admin() as client:
        as_json = await (await client.get(STATISTICS_PATH, headers=BEARER)).text()
        as_csv = await (await client.get(f"{STATISTICS_PATH}?format=csv", headers=BEARER)).text()
    rows = {one["line"]: one for one in map(json.loads, as_json.splitlines())}

    assert (rows["ZJ-1"]["calls"], rows["ZJ-1"]["refusals"], rows["=ZJ-2"]["calls"]) == (1, {"NO_RECORD": 1}, 0)
    assert "NO_RECORD 1" in as_csv
    assert "'=ZJ-2" in as_csv, "a spreadsheet takes it for a text"


async def test_unused_lines_and_those_decided_for_others_are_asked_for() -> None:
    async with await admin() as client:
        unused = await (await client.get(f"{STATISTICS_PATH}?unused=3", headers=BEARER)).text()
        decided = await (await client.get(f"{STATISTICS_PATH}?side=provider", headers=BEARER)).text()

    assert [json.loads(one)["line"] for one in unused.splitlines()] == ["=ZJ-2"]
    assert [json.loads(one)["line"] for one in decided.splitlines()] == [LINE]


@pytest.mark.parametrize("query", ["side=x", "since=yesterday", "unused=x", "unused=25", "format=xlsx"])
async def test_a_wrong_query_is_refused(query: str) -> None:
    async with await admin() as client:
        assert (await client.get(f"{STATISTICS_PATH}?{query}", headers=BEARER)).status == 409


async def test_a_stranger_learns_nothing() -> None:
    async with await admin() as client:
        assert (await client.get(STATISTICS_PATH)).status == 401
        assert (await client.post(EXPLAIN_PATH, json={})).status == 401


async def test_a_named_consumer_is_explained_at_the_provider() -> None:
    async with await admin() as client:
        asked: dict[str, Any] = {"consumer": JIANGSU, "line": LINE, "types": ["T9"]}
        good = await (await client.post(EXPLAIN_PATH, json=asked | {"types": None}, headers=BEARER)).json()
        bad = await (await client.post(EXPLAIN_PATH, json=asked, headers=BEARER)).json()
    stop = next(one for one in bad["lines"][0]["provinces"][0]["checks"] if one["state"] == "STOP")

    assert (good["allowed"], good["lines"][0]["version"], good["lines"][0]["publication"]) == (True, 1, 1)
    assert (bad["allowed"], stop["check"], stop["refusal"]["reason"]) == (False, "TYPES", "MATTER_MISMATCH")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"consumer": 3}', b'{"consumer": "3", "x": 1}', b'{"line": "1"}', b"{" * 5000]
)
async def test_a_question_that_cannot_be_read_is_refused_without_its_words(body: bytes) -> None:
    async with await admin() as client:
        response = await client.post(EXPLAIN_PATH, data=body, headers=BEARER)

        assert response.status == 409
        assert (await response.json())["refusal"]["reason"] == "BAD_PARAMETER"
