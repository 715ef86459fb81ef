"""One log line per request, and nothing personal in it. DESIGN §2.8."""

import asyncio

import pytest

from tests.node.rest.edge import (
    APPLY_DATA,
    BEARER,
    DATA,
    FILE,
    GOOD,
    HOLDER_CODE,
    HOLDER_NAME,
    SEARCH,
    SEARCH_DATA,
    TOKEN,
    FakeServices,
    edge,
    logged,
    message,
    rows,
)


@pytest.mark.parametrize("path", GOOD)
async def test_a_request_leaves_one_line(services: FakeServices, path: str) -> None:
    observed: list[tuple[str, str]] = []
    recorded = asyncio.Event()

    def observe(route: str, code: str, _seconds: float) -> None:
        observed.append((route, code))
        recorded.set()

    with logged("INFO") as stream:
        async with edge(services, observe=observe) as client:
            answer = await client.post(path, json=message(GOOD[path], requestId="r-1"), headers=BEARER)
            await answer.read()
            await asyncio.wait_for(recorded.wait(), 5)  # the line comes after the last byte of the answer
    (line,) = rows(stream)

    assert ("rest.answered", path, 200, "0", "", "hall", "r-1") == (
        line["event"],
        line["route"],
        line["status"],
        line["code"],
        line["reason"],
        line["app_id"],
        line["request_id"],
    )
    assert line["exchange_id"].startswith("E-")
    assert line["elapsed_ms"] >= 0
    assert [(path, "0")] == observed


async def test_no_line_holds_the_holder_the_operator_or_the_token(services: FakeServices) -> None:
    personal = (HOLDER_CODE, HOLDER_NAME, APPLY_DATA["operator"]["name"], TOKEN)
    unreadable = {"certificateHolderCode": HOLDER_CODE + "\n", HOLDER_NAME: HOLDER_CODE}
    with logged() as stream:
        async with edge(services) as client:
            for path, data in GOOD.items():
                answer = await client.post(path, json=message(data), headers=BEARER)
                await answer.read()
            await client.post(SEARCH, json=message(SEARCH_DATA | unreadable), headers=BEARER)
            await client.post(f"{SEARCH}?code={HOLDER_CODE}&name={HOLDER_NAME}&t={TOKEN}", headers=BEARER)
            await client.post(f"/elc/{HOLDER_NAME}/{HOLDER_CODE}", headers=BEARER)
            services.refuse = KeyError(f"{HOLDER_NAME} {HOLDER_CODE} {TOKEN}")
            for path in (SEARCH, FILE, DATA):
                response = await client.post(path, json=message(GOOD[path]), headers=BEARER)

                assert (await response.json())["head"]["status"] == "900"
    text = stream.getvalue()

    assert len(rows(stream)) == len(GOOD) + 3 + 2 * 3
    assert [one for one in personal if one in text] == []


async def test_an_unknown_path_is_one_label(services: FakeServices) -> None:
    observed: list[tuple[str, str]] = []
    async with edge(services, observe=lambda route, code, _seconds: observed.append((route, code))) as client:
        await client.get("/a/b")
        await client.get("/c")

    assert observed == [("unmatched", "4")] * 2


async def test_a_fault_of_ours_is_answered_and_logged_with_its_place(services: FakeServices) -> None:
    services.refuse = ZeroDivisionError("1/0")
    with logged() as stream:
        async with edge(services) as client:
            response = await client.post(SEARCH, json=message(SEARCH_DATA, requestId="r-9"), headers=BEARER)
            head = (await response.json())["head"]
    failed, answered = rows(stream)

    assert (response.status, head["status"], head["requestId"], head["detail"]) == (500, "900", "r-9", "")
    assert (
        failed["event"],
        failed["request_id"],
        failed["exception"][0]["type"],
    ) == ("rest.failed", "r-9", "builtins.ZeroDivisionError")
    assert "edge.py" in failed["exception"][0]["frames"][-1]
    assert (answered["code"], answered["reason"]) == ("900", "INTERNAL")


async def test_health_is_not_worth_a_line(services: FakeServices) -> None:
    with logged("INFO") as stream:
        async with edge(services) as client:
            response = await client.get("/healthz")

            assert await response.json() == {"status": "alive"}
    assert rows(stream) == []
