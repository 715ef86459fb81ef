"""No personal data in logs, evidence, receipts, errors or reprs. DESIGN §2.8: a whole story is run and everything it leaves is searched."""

import json
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from federation.model.retrieval import Chunk, DataAnswer, FileHead
from federation.model.search import Query
from node.errors import RefusedError
from node.ports.retrieving import ReceivedData
from node.storage.memory.journal import Table
from tests.node.usecases.mesh import (
    CALLER,
    FACE,
    HOLDER,
    JIANGSU,
    OPERATOR,
    ZHEJIANG,
    Mesh,
    form,
    record,
)
from tests.node.usecases.papers import sealed_file

CERTIFICATE = record(ZHEJIANG)
PERSONAL = (
    HOLDER.code,
    HOLDER.name,
    OPERATOR.name,
    OPERATOR.account,
    *(one.value for one in FACE),
    "样例用途",
)


def leaked(text: str) -> list[str]:
    return [one for one in PERSONAL if one in text]


async def story(mesh: Mesh) -> None:
    """Everything that happens to a certificate, with refusals and faults on the way."""
    await mesh.zhejiang.keep(CERTIFICATE, file=sealed_file(CERTIFICATE.identifier, size=3 << 20, label=HOLDER.name))
    wish = await mesh.wish(CERTIFICATE, key="k")
    mesh.network.break_stream(ZHEJIANG, 1)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.file(CALLER, wish)
    await mesh.jiangsu.retrieval.file(CALLER, wish)
    await mesh.jiangsu.retrieval.data(CALLER, wish)
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.data(CALLER, replace(wish, key="other"))
    with pytest.raises(RefusedError):
        await mesh.jiangsu.retrieval.data(CALLER, replace(wish, apply_id=HOLDER.code, identifier=HOLDER.name))
    with pytest.raises(RefusedError):
        await mesh.jiangsu.submit(holder=replace(HOLDER, code=HOLDER.code[:-1] + "0"))
    with pytest.raises(RefusedError):
        await mesh.jiangsu.find(HOLDER.code)
    await mesh.zhejiang.outbox.deliver_next(JIANGSU)
    await mesh.sync()


async def test_nothing_personal_is_in_any_evidence_entry(mesh: Mesh) -> None:
    await story(mesh)
    entries = [entry for province in mesh.all.values() for entry in province.entries()]

    assert {entry["type"] for entry in entries} >= {"APPLY", "VERIFY", "SEARCH", "RETRIEVE", "NOTICE", "LIST_CHANGE"}
    assert leaked(json.dumps(entries, ensure_ascii=False)) == []


async def test_nothing_personal_is_in_any_log_line(mesh: Mesh) -> None:
    with capture_logs() as lines:
        await story(mesh)

    assert leaked(repr(lines)) == []


async def test_nothing_personal_lies_open_in_a_store(mesh: Mesh) -> None:
    """But for what notices must say to be of use: unit, matter and cause."""
    await story(mesh)
    tables = [
        vars(noun)
        for province in mesh.all.values()
        for noun in (
            province.memory._nouns.applications,
            province.memory._nouns.exchanges,
            province.memory._nouns.certificates,
            province.memory._nouns.notices,
        )
    ]
    rows = "".join(repr(list(table)) for nouns in tables for table in nouns.values() if isinstance(table, Table))
    found = [one for one in PERSONAL if one in rows or repr(one.encode())[2:-1] in rows]

    assert found == ["样例用途"]


async def test_the_receipt_of_a_search_names_nobody(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE)
    _, answer = await mesh.found()

    assert leaked(repr((answer.outcomes, answer.items))) == []


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(HOLDER, id="a holder"),
        pytest.param((HOLDER, [HOLDER]), id="holders in lists"),
        pytest.param(Query(apply_id="a", holder=HOLDER, type_codes=()), id="a query"),
        pytest.param(FACE, id="face fields"),
        pytest.param(CERTIFICATE, id="a record"),
        pytest.param(DataAnswer(data=FACE[0].value.encode()), id="face data on the wire"),
        pytest.param(
            ReceivedData(exchange_id="e", identifier="i", province="p", data={"v": FACE[0].value}, mask_digest=""),
            id="face data received",
        ),
        pytest.param(FileHead(chunk_key=FACE[0].value.encode()), id="the key of a stream"),
        pytest.param(Chunk(offset=0, nonce=b"", sealed=HOLDER.code.encode(), prefix_sm3=b""), id="a chunk"),
    ],
)
def test_the_repr_of_a_personal_record_shows_nothing(one: object) -> None:
    """A traceback or a debugger's line prints reprs."""
    shown = repr(one)

    assert leaked(shown) == []
    assert FACE[0].value.encode().hex() not in shown
    assert repr(FACE[0].value.encode()) not in shown


def test_a_holder_inside_another_record_stays_hidden() -> None:
    shown = repr(form())

    assert not [one for one in (HOLDER.code, HOLDER.name) if one in shown]


# What an entry that travels as a proof may say: what its recipients know from the message itself, and digests. A name is added here after
# asking what a recipient learns by it.
TRAVELS = {
    *(
        "v",
        "type",
        "step",
        "exchange",
        "node",
        "time",
        "sent",
        "request",
        "answer",
        "peer",
        "peers",
        "repeated",
        "binds",
        "refusal",
    ),
    *(
        "apply",
        "app",
        "org",
        "item",
        "line",
        "line_version",
        "line_digest",
        "types",
        "holder",
        "operator",
        "purpose",
    ),  # of the application
    *(
        "result",
        "reasons",
        "outcome",
        "items",
        "catalogue_version",
        "allowed_fields",
        "allowed_outputs",
    ),  # of verdict and search answer
    *("certificate", "certificate_type", "output", "fields", "mask", "notices"),  # of the retrieval
    *("file", "size", "original", "verdict", "expires"),  # of the file, as its head says
    *("notice", "addressee", "use", "content", "fresh"),  # of the notice
}


async def travelling(mesh: Mesh) -> list[dict[str, Any]]:
    """Every entry that a story sends to peers, two uses of one holder's certificate."""
    await mesh.zhejiang.keep(CERTIFICATE, file=sealed_file(CERTIFICATE.identifier))
    for _ in range(2):
        await mesh.jiangsu.retrieval.data(CALLER, await mesh.wish(CERTIFICATE))
    await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE))
    for peer in sorted(set(mesh.zhejiang.woken)):
        while await mesh.zhejiang.outbox.deliver_next(peer):
            pass
    return [entry for one in mesh.all.values() for entry in one.entries() if "sent" in entry]


async def test_an_entry_that_travels_says_nothing_that_its_recipients_do_not_know(mesh: Mesh) -> None:
    entries = await travelling(mesh)
    said = {name for entry in entries for name in entry}

    assert {entry["type"] for entry in entries} == {"APPLY", "VERIFY", "SEARCH", "RETRIEVE", "NOTICE"}
    assert said <= TRAVELS
    assert all(entry.get("peers", []) == sorted(entry.get("peers", [])) for entry in entries)


async def test_an_entry_that_travels_tells_nobody_that_two_exchanges_are_about_one_person(mesh: Mesh) -> None:
    entries = await travelling(mesh)
    for member in ("holder", "operator", "purpose"):
        digests = {(one["node"], one["exchange"]): one[member] for one in entries if member in one}

        assert len(digests) > 1
        assert len(set(digests.values())) == len(digests), f"{member} is the same in two exchanges"


async def test_the_consumers_own_verdict_does_not_travel(mesh: Mesh) -> None:
    await mesh.jiangsu.submit()
    (own,) = mesh.jiangsu.entries(type="VERIFY", step="own")

    assert own["result"] == "PASS"
    assert "sent" not in own
    assert all("own" not in entry for entry in mesh.jiangsu.entries(step="asked"))
