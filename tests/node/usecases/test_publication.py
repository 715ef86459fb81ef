"""Publishing lists and keeping the peers': versions never go back, stale beats empty, receipts are kept. Clause 6, DESIGN §2.7, §2.9."""

import base64
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL
from federation.model.publication import Acknowledge, Head, Publication, PublicationError, Pull, PullAnswer
from federation.model.publication import digest as payload_digest
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.usecases.exchange import Answered
from node.usecases.lists import parse
from tests.node.usecases.mesh import JIANGSU, LINE, SHANGHAI, ZHEJIANG, Mesh, entry, line

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CATALOGUE, USELIST = Kind.CATALOGUE, Kind.USELIST


def held(mesh: Mesh, province: str, publisher: str, kind: Kind = CATALOGUE) -> int:
    stored = mesh[province].store.read.publications.latest(kind, publisher)
    return stored.version if stored else 0


def receipt(mesh: Mesh, publisher: str, peer: str, kind: Kind = CATALOGUE) -> tuple[int, str] | None:
    receipts = mesh[publisher].store.read.publications.receipts(kind)
    return next(((one.version, one.refusal) for one in receipts if one.peer == peer), None)


def latest(mesh: Mesh, publisher: str, kind: Kind = CATALOGUE) -> Publication:
    stored = mesh[publisher].store.read.publications.latest(kind, publisher)
    assert stored is not None
    return mesh[publisher].verify(stored.document, kind.value, publisher)


async def test_equal_entries_make_no_new_version(mesh: Mesh) -> None:
    version = await mesh.jiangsu.publications.publish(USELIST, (line(),))

    assert version == 1
    assert len(mesh.jiangsu.entries(type="LIST_CHANGE", step="published")) == 1


async def test_changed_entries_make_the_next_version_with_the_digest_of_the_last(mesh: Mesh) -> None:
    first = mesh.jiangsu.store.read.publications.latest(USELIST, JIANGSU)
    assert first is not None
    version = await mesh.jiangsu.publications.publish(USELIST, (line(status="SUSPENDED"),))

    assert (version, latest(mesh, JIANGSU, USELIST).previous) == (2, first.digest)
    assert mesh.jiangsu.publications.versions() == {CATALOGUE: 1, USELIST: 2}


async def test_an_own_new_list_counts_at_once(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, ())

    assert mesh.jiangsu.lists.uselist(JIANGSU).lines == {}


async def test_a_peer_pulls_what_is_new_and_gives_a_receipt(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, (line(use_list_id="JS-0002"),))
    await mesh.zhejiang.publications.exchange_with(JIANGSU)

    assert list(mesh.zhejiang.lists.uselist(JIANGSU).lines) == ["JS-0002"]
    assert receipt(mesh, JIANGSU, ZHEJIANG, USELIST) == (2, "")


async def test_both_sides_put_a_publication_on_record(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, ())
    await mesh.zhejiang.publications.exchange_with(JIANGSU)
    (got,) = mesh.zhejiang.entries(exchange="uselist-320000-2")
    published, acknowledged = mesh.jiangsu.entries(exchange="uselist-320000-2")

    assert published["digest"] == got["digest"] == acknowledged["digest"]
    assert (got["step"], acknowledged["peer"]) == ("received", ZHEJIANG)


async def test_nothing_new_asks_once_and_gives_no_receipt(mesh: Mesh) -> None:
    await mesh.zhejiang.publications.exchange_with(SHANGHAI)
    before = len(mesh.network.calls)
    await mesh.zhejiang.publications.exchange_with(SHANGHAI)
    paths = [call.path for call in mesh.network.calls[before:] if call.sender == ZHEJIANG]

    assert ACKNOWLEDGE["catalogue"].path not in paths
    assert paths.count(PULL["catalogue"].path) == 1


async def test_a_version_is_announced_until_the_peer_has_acknowledged_it(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, ())
    mesh.zhejiang.woken.clear()
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    woken = list(mesh.zhejiang.woken)
    await mesh.zhejiang.publications.exchange_with(JIANGSU)
    mesh.zhejiang.woken.clear()
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert (woken, mesh.zhejiang.woken) == ([JIANGSU], [])


async def test_a_peer_that_is_down_keeps_its_last_good_lists(mesh: Mesh) -> None:
    mesh.network.down(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert sorted(mesh.jiangsu.lists.catalogue(ZHEJIANG).entries) == [MINING_TYPE, LAND_TYPE]


async def test_a_peer_that_missed_versions_pulls_the_newest(mesh: Mesh) -> None:
    for number in range(3):
        await mesh.jiangsu.publications.publish(USELIST, (line(use_list_id=f"N{number}"),))
    await mesh.zhejiang.publications.exchange_with(JIANGSU)

    assert held(mesh, ZHEJIANG, JIANGSU, USELIST) == 4


async def test_what_is_held_comes_back_at_the_next_start(mesh: Mesh) -> None:
    for province in mesh.all:
        mesh.zhejiang.lists._uselists.pop(province, None)
    mesh.zhejiang.publications.load(tuple(mesh.all))

    assert list(mesh.zhejiang.lists.uselist(JIANGSU).lines) == [LINE]


async def serve(mesh: Mesh, document: bytes, head: Head) -> None:
    """Let Shanghai answer pulls of its catalogue with this from now on."""

    async def pulled(incoming: Incoming[Pull]) -> Answered:
        answer = PullAnswer(head=head, document=document)
        return await mesh.shanghai.exchange.poll(incoming, PULL["catalogue"].path, lambda _: answer)

    mesh.network.join(mesh.shanghai.post, mesh.shanghai.handlers() | {PULL["catalogue"].path: pulled})


async def serve_signed(mesh: Mesh, publication: Publication, *, signer: str = SHANGHAI, **head: Any) -> None:
    """The same with a signed publication and the head that belongs to it, but for what is changed."""
    document = mesh[signer].sign(publication)
    right = Head(publisher=SHANGHAI, version=publication.version, digest=payload_digest(document))
    await serve(mesh, document, replace(right, **head))


def tampered(document: bytes) -> bytes:
    """The document with another payload under the old signature."""
    outer = json.loads(document)
    payload = base64.b64decode(outer["payload"]).replace(MINING_TYPE.encode(), LAND_TYPE.encode())
    return json.dumps(outer | {"payload": base64.b64encode(payload).decode()}).encode()


async def refused(mesh: Mesh) -> tuple[int, str]:
    """Jiangsu pulls from Shanghai: what it holds then, and the detail of its refusal. The receipt goes astray."""
    before = mesh.jiangsu.lists.catalogue(SHANGHAI)
    receipts: list[Acknowledge] = []

    async def acknowledged(incoming: Incoming[Acknowledge]) -> Answered:
        receipts.append(incoming.message)
        return await mesh.shanghai.publications.acknowledged(CATALOGUE, incoming)

    handlers = mesh.network._wire.stations[SHANGHAI].handlers
    mesh.network.join(mesh.shanghai.post, {**handlers, ACKNOWLEDGE["catalogue"].path: acknowledged})
    with suppress(PeerError):  # a receipt for a version that Shanghai's own store does not know is refused there
        await mesh.jiangsu.publications.exchange_with(SHANGHAI)
    (one,) = receipts
    (entry_,) = mesh.jiangsu.entries(publisher=SHANGHAI, step="refused")

    assert one.refusal is not None
    assert one.refusal.reason is Reason.VERSION_CONFLICT
    assert entry_["refusal"]["reason"] == "VERSION_CONFLICT"
    assert mesh.jiangsu.lists.catalogue(SHANGHAI) == before
    return held(mesh, JIANGSU, SHANGHAI), one.refusal.detail


ONLY = (entry(SHANGHAI, LAND_TYPE),)


async def at_version_two(mesh: Mesh) -> Publication:
    """Shanghai published a second version and Jiangsu has it."""
    await mesh.shanghai.publications.publish(CATALOGUE, ONLY)
    await mesh.jiangsu.publications.exchange_with(SHANGHAI)
    return latest(mesh, SHANGHAI)


async def test_a_rollback_is_refused(mesh: Mesh) -> None:
    second = await at_version_two(mesh)
    await serve_signed(mesh, replace(second, version=1, previous=""))

    assert await refused(mesh) == (2, "went back to version 1; version 2 is held here")


async def test_a_peer_that_lost_its_lists_is_refused(mesh: Mesh) -> None:
    await at_version_two(mesh)
    await serve(mesh, b"", Head(publisher=SHANGHAI, version=0, digest=""))

    assert await refused(mesh) == (2, "went back to version 0; version 2 is held here")


async def test_a_fork_of_the_version_held_is_refused(mesh: Mesh) -> None:
    second = await at_version_two(mesh)
    await serve_signed(mesh, replace(second, entries=()))

    assert await refused(mesh) == (2, "version 2 is another than the version 2 held here")


async def test_a_next_version_that_does_not_follow_the_one_held_is_refused(mesh: Mesh) -> None:
    second = await at_version_two(mesh)
    await serve_signed(mesh, replace(second, version=3, previous="ab" * 32))

    assert await refused(mesh) == (2, "version 3 does not follow the version 2 held here")


async def test_a_document_other_than_its_head_says_is_refused(mesh: Mesh) -> None:
    second = await at_version_two(mesh)
    previous = payload_digest(mesh.shanghai.sign(second))
    await serve_signed(mesh, replace(second, version=3, previous=previous), version=4)

    assert await refused(mesh) == (2, "the document is not the one its head names")


async def test_a_tampered_document_is_refused(mesh: Mesh) -> None:
    first = latest(mesh, SHANGHAI)
    document = tampered(mesh.shanghai.sign(replace(first, version=2)))
    await serve(mesh, document, Head(publisher=SHANGHAI, version=2, digest=payload_digest(document)))

    assert await refused(mesh) == (1, "the signature does not fit")


async def test_a_document_signed_by_another_member_is_refused(mesh: Mesh) -> None:
    await serve_signed(mesh, replace(latest(mesh, SHANGHAI), version=2), signer=ZHEJIANG)

    assert await refused(mesh) == (1, "not of this kind, or not signed with a key that the publisher may sign with")


async def test_a_document_about_another_publisher_is_refused(mesh: Mesh) -> None:
    await serve_signed(mesh, replace(latest(mesh, SHANGHAI), version=2, publisher=ZHEJIANG))

    assert await refused(mesh) == (1, "kind, publisher or version inside the document is wrong")


async def test_bytes_that_are_no_document_are_refused(mesh: Mesh) -> None:
    await serve(mesh, b"\xff", Head(publisher=SHANGHAI, version=2, digest="ab" * 32))

    assert (await refused(mesh))[0] == 1


NONSENSE = [
    pytest.param(CATALOGUE, {"type_code": MINING_TYPE}, id="an entry with most members missing"),
    pytest.param(CATALOGUE, entry(SHANGHAI, LAND_TYPE) | {"share_modes": 7}, id="share modes that are a number"),
    pytest.param(CATALOGUE, entry(SHANGHAI, LAND_TYPE) | {"share_modes": "FILE"}, id="share modes that are a text"),
    pytest.param(CATALOGUE, entry(SHANGHAI, LAND_TYPE) | {"type_code": ["x"]}, id="a type code that is a list"),
    pytest.param(CATALOGUE, entry(SHANGHAI, LAND_TYPE) | {"file_formats": [None]}, id="a format that is nothing"),
    pytest.param(USELIST, line() | {"auth_mode": "WHIM"}, id="a ground that does not exist"),
    pytest.param(USELIST, line() | {"valid_to": 20991231}, id="a day that is a number"),
    pytest.param(USELIST, line() | {"valid_to": "20261231"}, id="a day in another form, which compares wrongly"),
    pytest.param(USELIST, line() | {"valid_to": "2026-02-30"}, id="a day that does not exist"),
    pytest.param(USELIST, line() | {"type_codes": {}}, id="types that are an object"),
]


@pytest.mark.parametrize(("kind", "raw"), NONSENSE)
def test_entries_that_no_rule_can_be_decided_by_are_refused(kind: Kind, raw: dict[str, Any]) -> None:
    publication = Publication(
        kind=kind.value, publisher=SHANGHAI, version=1, issued=NOON, effective=NOON, previous="", entries=(raw,)
    )
    with pytest.raises(PublicationError):
        parse(publication)


async def test_a_signed_document_with_nonsense_is_refused_before_it_is_kept(mesh: Mesh) -> None:
    """Once kept, it would stop every later start of the node."""
    first = latest(mesh, SHANGHAI)
    previous = payload_digest(mesh.shanghai.sign(first))
    await serve_signed(mesh, replace(first, version=2, previous=previous, entries=({"type_code": MINING_TYPE},)))
    version, _ = await refused(mesh)
    mesh.jiangsu.publications.load(tuple(mesh.all))

    assert version == 1


async def test_members_of_an_entry_that_this_version_does_not_know_are_left_out(mesh: Mesh) -> None:
    await mesh.shanghai.publications.publish(CATALOGUE, (entry(SHANGHAI, LAND_TYPE) | {"of_tomorrow": {"x": 1}},))
    await mesh.jiangsu.publications.exchange_with(SHANGHAI)

    assert list(mesh.jiangsu.lists.catalogue(SHANGHAI).entries) == [LAND_TYPE]


async def acknowledge(mesh: Mesh, version: int, digest: str, refusal: Refusal | None = None) -> None:
    """Zhejiang acknowledges (or refuses) a version of Jiangsu's use list."""
    post, head = mesh.zhejiang.post, Head(publisher=JIANGSU, version=version, digest=digest)
    message = Acknowledge(head=head, received_at=mesh.clock.now, refusal=refusal)
    draft = post.draft_request(message, recipients=(JIANGSU,), exchange_id="e1")
    await mesh.network.peers_of(ZHEJIANG).ask(JIANGSU, ACKNOWLEDGE["uselist"], draft, post.sign(draft), 1.0)


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(1, id="the version in force with another digest"),
        pytest.param(2, id="a version that does not exist yet"),
        pytest.param(10**12, id="a version far ahead"),
    ],
)
async def test_a_receipt_for_what_was_never_published_is_refused_on_record(mesh: Mesh, version: int) -> None:
    """Believed, it would end all announcements to that peer."""
    with pytest.raises(PeerError) as caught:
        await acknowledge(mesh, version, "ab" * 32)
    (entry_,) = mesh.jiangsu.entries(type="REFUSE")

    assert caught.value.refusal.reason is Reason.VERSION_CONFLICT
    assert (entry_["peer"], receipt(mesh, JIANGSU, ZHEJIANG, USELIST)) == (ZHEJIANG, None)


async def test_a_refusing_receipt_is_kept_and_the_version_announced_again(mesh: Mesh) -> None:
    own = mesh.jiangsu.store.read.publications.latest(USELIST, JIANGSU)
    assert own is not None
    await acknowledge(mesh, 1, own.digest, Refusal(reason=Reason.VERSION_CONFLICT))
    before = len(mesh.network.calls)
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert receipt(mesh, JIANGSU, ZHEJIANG, USELIST) == (1, "VERSION_CONFLICT")
    assert ANNOUNCE["uselist"].path in {call.path for call in mesh.network.calls[before:]}


async def test_a_replayed_poll_is_refused_on_record(mesh: Mesh) -> None:
    post, method = mesh.zhejiang.post, PULL["catalogue"]
    draft = post.draft_request(Pull(after_version=0), recipients=(JIANGSU,), exchange_id="e1")
    envelope, peers = post.sign(draft), mesh.network.peers_of(ZHEJIANG)
    await peers.ask(JIANGSU, method, draft, envelope, 1.0)
    with pytest.raises(PeerError) as caught:
        await peers.ask(JIANGSU, method, draft, envelope, 1.0)
    (entry_,) = mesh.jiangsu.entries(type="REFUSE")

    assert (caught.value.refusal.reason, entry_["method"]) == (Reason.REPLAYED, method.path)


async def test_every_province_acknowledges_every_publication(mesh: Mesh) -> None:
    for code in mesh.all:
        await mesh[code].publications.publish(CATALOGUE, (entry(code, LAND_TYPE, contact="new"),))
    await mesh.sync()
    receipts = {(one, peer): receipt(mesh, one, peer) for one in mesh.all for peer in mesh.all if one != peer}

    assert {found[1] if found else "none" for found in receipts.values()} == {""}
