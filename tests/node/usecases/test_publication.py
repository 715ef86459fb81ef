"""Publishing lists and keeping the peers': one version after the other, changes pushed, receipts kept. Clause 6, DESIGN §5, §2.9."""

from datetime import timedelta
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL
from federation.model.publication import Acknowledge, Head, Mark, Pull, PublicationError, from_document, parse
from federation.model.refusal import Reason, Refusal
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.ports.store import Nouns
from node.usecases.publication import Change
from tests.node.usecases.mesh import ANHUI, JIANGSU, LINE, SHANGHAI, ZHEJIANG, Mesh, Province, entry, line

CATALOGUE, USELIST, DECISIONS = Kind.CATALOGUE, Kind.USELIST, Kind.DECISIONS


def receipt(mesh: Mesh, publisher: str, peer: str, kind: Kind = CATALOGUE) -> tuple[int, str] | None:
    receipts = mesh[publisher].store.read.publications.receipts(kind)
    return next(((one.version, one.refusal) for one in receipts if one.peer == peer), None)


def newest(province: Province, publisher: str, kind: Kind = USELIST) -> Head:
    stored = province.store.read.publications.latest(kind, publisher)
    assert stored is not None
    return parse(from_document(stored.document, kind.value).payload, kind=kind.value, publisher=publisher)


def paths(mesh: Mesh, before: int, sender: str) -> list[str]:
    return [call.path for call in mesh.network.calls[before:] if call.sender == sender]


async def test_equal_entries_make_no_new_version(mesh: Mesh) -> None:
    mesh.jiangsu.woken.clear()
    version = await mesh.jiangsu.publications.publish(USELIST, [line()])

    assert (version, mesh.jiangsu.woken) == (1, [])
    assert len(mesh.jiangsu.entries(type="LIST_CHANGE", step="published")) == 1


async def test_changed_entries_make_the_next_version_with_the_digest_of_the_last(mesh: Mesh) -> None:
    first = mesh.jiangsu.store.read.publications.latest(USELIST, JIANGSU)
    assert first is not None
    version = await mesh.jiangsu.publications.publish(USELIST, [line(status="SUSPENDED")])

    assert (version, newest(mesh.jiangsu, JIANGSU).previous) == (2, first.digest)
    assert mesh.jiangsu.publications.versions() == {CATALOGUE: 1, USELIST: 2, DECISIONS: 0}
    assert mesh.jiangsu.woken[-3:] == [SHANGHAI, ZHEJIANG, ANHUI], "the peers are told"


async def test_a_whole_list_drops_what_it_no_longer_names(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, [line(), line(use_list_id="JS-0002")])
    await mesh.jiangsu.publications.publish(USELIST, [line(use_list_id="JS-0002"), line(use_list_id="JS-0003")])

    assert (mesh.jiangsu.ids(JIANGSU, USELIST), newest(mesh.jiangsu, JIANGSU).size) == (["JS-0002", "JS-0003"], 2)


async def test_an_own_new_list_counts_at_once(mesh: Mesh) -> None:
    assert mesh.jiangsu.lists.line(JIANGSU, LINE, mesh.clock()) is not None
    await mesh.jiangsu.publications.publish(USELIST, [])

    assert mesh.jiangsu.lists.line(JIANGSU, LINE, mesh.clock()) is None


async def test_single_changes_put_and_drop_entries_with_what_else_belongs_into_the_unit(mesh: Mesh) -> None:
    seen: list[tuple[int, int]] = []

    def then(nouns: Nouns, version: int) -> None:
        held = nouns.publications.latest(USELIST, JIANGSU)
        seen.append((version, held.version if held else 0))

    second = Change(entry=line(use_list_id="JS-0002"), id="JS-0002")
    await mesh.jiangsu.publications.change(USELIST, [second], then)
    version = await mesh.jiangsu.publications.change(USELIST, [Change(entry=None, id=LINE)], then)

    assert (version, seen, mesh.jiangsu.ids(JIANGSU, USELIST)) == (3, [(2, 2), (3, 3)], ["JS-0002"])


async def test_a_change_that_changes_nothing_makes_no_version_and_still_does_the_rest(mesh: Mesh) -> None:
    seen: list[int] = []
    changes = [Change(entry=line(), id=LINE), Change(entry=None, id="JS-0009")]
    version = await mesh.jiangsu.publications.change(USELIST, changes, lambda _, number: seen.append(number))

    assert (version, seen) == (1, [1])


async def test_a_change_whose_other_part_fails_is_undone(mesh: Mesh) -> None:
    def then(_nouns: Nouns, _version: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await mesh.jiangsu.publications.change(USELIST, [Change(entry=None, id=LINE)], then)
    assert (mesh.jiangsu.held(JIANGSU, USELIST), mesh.jiangsu.ids(JIANGSU, USELIST)) == (1, [LINE])

    await mesh.jiangsu.publications.change(USELIST, [Change(entry=line(use_list_id="JS-0002"), id="JS-0002")])
    assert mesh.jiangsu.ids(JIANGSU, USELIST) == [LINE, "JS-0002"], "what was staged and came to nothing is forgotten"


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        pytest.param([line(), line()], "stands twice", id="two of one key"),
        pytest.param([line() | {"use_list_id": ""}], "is not a text", id="no id"),
        pytest.param([line() | {"share": 0.5}], "no canonical form", id="a fraction"),
        pytest.param([line() | {"note": "x" * (64 << 10)}], "larger than 64 KiB", id="too large"),
    ],
)
async def test_what_cannot_stand_in_a_publication_is_not_published(
    mesh: Mesh, entries: list[dict[str, Any]], sentence: str
) -> None:
    with pytest.raises(PublicationError, match=sentence):
        await mesh.jiangsu.publications.publish(USELIST, entries)

    assert mesh.jiangsu.held(JIANGSU, USELIST) == 1


async def test_an_entry_is_not_published_under_another_key(mesh: Mesh) -> None:
    with pytest.raises(PublicationError, match="not JS-2 version 1"):
        await mesh.jiangsu.publications.change(USELIST, [Change(entry=line(), id="JS-2")])


async def test_founding_lists_are_on_record_as_such(mesh: Mesh) -> None:
    await mesh.shanghai.publications.publish(USELIST, [line(consumer_province=SHANGHAI)], founding=True)

    assert len(mesh.shanghai.entries(type="LIST_CHANGE", step="founding", entries=1)) == 1


async def test_a_change_is_one_call_that_brings_it_along_and_is_answered_with_the_receipt(mesh: Mesh) -> None:
    await mesh.sync()
    await mesh.jiangsu.publications.publish(USELIST, [line(), line(use_list_id="JS-0002")])
    before = len(mesh.network.calls)
    await mesh.jiangsu.publications._announce(USELIST, ZHEJIANG)

    assert paths(mesh, before, JIANGSU) == [ANNOUNCE["uselist"].path]
    assert mesh.zhejiang.ids(JIANGSU, USELIST) == [LINE, "JS-0002"]
    assert mesh.zhejiang.lists.line(JIANGSU, "JS-0002", mesh.clock()) is not None
    assert receipt(mesh, JIANGSU, ZHEJIANG, USELIST) == (2, "")


async def test_a_peer_pulls_what_is_new_and_gives_a_receipt(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, [line(use_list_id="JS-0002")])
    await mesh.zhejiang.publications.exchange_with(JIANGSU)

    assert mesh.zhejiang.ids(JIANGSU, USELIST) == ["JS-0002"]
    assert receipt(mesh, JIANGSU, ZHEJIANG, USELIST) == (2, "")


async def test_both_sides_put_a_publication_on_record(mesh: Mesh) -> None:
    await mesh.jiangsu.publications.publish(USELIST, [])
    await mesh.zhejiang.publications.exchange_with(JIANGSU)
    (got,) = mesh.zhejiang.entries(exchange="uselist-320000-2")
    published, acknowledged = mesh.jiangsu.entries(exchange="uselist-320000-2")

    assert published["digest"] == got["digest"] == acknowledged["digest"]
    assert (got["step"], got["changed"], acknowledged["peer"]) == ("received", 1, ZHEJIANG)


async def test_nothing_new_asks_once_and_gives_no_receipt(mesh: Mesh) -> None:
    await mesh.zhejiang.publications.exchange_with(SHANGHAI)
    before = len(mesh.network.calls)
    await mesh.zhejiang.publications.exchange_with(SHANGHAI)

    assert paths(mesh, before, ZHEJIANG) == [PULL[kind.value].path for kind in Kind]


async def test_a_version_is_announced_until_the_peer_has_acknowledged_it(mesh: Mesh) -> None:
    await mesh.sync()
    await mesh.jiangsu.publications.publish(USELIST, [])
    mesh.network.down(ZHEJIANG)
    for _ in range(2):
        with pytest.raises(PeerError):
            await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    mesh.network.up(ZHEJIANG)
    before = len(mesh.network.calls)
    for _ in range(2):
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert paths(mesh, before, JIANGSU).count(ANNOUNCE["uselist"].path) == 1
    assert mesh.zhejiang.held(JIANGSU, USELIST) == 2


async def test_what_is_announced_without_the_way_there_is_asked_for(mesh: Mesh) -> None:
    """Jiangsu believes that Zhejiang holds the second version; it holds the first."""
    await mesh.jiangsu.publications.publish(USELIST, [])
    await acknowledge(mesh, mark(mesh.jiangsu, USELIST))
    await mesh.jiangsu.publications.publish(USELIST, [line()])
    mesh.zhejiang.woken.clear()
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert (mesh.zhejiang.held(JIANGSU, USELIST), mesh.zhejiang.woken) == (1, [JIANGSU])


async def test_a_peer_that_is_down_keeps_its_last_good_lists(mesh: Mesh) -> None:
    mesh.network.down(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert mesh.jiangsu.ids(ZHEJIANG) == sorted([MINING_TYPE, LAND_TYPE])


async def test_the_time_of_the_last_confirmation_is_known(mesh: Mesh) -> None:
    start = mesh.clock()
    mesh.clock.move(seconds=30)
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    durable = mesh.jiangsu.store.read.publications.confirmed(CATALOGUE, ZHEJIANG)
    mesh.clock.move(hours=1)

    assert durable == start, "one durable write a minute at most"
    assert mesh.jiangsu.publications.confirmed(CATALOGUE, ZHEJIANG) == mesh.clock() - timedelta(hours=1)
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    assert mesh.jiangsu.store.read.publications.confirmed(CATALOGUE, ZHEJIANG) == mesh.clock()


async def test_entries_of_a_later_version_are_kept_and_counted_and_the_rest_holds(mesh: Mesh) -> None:
    odd = entry(SHANGHAI, MINING_TYPE) | {"share_modes": {"FILE": "sometimes"}}
    known = entry(SHANGHAI, LAND_TYPE) | {"of_tomorrow": {"x": 1}}
    await mesh.shanghai.publications.publish(CATALOGUE, [odd, known])
    await mesh.jiangsu.publications.exchange_with(SHANGHAI)
    (got,) = mesh.jiangsu.entries(exchange="catalogue-310000-2")
    counted = mesh.jiangsu.publications.readable.count(CATALOGUE, SHANGHAI)

    assert mesh.jiangsu.ids(SHANGHAI) == sorted([MINING_TYPE, LAND_TYPE])
    assert mesh.jiangsu.lists.entry(SHANGHAI, MINING_TYPE, mesh.clock()) is None
    assert mesh.jiangsu.lists.entry(SHANGHAI, LAND_TYPE, mesh.clock()) is not None
    assert (got["unreadable"], counted) == (1, 1)

    await mesh.shanghai.publications.publish(CATALOGUE, [known])
    await mesh.jiangsu.publications.exchange_with(SHANGHAI)
    assert mesh.jiangsu.publications.readable.count(CATALOGUE, SHANGHAI) == 0


async def test_unreadable_entries_are_counted_again_after_a_start(mesh: Mesh) -> None:
    await mesh.shanghai.publications.publish(CATALOGUE, [{"type_code": f"T{number}"} for number in range(120)])
    await mesh.jiangsu.publications.exchange_with(SHANGHAI)
    mesh.jiangsu.publications.readable._bad.clear()
    await mesh.jiangsu.publications.readable.survey(mesh.all)

    assert mesh.jiangsu.publications.readable.count(CATALOGUE, SHANGHAI) == 120
    assert mesh.jiangsu.publications.readable.count(CATALOGUE, ZHEJIANG) == 0


def mark(province: Province, kind: Kind) -> Mark:
    stored = province.store.read.publications.latest(kind, province.code)
    return Mark(version=stored.version, digest=stored.digest) if stored else Mark()


async def acknowledge(mesh: Mesh, head: Mark, refusal: Refusal | None = None) -> None:
    """Zhejiang acknowledges (or refuses) a version of Jiangsu's use list."""
    post = mesh.zhejiang.post
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
        await acknowledge(mesh, Mark(version=version, digest="ab" * 32))
    (entry_,) = mesh.jiangsu.entries(type="REFUSE")

    assert caught.value.refusal.reason is Reason.VERSION_CONFLICT
    assert (entry_["peer"], receipt(mesh, JIANGSU, ZHEJIANG, USELIST)) == (ZHEJIANG, None)


async def test_a_refusing_receipt_is_kept_and_the_version_announced_again(mesh: Mesh) -> None:
    await acknowledge(mesh, mark(mesh.jiangsu, USELIST), Refusal(reason=Reason.VERSION_CONFLICT))
    kept = receipt(mesh, JIANGSU, ZHEJIANG, USELIST)
    before = len(mesh.network.calls)
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)

    assert kept == (1, "VERSION_CONFLICT")
    assert ANNOUNCE["uselist"].path in paths(mesh, before, JIANGSU)
    assert receipt(mesh, JIANGSU, ZHEJIANG, USELIST) == (1, ""), "it holds it after all"


async def test_a_replayed_poll_is_refused_on_record(mesh: Mesh) -> None:
    post, method = mesh.zhejiang.post, PULL["catalogue"]
    draft = post.draft_request(Pull(held=Mark()), recipients=(JIANGSU,), exchange_id="e1")
    envelope, peers = post.sign(draft), mesh.network.peers_of(ZHEJIANG)
    await peers.ask(JIANGSU, method, draft, envelope, 1.0)
    with pytest.raises(PeerError) as caught:
        await peers.ask(JIANGSU, method, draft, envelope, 1.0)
    (entry_,) = mesh.jiangsu.entries(type="REFUSE")

    assert (caught.value.refusal.reason, entry_["method"]) == (Reason.REPLAYED, method.path)


async def test_every_province_acknowledges_every_publication(mesh: Mesh) -> None:
    for code in mesh.all:
        await mesh[code].publications.publish(CATALOGUE, [entry(code, LAND_TYPE, contact="new")])
    await mesh.sync()
    receipts = {(one, peer): receipt(mesh, one, peer) for one in mesh.all for peer in mesh.all if one != peer}

    assert set(receipts.values()) == {(2, "")}


async def test_the_decisions_of_a_provider_come_to_every_peer(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="REJECTED", reasons=("no",))
    await mesh.jiangsu.publications.exchange_with(ZHEJIANG)
    published = mesh.jiangsu.lists.line(JIANGSU, LINE, mesh.clock())
    assert published is not None
    decision = mesh.jiangsu.lists.decision(ZHEJIANG, published)

    assert decision is not None
    assert (decision.status, receipt(mesh, ZHEJIANG, JIANGSU, DECISIONS)) == ("REJECTED", (2, ""))
