"""POST /elc/v1/retrieve/batch: a result for each item, and none harms another. REQUIREMENTS P9."""

import asyncio
import base64
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.ports.retrieving import RetrieveForm
from node.rest.answers import pieces_of
from node.rest.batch import AT_ONCE, MAX_ITEMS, BatchAnswer
from node.rest.envelope import Contents
from node.rest.limits import Limits
from tests.node.rest.edge import BATCH, BEARER, FakeServices, edge, message, refused


def item(number: int, *outputs: str, **more: Any) -> dict[str, Any]:
    return {"certificateID": f"1.2.{number}", "outputs": list(outputs or ("FILE",)), **more}


async def ask(
    services: FakeServices, *items: dict[str, Any], key: str = "k", limits: Limits | None = None
) -> BatchAnswer:
    async with edge(services, limits=limits) as client:
        headers = BEARER | {"Idempotency-Key": key}
        response = await client.post(BATCH, json=message({"applyId": "A-1", "items": list(items)}), headers=headers)
        assert response.status == 200
        return BatchAnswer.model_validate_json(await response.text())


async def test_every_output_of_every_item_has_its_row_in_order(services: FakeServices) -> None:
    answer = await ask(services, item(1, "DATA", "FILE"), item(2, "FILE", deliver="URL"))
    rows = answer.data.data_list

    assert (answer.head.status, answer.data.total) == ("0", 3)
    assert [(row.item, row.output.value) for row in rows] == [(0, "DATA"), (0, "FILE"), (1, "FILE")]
    assert rows[0].data is not None
    assert rows[0].data.data_list[0]["certificateName"] == "采矿许可证"
    assert rows[1].file is not None
    assert base64.b64decode(rows[1].file.content) == services.content
    assert rows[2].file is not None
    assert (rows[2].file.content, rows[2].file.file_url) == ("", "/elc/v1/download/token-0")
    assert set() == services.open_files


async def test_a_file_may_take_as_long_as_it_may_alone(services: FakeServices) -> None:
    limits = Limits(answer_s=0.0, file_s=60.0)  # an answer that has to wait for anything is too late
    (row,) = (await ask(services, item(1, "FILE"), limits=limits)).data.data_list

    assert row.refusal is None
    assert row.file is not None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(refused(Reason.NOT_DELIVERABLE, "REVOKED"), "NOT_DELIVERABLE", id="a refusal"),
        pytest.param(RuntimeError("said in confidence"), "INTERNAL", id="a fault nobody thought of"),
    ],
)
async def test_one_that_fails_harms_no_other(services: FakeServices, error: Exception, reason: str) -> None:
    services.refuse_only = {"1.2.2": error}
    answer = await ask(services, item(1), item(2), item(3))
    rows = answer.data.data_list

    assert (answer.head.status, answer.data.total) == ("209", 2)
    assert [row.refusal and row.refusal.reason for row in rows] == [None, reason, None]
    assert "confidence" not in answer.model_dump_json()
    assert set() == services.open_files


async def test_all_items_share_the_key_and_keep_their_own_wishes(services: FakeServices) -> None:
    await ask(services, item(1, "DATA", fields=["a"]), item(2, "FILE", "ORIGINAL", fileFormat="png", page=2))
    forms = {form for _, form in services.asked if isinstance(form, RetrieveForm)}

    assert {form.key for form in forms} == {"k"}
    assert {(one.identifier, one.fields, one.original, one.file_format, one.page) for one in forms} == {
        ("1.2.1", ("a",), False, "ofd", 1),
        ("1.2.2", (), False, "png", 2),
        ("1.2.2", (), True, "ofd", 1),
    }


async def test_a_few_run_side_by_side_and_no_more(services: FakeServices) -> None:
    services.hold = asyncio.Event()
    running = asyncio.create_task(ask(services, *(item(number) for number in range(MAX_ITEMS))))
    await services.entered.wait()
    for _ in range(100):
        await asyncio.sleep(0)
    at_once = len(services.asked)
    services.hold.set()
    answer = await running

    assert (at_once, answer.data.total) == (AT_ONCE, MAX_ITEMS)


async def test_files_inside_the_answer_share_its_room(services: FakeServices) -> None:
    answer = await ask(services, item(1), item(2), item(3, deliver="URL"), limits=Limits(inline_bytes=10))
    rows = answer.data.data_list

    assert [row.refusal and row.refusal.reason for row in rows] == [None, "TOO_LARGE", None]
    assert rows[1].refusal is not None
    assert "URL" in rows[1].refusal.next_step
    assert set() == services.open_files


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="nothing"),
        pytest.param([item(number) for number in range(MAX_ITEMS + 1)], id="too many"),
        pytest.param([item(1), item(1)], id="the same twice"),
        pytest.param([item(1, deliver="STREAM")], id="a stream in a batch"),
        pytest.param([item(1, "VERIFY")], id="a verification"),
        pytest.param([{"outputs": ["FILE"]}], id="no certificate"),
        pytest.param([{"certificateNumber": "n", "outputs": ["FILE"]}], id="half of the second group"),
    ],
)
async def test_what_no_batch_can_be_made_of_is_refused_before_anything_is_asked(
    services: FakeServices, items: list[dict[str, Any]]
) -> None:
    async with edge(services) as client:
        response = await client.post(BATCH, json=message({"applyId": "A-1", "items": items}), headers=BEARER)

        assert (response.status, services.asked) == (400, [])


@pytest.mark.parametrize("size", [0, 1, (3 << 16) - 1, 3 << 16, (3 << 16) + 2, 1 << 20])
async def test_files_stand_whole_in_the_answer_and_are_not_written_as_other_text_is(
    services: FakeServices, size: int
) -> None:
    services.content = bytes(number % 251 for number in range(size))
    answer = await ask(services, item(1), item(2, "DATA"), item(3))
    contents = Contents()
    text = answer.model_dump_json(by_alias=True, context=contents)

    assert [base64.b64decode(row.file.content) for row in answer.data.data_list if row.file] == [services.content] * 2
    assert b"".join(pieces_of(answer)).decode() == answer.model_dump_json(by_alias=True)
    assert len(contents.kept) == (2 if size else 0)
    assert not any(content in text for content in contents.kept)
