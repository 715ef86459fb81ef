"""POST /elc/v1/use and /search/batch: per-holder and per-item results; one that fails harms no other."""

import base64
from typing import Any

import pytest

from federation.model.application import Output
from federation.model.refusal import Reason, Refusal
from federation.model.search import Outcome
from node.ports.retrieving import RetrieveForm
from node.ports.services import ApplicationForm, SearchForm
from node.rest.envelope import RefusedHead
from node.rest.search_batch import SearchBatchAnswer
from node.rest.use_data import UseAnswer
from tests.node.rest.edge import APPLY_DATA, BEARER, SEARCH_DATA, FakeServices, edge, message, outcome, refused

USE, BATCH = "/elc/v1/use", "/elc/v1/search/batch"
OTHER = {"holderName": "他人", "holderCode": "11010519491231003X", "holderTypeCode": "111"}


async def _post(services: FakeServices, path: str, data: dict[str, Any], key: str = "") -> tuple[int, str]:
    headers = BEARER | ({"Idempotency-Key": key} if key else {})
    async with edge(services) as client:
        response = await client.post(path, json=message(data), headers=headers)
        return response.status, await response.text()


async def _use(services: FakeServices, key: str = "", **more: Any) -> UseAnswer:
    status, text = await _post(services, USE, APPLY_DATA | more, key)
    assert status == 200, text
    return UseAnswer.model_validate_json(text)


def asked(services: FakeServices, kind: type) -> list[Any]:
    return [form for _, form in services.asked if isinstance(form, kind)]


async def test_without_anything_to_retrieve_it_applies_and_searches(services: FakeServices) -> None:
    answer = await _use(services)
    (row,) = answer.data.data_list

    assert answer.head.status == "0"
    assert row.search is not None
    assert (row.apply_id, row.search.total, row.retrieved) == ("A-1", 3, ())
    assert [len(asked(services, kind)) for kind in (ApplicationForm, SearchForm, RetrieveForm)] == [1, 1, 0]


async def test_every_output_of_every_valid_item_is_retrieved_with_its_own_row(services: FakeServices) -> None:
    services.items = 2
    answer = await _use(services, retrieve=["FILE", "DATA"])
    (row,) = answer.data.data_list

    assert [(one.item, one.output) for one in row.retrieved] == [
        (0, Output.FILE),
        (0, Output.DATA),
        (1, Output.FILE),
        (1, Output.DATA),
    ]
    assert all(one.file is not None for one in row.retrieved if one.output is Output.FILE)
    assert base64.b64decode(row.retrieved[0].file.content) == services.content  # type: ignore[union-attr]
    assert services.open_files == set()


async def test_one_item_that_fails_harms_no_other(services: FakeServices) -> None:
    services.refuse_only = {"ID.1": refused(Reason.NOT_DELIVERABLE, "REVOKED")}
    answer = await _use(services, retrieve=["DATA"])
    (row,) = answer.data.data_list
    got = {one.item: one.refusal.reason if one.refusal else "" for one in row.retrieved}

    assert got == {0: "", 1: "NOT_DELIVERABLE", 2: ""}
    assert answer.head.status == "209"


async def test_only_what_is_wanted_is_retrieved(services: FakeServices) -> None:
    answer = await _use(services, retrieve=["DATA"], retrieveOnly=["ID.2"])

    assert [one.identifier for one in asked(services, RetrieveForm)] == ["ID.2"]
    assert (answer.head.status, len(answer.data.data_list[0].retrieved), answer.data.not_retrieved) == ("0", 1, ())


SILENT = (outcome("330000", Outcome.TIMEOUT, Reason.PEER_TIMEOUT),)


@pytest.mark.parametrize(
    ("given", "reason", "owner"),
    [
        pytest.param({}, "NO_RECORD", "issuer", id="that is nowhere"),
        pytest.param({"status": "REVOKED"}, "NOT_DELIVERABLE", "issuer", id="that is not valid"),
        pytest.param({"items": 201}, "TOO_LARGE", "caller", id="that stands beyond the rows"),
        pytest.param(
            {"absent": Refusal(reason=Reason.PEER_TIMEOUT), "outcomes": SILENT},
            "PEER_TIMEOUT",
            "peer",
            id="that a silent province may hold",
        ),
        pytest.param({"otherHolders": [OTHER]}, "NO_RECORD", "issuer", id="that none of two holders has"),
    ],
)
async def test_a_named_certificate_has_a_row_of_its_own(
    services: FakeServices, given: dict[str, Any], reason: str, owner: str
) -> None:
    """Once for the request, whichever of its holders it may be of."""
    for name in given.keys() - {"otherHolders"}:
        setattr(services, name, given[name])
    name = {"REVOKED": "ID.1", "TOO_LARGE": "ID.200"}.get(given.get("status", reason), "ID.7")
    others = given.get("otherHolders", [])
    answer = await _use(services, retrieve=["DATA"], retrieveOnly=["ID.2", name, name], otherHolders=others)
    (row,) = answer.data.not_retrieved

    assert isinstance(answer.head, RefusedHead)
    assert (row.certificate_id, row.refusal.reason, row.refusal.next_step_zh != "") == (name, reason, True)
    assert (answer.head.status, answer.head.owner) == ("209", owner)
    assert "1 of retrieveOnly not retrieved" in answer.head.detail
    assert {one.identifier for one in asked(services, RetrieveForm)} == {"ID.2"}


async def test_a_certificate_that_a_refused_holder_may_have_is_not_said_to_be_nowhere(services: FakeServices) -> None:
    services.refuse = refused(Reason.USE_LIST_MISSING, "UL-1")
    answer = await _use(services, retrieve=["DATA"], retrieveOnly=["ID.7"])

    assert [one.refusal.reason for one in answer.data.not_retrieved] == ["USE_LIST_MISSING"]


async def test_where_nothing_is_to_be_retrieved_nothing_is_missing(services: FakeServices) -> None:
    assert (await _use(services, retrieveOnly=["ID.7"])).head.status == "0"


async def test_each_holder_has_an_application_and_a_key_of_its_own(services: FakeServices) -> None:
    answer = await _use(services, key="K", otherHolders=[OTHER])
    forms = asked(services, ApplicationForm)

    assert [row.holder for row in answer.data.data_list] == [0, 1]
    assert {form.holder.code for form in forms} == {APPLY_DATA["holderCode"], OTHER["holderCode"]}
    assert len({form.key for form in forms}) == 2
    assert {form.use_cause for form in forms} == {APPLY_DATA["useCause"]}


async def test_a_repeat_has_the_same_keys(services: FakeServices) -> None:
    for _ in range(2):
        await _use(services, key="K", retrieve=["DATA"])
    forms, wishes = asked(services, ApplicationForm), asked(services, RetrieveForm)

    assert len({form.key for form in forms}) == 1
    assert {wish.key for wish in wishes} == {"K"}


async def test_a_silent_province_makes_the_answer_partial(services: FakeServices) -> None:
    services.outcomes = (outcome("330000", Outcome.TIMEOUT, Reason.PEER_TIMEOUT),)
    answer = await _use(services)

    assert isinstance(answer.head, RefusedHead)
    assert (answer.head.status, answer.head.detail) == ("209", "1 of 1 holders without a whole answer: 330000 TIMEOUT")
    assert answer.data.data_list[0].search is not None


async def test_a_refused_application_is_the_row_of_its_holder(services: FakeServices) -> None:
    services.refuse = refused(Reason.USE_LIST_MISSING, "UL-1")
    answer = await _use(services, retrieve=["DATA"])
    (row,) = answer.data.data_list

    assert row.refusal is not None
    assert (row.refusal.reason, row.search, row.retrieved) == ("USE_LIST_MISSING", None, ())


async def test_what_is_more_than_one_request_retrieves_is_named(services: FakeServices) -> None:
    services.items = 70
    row = (await _use(services, retrieve=["DATA"])).data.data_list[0]

    assert len(asked(services, RetrieveForm)) == 60
    assert [one.refusal.reason for one in row.retrieved if one.refusal] == ["TOO_LARGE"] * 10


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"retrieve": ["ORIGINAL"]}, id="an output that was not applied for"),
        pytest.param({"retrieve": ["VERIFY"], "wantedOutputs": ["VERIFY"]}, id="verification"),
        pytest.param({"deliver": "STREAM"}, id="a stream"),
        pytest.param({"otherHolders": [OTHER, OTHER]}, id="a holder twice"),
        pytest.param({"otherHolders": [OTHER] * 20}, id="more than twenty holders"),
        pytest.param({"otherHolders": [{}]}, id="a holder without a name"),
    ],
)
async def test_a_request_that_makes_no_sense_asks_nothing(services: FakeServices, more: dict[str, Any]) -> None:
    status, _ = await _post(services, USE, APPLY_DATA | more)

    assert status == 400
    assert services.asked == []


async def test_several_searches_have_a_row_each(services: FakeServices) -> None:
    searches = [SEARCH_DATA, SEARCH_DATA | {"applyId": "A-2", "pageSize": 2}]
    status, text = await _post(services, BATCH, {"searches": searches})
    answer = SearchBatchAnswer.model_validate_json(text)
    first, second = answer.data.data_list

    assert (status, answer.head.status) == (200, "0")
    assert first.found is not None
    assert second.found is not None
    assert [len(one.found.data_list) for one in (first, second) if one.found] == [3, 2]
    assert {form.apply_id for form in asked(services, SearchForm)} == {"A-1", "A-2"}


async def test_a_refused_search_harms_no_other(services: FakeServices) -> None:
    services.refuse_only = {"A-2": refused(Reason.USE_CODE_SPENT, "applyId")}
    _, text = await _post(
        services, BATCH, {"searches": [SEARCH_DATA | {"applyId": one} for one in ("A-1", "A-2", "A-3")]}
    )
    answer = SearchBatchAnswer.model_validate_json(text)

    assert [row.refusal.reason if row.refusal else "" for row in answer.data.data_list] == ["", "USE_CODE_SPENT", ""]
    assert answer.head.status == "209"


@pytest.mark.parametrize("count", [0, 21])
async def test_one_to_twenty_searches_make_a_batch(services: FakeServices, count: int) -> None:
    status, _ = await _post(services, BATCH, {"searches": [SEARCH_DATA] * count})

    assert status == 400
