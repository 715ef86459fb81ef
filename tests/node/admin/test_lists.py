"""The lists on the admin port: who may do what, how a refusal reads, and every path once, over a real loopback socket."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.admin.app import make_admin_app
from node.admin.lists import list_routes
from node.lists import files
from node.lists.sheet import MAX_TOLD
from node.metrics import Levels, Metrics
from node.ports.lists import Kind
from node.usecases.workshop.managers import Manager, Role
from tests.node.admin.test_admin import TOKEN, FakeAdministration
from tests.node.usecases.workshop.room import CHECKER, HOME, PEER, TYPE, WRITER, Room, entry, line, published
from trust import gm

TOKENS = {"writer": WRITER, "checker": CHECKER, "reader": Manager(account="li.ding", roles=frozenset({Role.REVIEW}))}
USELIST = "/admin/v1/uselist"


@dataclass
class Port:
    """The admin port over one workshop."""

    room: Room
    client: TestClient[Any, Any]

    async def get(self, path: str, who: str = TOKEN) -> tuple[int, Any]:
        response = await self.client.get(path, headers={"Authorization": f"Bearer {who}"})
        return response.status, await response.json()

    async def post(self, path: str, body: Any, who: str = "writer") -> tuple[int, Any]:
        body = io.BytesIO(body) if isinstance(body, bytes) else body
        sent = {"data": body} if isinstance(body, (io.BytesIO, aiohttp.FormData)) else {"json": body}
        response = await self.client.post(path, headers={"Authorization": f"Bearer {who}"}, **sent)
        return response.status, await response.json()


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    room = Room()
    app = make_admin_app(
        administration=FakeAdministration(),
        metrics=Metrics(Levels),
        token=TOKEN,
        ready=lambda: True,
        managers=[(gm.sm3(token.encode()).hex(), manager) for token, manager in TOKENS.items()],
        lists=list_routes(room.shop),
    )
    async with TestClient(TestServer(app)) as client:
        yield Port(room, client)


async def test_an_entry_goes_its_whole_way_through_the_port(port: Port) -> None:
    assert await port.post(f"{USELIST}/drafts", {"entry": line()}) == (
        200,
        {"id": "JS-0001", "action": "PUT", "state": "DRAFT"},
    )
    assert await port.post(f"{USELIST}/submit", {"ids": None}) == (200, {"ids": ["JS-0001"], "left": 0})
    assert (await port.post(f"{USELIST}/review", {"ids": ["JS-0001"], "approve": True}, "checker"))[0] == 200
    assert await port.post(f"{USELIST}/publish", {}, "checker") == (200, {"version": 1, "ids": ["JS-0001"], "left": 0})

    status, told = await port.get(f"{USELIST}/one?id=JS-0001")

    assert (status, told["state"], told["version"], told["draft"]) == (200, "PROVIDER_REVIEW", 1, None)
    assert [one["move"] for one in told["moves"]] == ["DRAFTED", "SUBMITTED", "APPROVED", "PUBLISHED"]


@pytest.mark.parametrize(("word", "state"), [("suspend", "SUSPENDED"), ("withdraw", "WITHDRAWN")])
async def test_published_entries_are_stopped_by_two_persons(port: Port, word: str, state: str) -> None:
    await port.room.publish(Kind.CATALOGUE, entry())

    handed = await port.post(f"/admin/v1/catalogue/{word}", {"ids": [TYPE], "reason": "停用"})
    done = await port.post("/admin/v1/catalogue/publish", {"submitted": True}, "checker")

    assert (handed[0], done[0]) == (200, 200)
    assert (await port.get(f"/admin/v1/catalogue?state={state}"))[1]["entries"][0]["id"] == TYPE


@pytest.mark.parametrize(
    ("path", "body", "who", "status", "reason"),
    [
        pytest.param("/drafts", {"entry": line()}, TOKEN, 403, "NOT_AUTHORISED", id="the operator is no manager"),
        pytest.param("/drafts", {"entry": line()}, "reader", 403, "NOT_AUTHORISED", id="a manager without the role"),
        pytest.param(
            "/drafts", {"entry": line(purpose="wrong")}, "writer", 422, "LIST_REFUSED", id="an entry with a fault"
        ),
        pytest.param("/submit", {"ids": ["NONE"]}, "writer", 422, "LIST_REFUSED", id="a draft that is not there"),
        pytest.param("/drafts", {"entry": []}, "writer", 409, "BAD_PARAMETER", id="an entry that is no object"),
        pytest.param("/drafts", {"entry": {}, "more": 1}, "writer", 409, "BAD_PARAMETER", id="a member too many"),
        pytest.param("/review", {"ids": None}, "checker", 409, "BAD_PARAMETER", id="neither approved nor returned"),
        pytest.param("/drop", {"ids": []}, "writer", 409, "BAD_PARAMETER", id="nothing to drop"),
        pytest.param("/submit", b"{", "writer", 409, "BAD_PARAMETER", id="no JSON"),
        pytest.param("/submit", b"[" * 100_000, "writer", 409, "BAD_PARAMETER", id="nested without end"),
        pytest.param("/submit", b" " * (9 << 20), "writer", 409, "TOO_LARGE", id="more than any command"),
    ],
)
async def test_a_refusal_says_why(port: Port, path: str, body: Any, who: str, status: int, reason: str) -> None:
    told = await port.post(f"{USELIST}{path}", body, who)

    assert (told[0], told[1]["refusal"]["reason"]) == (status, reason)
    assert bool(told[1].get("problems")) == (status == 422)


async def test_the_author_may_not_publish(port: Port) -> None:
    await port.post(f"{USELIST}/drafts", {"entry": line()})
    await port.post(f"{USELIST}/submit", {"ids": ["JS-0001"]})

    status, told = await port.post(f"{USELIST}/publish", {"ids": ["JS-0001"]})

    assert (status, told["refusal"]["reason"]) == (403, "FOUR_EYES")


@pytest.mark.parametrize(("fault", "status"), [("fails_before", 503), ("fails_after", 503)])
async def test_a_store_that_fails_is_told_and_the_step_can_be_repeated(port: Port, fault: str, status: int) -> None:
    await port.post(f"{USELIST}/drafts", {"entry": line()})
    await port.post(f"{USELIST}/submit", {"ids": None})
    setattr(port.room.publisher, fault, True)
    failed = await port.post(f"{USELIST}/publish", {"submitted": True}, "checker")
    setattr(port.room.publisher, fault, False)

    again = await port.post(f"{USELIST}/publish", {"ids": None, "submitted": True}, "checker")

    assert (failed[0], "repeat" in failed[1]["error"]) == (status, True)
    assert again[0] == (200 if fault == "fails_before" else 422)
    assert (await port.get(f"{USELIST}/one?id=JS-0001"))[1]["draft"] is None


async def test_what_a_reviewer_read_is_what_he_approves(port: Port) -> None:
    await port.post(f"{USELIST}/drafts", {"entry": line()})
    await port.post(f"{USELIST}/submit", {"ids": None})
    read = (await port.get(f"{USELIST}/one?id=JS-0001"))[1]["draft"]["content"]
    assert (await port.get(USELIST))[1]["entries"][0]["draft"]["content"] == read

    seen = {"ids": ["JS-0001"], "submitted": True, "seen": {"JS-0001": read}}
    other = await port.post(f"{USELIST}/publish", {**seen, "seen": {"JS-0001": "0" * 64}}, "checker")
    assert (other[0], "changed since" in other[1]["error"]) == (422, True)
    assert (await port.post(f"{USELIST}/publish", {**seen, "seen": {"JS-0001": "x"}}, "checker"))[0] == 409
    assert (await port.post(f"{USELIST}/publish", seen, "checker"))[0] == 200


async def test_a_managers_token_opens_nothing_but_the_lists(port: Port) -> None:
    assert (await port.get("/admin/v1/status", "writer"))[0] == 401
    assert (await port.get(USELIST, "writer"))[0] == 200
    assert (await port.get(USELIST, "stranger"))[0] == 401


async def test_what_is_validated_is_not_drafted(port: Port) -> None:
    good = await port.post(f"{USELIST}/validate", {"entry": line()}, TOKEN)
    bad = await port.post(f"{USELIST}/validate", {"entry": line(purpose="wrong")}, TOKEN)

    endless = await port.post(f"{USELIST}/validate", {"entry": line("x" * 100_000, purpose="wrong")}, TOKEN)

    assert [len(one["id"]) for one in endless[1]["problems"]] == [200]
    assert good == (200, {"good": True, "problems": []})
    assert [one["field"] for one in bad[1]["problems"]] == ["purpose"]
    assert (await port.get(USELIST))[1]["entries"] == []


async def test_lists_are_filtered_and_read_page_by_page(port: Port) -> None:
    for number in range(4):
        await port.room.publish(Kind.USELIST, line(f"JS-{number}", item_name="甲类" if number % 2 else "乙类"))
    await port.post(f"{USELIST}/drafts", {"entry": line("JS-9")})

    first = (await port.get(f"{USELIST}?limit=2"))[1]
    rest = (await port.get(f"{USELIST}?limit=2&after={first['next']}"))[1]

    assert [one["id"] for one in first["entries"] + rest["entries"]] == ["JS-0", "JS-1", "JS-2", "JS-3"]
    assert [one["id"] for one in (await port.get(f"{USELIST}?limit=0"))[1]["entries"]] == ["JS-0"]
    assert (await port.get(f"{USELIST}?text=purpose"))[1][
        "entries"
    ] == []  # the name of a member is no text of an entry
    assert [one["id"] for one in (await port.get(f"{USELIST}?text=甲类"))[1]["entries"]] == ["JS-1", "JS-3"]
    assert [one["id"] for one in (await port.get(f"{USELIST}?state=DRAFT"))[1]["entries"]] == ["JS-9"]
    assert (await port.get(f"{USELIST}?provider=990000"))[1] == {"version": 4, "entries": [], "next": ""}
    assert (await port.get(f"{USELIST}?state=WRONG"))[0] == 422
    assert (await port.get(f"{USELIST}?limit=many"))[0] == 409


async def test_peers_lists_are_read_too(port: Port) -> None:
    await port.room.put_peer(Kind.CATALOGUE, PEER, [published(entry(province=PEER))])

    listed = (await port.get(f"/admin/v1/catalogue?province={PEER}"))[1]

    assert [(one["id"], one["state"]) for one in listed["entries"]] == [(TYPE, "PUBLISHED")]


async def test_the_difference_of_two_versions_names_entries_and_fields(port: Port) -> None:
    for raw in (line("JS-1"), line("JS-2"), line("JS-1", purpose="换了")):
        await port.room.publish(Kind.USELIST, raw)

    told = (await port.get(f"{USELIST}/diff?from=1&to=3"))[1]

    assert [one["id"] for one in told["added"]] == ["JS-2"]
    assert told["changed"] == [
        {
            "id": "JS-1",
            "fields": [
                {"field": "purpose", "from": "核验采矿许可", "to": "换了"},
                {"field": "version", "from": 1, "to": 2},
            ],
        }
    ]
    assert (await port.get(f"{USELIST}/diff?from=3&to=1"))[0] == 422
    assert (await port.get(f"{USELIST}/diff?from=1&to=99"))[0] == 422
    assert (await port.get(f"{USELIST}/diff?to=99"))[0] == 409


async def test_waiting_lines_are_decided_by_two_persons(port: Port) -> None:
    asked = line(consumer_province=PEER, provider_provinces=(HOME,))
    await port.room.put_peer(Kind.USELIST, PEER, [published(asked)])
    (waiting,) = (await port.get("/admin/v1/decisions/waiting?limit=0"))[1]["lines"]
    ruling = {"consumer": PEER, "use_list_id": "JS-0001", "ruling": "LIMITED", "limits": {"daily_limit": 100}}

    decided = await port.post("/admin/v1/decisions/decide", ruling)
    done = await port.post("/admin/v1/decisions/publish", {"ids": [decided[1]["id"]], "submitted": True}, "checker")

    assert (decided[1]["id"], done[0]) == (waiting["decision_id"], 200)
    assert (await port.get("/admin/v1/decisions?state=LIMITED"))[1]["entries"][0]["entry"]["daily_limit"] == 100
    assert (await port.get("/admin/v1/decisions/waiting"))[1]["lines"] == []


async def _exported(port: Port, form: str) -> bytes:
    response = await port.client.get(f"{USELIST}/export?format={form}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status == 200
    return await response.read()


GOOD = {
    "item_code": "11320700DEMA00216P200011501400001",
    "use_org_code": "11320700DEMA00216P",
    "scene_type": "服务窗口",
}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_sheet_that_was_exported_is_imported_again(port: Port, form: str) -> None:
    await port.room.publish(Kind.USELIST, line("JS-1", **GOOD))
    sheet = await _exported(port, form)

    same = await port.post(f"{USELIST}/import?name=lines.{form}", sheet)
    form_data = aiohttp.FormData()
    form_data.add_field("file", sheet.replace(b"JS-1", b"JS-2"), filename=f"lines.{form}")
    fresh = await port.post(f"{USELIST}/import", form_data) if form == "csv" else None

    assert same == (200, {"new": 0, "changed": 0, "skipped": 1}), same
    assert fresh in (None, (200, {"new": 1, "changed": 0, "skipped": 0}))


async def test_a_sheet_with_a_fault_changes_nothing_and_tells_row_and_field(port: Port) -> None:
    await port.room.publish(Kind.USELIST, line("JS-1", **GOOD))
    sheet = (await _exported(port, "csv")).decode("utf-8-sig")
    heading, row = sheet.splitlines()[:2]
    bad = "\n".join([heading, row, row.replace("JS-1", "JS-2").replace("2099-12-31", "2099-13-31")]).encode()

    status, told = await port.post(f"{USELIST}/import?name=a.csv", bad)

    assert (status, [(one["row"], one["field"]) for one in told["problems"]]) == (422, [(3, "valid_to")])
    assert (await port.get(f"{USELIST}?state=DRAFT"))[1]["entries"] == []


async def test_a_sheet_with_faults_without_end_is_answered_with_a_thousand_and_a_number(port: Port) -> None:
    sheet = files.write(Kind.USELIST, [{"use_list_id": f"JS-{number}"} for number in range(MAX_TOLD)], "csv")

    status, told = await port.post(f"{USELIST}/import?name=a.csv", sheet)

    assert (status, len(told["problems"])) == (422, MAX_TOLD)
    assert told["more"] > 0
    assert f"and {told['more'] + MAX_TOLD - 3} more" in told["error"]


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        pytest.param("?name=a.csv", b"\x00\xff", 422, id="no text"),
        pytest.param("?name=a.xlsx", b"PK\x03\x04", 422, id="no workbook"),
        pytest.param("?name=a.doc", b"x", 422, id="another format"),
        pytest.param("", b"x", 422, id="no name"),
        pytest.param("?name=a.csv", b" " * ((32 << 20) + 1), 409, id="more than any sheet"),
    ],
)
async def test_what_is_no_sheet_is_refused(port: Port, query: str, body: bytes, status: int) -> None:
    assert (await port.post(f"{USELIST}/import{query}", body))[0] == status


async def test_every_path_is_described_for_the_console(port: Port) -> None:
    status, told = await port.get("/admin/v1/openapi.json", "writer")
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    there = {(one.method, one.path) for one in list_routes(port.room.shop) if not one.path.endswith("openapi.json")}

    assert (status, described) == (200, there)
    bodies = [methods["post"]["requestBody"]["content"] for methods in told["paths"].values() if "post" in methods]
    names = {
        one["application/json"]["schema"]["$ref"].rpartition("/")[2] for one in bodies if "application/json" in one
    }
    assert names <= set(told["components"]["schemas"])
