"""Publishing lists and keeping the peers': one version after the other, changes pushed, receipts kept. Clause 6, DESIGN §5, §2.9."""

import json
from datetime import timedelta

import pytest

from federation.errors import PeerError
from federation.methods import ACKNOWLEDGE, ANNOUNCE, PULL
from federation.model.publication import Acknowledge, Announce, AnnounceAnswer, Key, Mark, Pull, parse
from federation.model.refusal import Reason, Refusal
from federation.ports import Incoming
from node.ports.lists import Kind
from node.usecases.exchange import Answered
from tests.node.usecases.publication.provinces import (
    ANHUI,
    CATALOGUE,
    DECISIONS,
    JIANGSU,
    SHANGHAI,
    USELIST,
    ZHEJIANG,
    Provinces,
    entry,
)

ANNOUNCE_PATH, PULL_PATH, ACKNOWLEDGE_PATH = (table["catalogue"].path for table in (ANNOUNCE, PULL, ACKNOWLEDGE))


@pytest.fixture
async def mesh(mesh: Provinces) -> Provinces:
    """Shanghai has published one entry; everybody holds it and has said so."""
    await mesh[SHANGHAI].publish([entry(1)])
    for peer in (JIANGSU, ZHEJIANG, ANHUI):
        await mesh[SHANGHAI].announce(peer)
    return mesh


async def test_a_change_is_one_call_that_brings_it_along_and_is_answered_with_the_receipt(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(1), entry(2)])
    before = len(mesh.network.calls)
    await mesh[SHANGHAI].announce(ZHEJIANG)

    assert [call.path for call in mesh.network.calls[before:]] == [ANNOUNCE_PATH]
    assert mesh[ZHEJIANG].ids(SHANGHAI) == ["T00001", "T00002"]
    assert mesh[ZHEJIANG].lists.entry(SHANGHAI, "T00002", mesh.clock()) is not None
    assert mesh[SHANGHAI].receipt(ZHEJIANG) == (2, "")


async def test_a_peer_pulls_what_is_new_and_gives_a_receipt(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(2)])
    await mesh[ZHEJIANG].publications.exchange_with(SHANGHAI)

    assert mesh[ZHEJIANG].ids(SHANGHAI) == ["T00002"]
    assert mesh[SHANGHAI].receipt(ZHEJIANG) == (2, "")


async def test_both_sides_put_a_publication_on_record(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([])
    await mesh[ZHEJIANG].publications.exchange_with(SHANGHAI)
    (got,) = mesh[ZHEJIANG].entries(exchange="catalogue-310000-2")
    published, acknowledged = mesh[SHANGHAI].entries(exchange="catalogue-310000-2")

    assert published["digest"] == got["digest"] == acknowledged["digest"] == mesh[SHANGHAI].mark().digest
    assert (published["step"], got["step"], got["changed"]) == ("published", "received", 1)
    assert (acknowledged["step"], acknowledged["peer"]) == ("acknowledged", ZHEJIANG)


async def test_all_three_lists_go_round(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([{"use_list_id": "L1"}], USELIST)
    await mesh[SHANGHAI].publish([{"decision_id": "320000/L1/1"}], DECISIONS)
    await mesh[SHANGHAI].publications.exchange_with(ANHUI)

    assert mesh[ANHUI].held(SHANGHAI, USELIST) == [{"use_list_id": "L1"}]
    assert mesh[ANHUI].held(SHANGHAI, DECISIONS) == [{"decision_id": "320000/L1/1"}]
    assert mesh[SHANGHAI].publications.versions() == {CATALOGUE: 1, USELIST: 1, DECISIONS: 1}


async def test_nothing_new_asks_once_and_gives_no_receipt(mesh: Provinces) -> None:
    before = len(mesh.network.calls)
    await mesh[ZHEJIANG].publications.exchange_with(SHANGHAI)

    assert mesh.paths(before, ZHEJIANG) == [PULL[kind.value].path for kind in Kind]


async def test_a_version_is_announced_until_the_peer_has_acknowledged_it(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([])
    mesh.network.down(ZHEJIANG)
    for _ in range(2):
        with pytest.raises(PeerError):
            await mesh[SHANGHAI].publications.exchange_with(ZHEJIANG)
    mesh.network.up(ZHEJIANG)
    before = len(mesh.network.calls)
    for _ in range(2):
        await mesh[SHANGHAI].publications.exchange_with(ZHEJIANG)

    assert mesh.paths(before, SHANGHAI).count(ANNOUNCE_PATH) == 1
    assert mesh[ZHEJIANG].mark(SHANGHAI) == mesh[SHANGHAI].mark()


async def test_a_receipt_that_was_lost_is_given_with_the_next_announcement(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([])
    mesh.network.lose_answers(ZHEJIANG)
    with pytest.raises(PeerError):
        await mesh[SHANGHAI].announce(ZHEJIANG)
    lost = mesh[SHANGHAI].receipt(ZHEJIANG)
    await mesh[SHANGHAI].announce(ZHEJIANG)

    assert (lost, mesh[SHANGHAI].receipt(ZHEJIANG)) == ((1, ""), (2, ""))
    assert len(mesh[ZHEJIANG].entries(step="received", version=2)) == 1


async def test_what_is_announced_without_the_way_there_is_asked_for(mesh: Provinces) -> None:
    """Shanghai believes that Zhejiang holds the second version; it holds the first."""
    await mesh[SHANGHAI].publish([])
    await acknowledge(mesh, mesh[SHANGHAI].mark())
    await mesh[SHANGHAI].publish([entry(3)])
    mesh[ZHEJIANG].woken.clear()
    await mesh[SHANGHAI].announce(ZHEJIANG)

    assert (mesh[ZHEJIANG].mark(SHANGHAI).version, mesh[ZHEJIANG].woken) == (1, [SHANGHAI])


async def test_a_large_change_is_announced_without_it(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(number, contact="x" * 1000) for number in range(300)])
    mesh.traffic.sizes.clear()
    await mesh[SHANGHAI].announce(ZHEJIANG)

    assert mesh.traffic.bytes < 3000
    assert mesh[ZHEJIANG].mark(SHANGHAI).version == 1


async def test_an_announcement_that_was_overtaken_is_no_step_back(mesh: Provinces) -> None:
    """It left before a newer version was pulled, and came after it."""
    old = await mesh[SHANGHAI].publications._offers.announcement(CATALOGUE, None)
    await mesh[SHANGHAI].publish([entry(2)])
    await mesh[ZHEJIANG].pull(SHANGHAI)
    answer = await mesh.call(SHANGHAI, ZHEJIANG, ANNOUNCE_PATH, old)

    assert (answer.held, answer.refusal) == (mesh[SHANGHAI].mark(), None)
    assert mesh[ZHEJIANG].entries(step="refused") == []


async def test_a_peer_that_is_down_keeps_its_last_good_lists(mesh: Provinces) -> None:
    mesh.network.down(SHANGHAI)
    with pytest.raises(PeerError):
        await mesh[JIANGSU].publications.exchange_with(SHANGHAI)

    assert mesh[JIANGSU].ids(SHANGHAI) == ["T00001"]


async def test_the_time_of_the_last_confirmation_is_known(mesh: Provinces) -> None:
    start, publications = mesh.clock(), mesh[JIANGSU].publications
    mesh.clock.move(seconds=30)
    await publications.exchange_with(SHANGHAI)
    durable = mesh[JIANGSU].store.read.publications.confirmed(CATALOGUE, SHANGHAI)
    mesh.clock.move(hours=1)

    assert durable == start, "one durable write a minute at most"
    assert publications.confirmed(CATALOGUE, SHANGHAI) == start + timedelta(seconds=30)
    assert publications.confirmed(CATALOGUE, JIANGSU) == mesh.clock(), "the own list is always the newest"
    assert publications.confirmed(CATALOGUE, ZHEJIANG) is None
    await publications.exchange_with(SHANGHAI)
    assert mesh[JIANGSU].store.read.publications.confirmed(CATALOGUE, SHANGHAI) == mesh.clock()


async def test_a_clock_that_went_ahead_and_came_back_leaves_no_time_to_come(mesh: Provinces) -> None:
    publications = mesh[JIANGSU].publications
    for days in (365, -365):
        mesh.clock.move(days=days)
        await publications.exchange_with(SHANGHAI)

    assert publications.confirmed(CATALOGUE, SHANGHAI) == mesh.clock()
    assert mesh[JIANGSU].store.read.publications.confirmed(CATALOGUE, SHANGHAI) == mesh.clock()


async def test_who_announced_something_is_asked_also_where_a_version_of_ours_follows(mesh: Provinces) -> None:
    """What Jiangsu announces came without the way there; before Shanghai asks for it, it publishes something itself."""
    shanghai, jiangsu = mesh[SHANGHAI], mesh[JIANGSU]
    await shanghai.publications.exchange_with(JIANGSU)
    await jiangsu.publish([entry(9)])
    message = Announce(head=jiangsu.head())
    await mesh.call(JIANGSU, SHANGHAI, ANNOUNCE_PATH, message)
    await shanghai.publish([entry(2)])
    await shanghai.publications.exchange_with(JIANGSU)

    assert shanghai.mark(JIANGSU) == jiangsu.mark()


async def test_who_could_not_be_asked_is_asked_also_where_a_version_of_ours_follows(mesh: Provinces) -> None:
    shanghai, jiangsu = mesh[SHANGHAI], mesh[JIANGSU]
    await shanghai.publications.exchange_with(JIANGSU)
    await jiangsu.publish([entry(9)])
    mesh.network.down(JIANGSU)
    with pytest.raises(PeerError):
        await shanghai.publications.exchange_with(JIANGSU)
    mesh.network.up(JIANGSU)
    await shanghai.publish([entry(2)])
    await shanghai.publications.exchange_with(JIANGSU)

    assert shanghai.mark(JIANGSU) == jiangsu.mark()


async def test_a_receipt_that_repeats_itself_is_on_record_once(mesh: Provinces) -> None:
    before = len(mesh[SHANGHAI].entries(step="acknowledged", peer=ZHEJIANG))
    refusal = Refusal(reason=Reason.VERSION_CONFLICT)
    for _ in range(3):
        await acknowledge(mesh, mesh[SHANGHAI].mark(), refusal)

    assert len(mesh[SHANGHAI].entries(step="acknowledged", peer=ZHEJIANG)) == before + 1


async def test_a_refusal_is_of_the_version_announced_whatever_was_published_meanwhile(mesh: Provinces) -> None:
    shanghai = mesh[SHANGHAI]
    await shanghai.publish([entry(2)])

    async def refuse(incoming: Incoming[Announce]) -> Answered:
        await shanghai.publish([entry(3)])
        answer = AnnounceAnswer(held=Mark(), refusal=Refusal(reason=Reason.VERSION_CONFLICT))
        return await mesh[ZHEJIANG].exchange.poll(incoming, ANNOUNCE_PATH, lambda _: answer)

    mesh[ZHEJIANG].join(Catalogue_Announce=refuse)
    await shanghai.announce(ZHEJIANG)

    assert (shanghai.mark().version, shanghai.receipt(ZHEJIANG)) == (3, (2, "VERSION_CONFLICT"))


@pytest.mark.parametrize(
    ("held", "until", "ids"),
    [
        pytest.param(0, 5, ["T00002", "T00003"], id="the newest"),
        pytest.param(0, 3, ["T00002", "T00003"], id="one of late"),
        pytest.param(0, 2, None, id="one of long ago"),
        pytest.param(0, 0, None, id="none"),
        pytest.param(1, 1, None, id="the one held"),
    ],
)
async def test_pages_of_a_whole_list_are_those_of_a_late_version(
    mesh: Provinces, held: int, until: int, ids: list[str] | None
) -> None:
    """Of an old one hardly a row stands any more: all would be looked through."""
    first = mesh[SHANGHAI].mark()
    for number in range(4):
        await mesh[SHANGHAI].publish([entry(1), entry(2), entry(3), entry(10 + number)])
    mesh[SHANGHAI].publications._offers.recent = 2
    asked = Pull(held=first if held else Mark(), until=until, after=Key(id="T00001", version=1))
    answer = await mesh.call(JIANGSU, SHANGHAI, PULL_PATH, asked)
    got = [json.loads(body)["type_code"] for body in answer.delta.puts] if answer.delta else None

    assert (answer.newest, got and got[:2]) == (mesh[SHANGHAI].mark(), ids)


async def test_entries_of_a_later_version_are_kept_and_counted_and_the_rest_holds(mesh: Provinces) -> None:
    odd, known = entry(1, share_modes={"FILE": "sometimes"}), entry(2, of_tomorrow={"x": 1})
    await mesh[SHANGHAI].publish([odd, known])
    await mesh[JIANGSU].pull(SHANGHAI)
    (got,) = mesh[JIANGSU].entries(exchange="catalogue-310000-2")
    node, counts = mesh[JIANGSU], mesh[JIANGSU].publications.readable

    assert node.held(SHANGHAI) == [odd, known]
    assert node.lists.entry(SHANGHAI, "T00001", mesh.clock()) is None
    assert node.lists.entry(SHANGHAI, "T00002", mesh.clock()) is not None
    assert (got["unreadable"], counts.count(CATALOGUE, SHANGHAI)) == (1, 1)
    await mesh[SHANGHAI].publish([known])
    await mesh[JIANGSU].pull(SHANGHAI)
    assert counts.count(CATALOGUE, SHANGHAI) == 0


async def test_unreadable_entries_are_counted_again_after_a_start(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([{"type_code": f"T{number}"} for number in range(120)])
    await mesh[JIANGSU].pull(SHANGHAI)
    mesh[JIANGSU].start()
    counts = mesh[JIANGSU].publications.readable
    before = counts.count(CATALOGUE, SHANGHAI)
    await counts.survey(mesh.all)

    assert (before, counts.count(CATALOGUE, SHANGHAI), counts.count(CATALOGUE, JIANGSU)) == (0, 120, 0)


async def acknowledge(mesh: Provinces, head: Mark, refusal: Refusal | None = None) -> None:
    """Zhejiang acknowledges (or refuses) a version of Shanghai's catalogue."""
    message = Acknowledge(head=head, received_at=mesh.clock.now, refusal=refusal)
    await mesh.call(ZHEJIANG, SHANGHAI, ACKNOWLEDGE_PATH, message)


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(1, id="the version in force with another digest"),
        pytest.param(2, id="a version that does not exist yet"),
        pytest.param(10**12, id="a version far ahead"),
    ],
)
async def test_a_receipt_for_what_was_never_published_is_refused_on_record(mesh: Provinces, version: int) -> None:
    """Believed, it would end all announcements to that peer."""
    with pytest.raises(PeerError) as caught:
        await acknowledge(mesh, Mark(version=version, digest="ab" * 32))
    (entry_,) = mesh[SHANGHAI].entries(type="REFUSE")

    assert caught.value.refusal.reason is Reason.VERSION_CONFLICT
    assert (entry_["peer"], mesh[SHANGHAI].receipt(ZHEJIANG)) == (ZHEJIANG, (1, ""))


async def test_a_refusing_receipt_is_kept_and_the_version_announced_again(mesh: Provinces) -> None:
    await acknowledge(mesh, mesh[SHANGHAI].mark(), Refusal(reason=Reason.VERSION_CONFLICT))
    kept = mesh[SHANGHAI].receipt(ZHEJIANG)
    before = len(mesh.network.calls)
    await mesh[SHANGHAI].publications.exchange_with(ZHEJIANG)

    assert kept == (1, "VERSION_CONFLICT")
    assert ANNOUNCE_PATH in mesh.paths(before, SHANGHAI)
    assert mesh[SHANGHAI].receipt(ZHEJIANG) == (1, ""), "it holds it after all"


async def test_a_replayed_poll_is_refused_on_record(mesh: Provinces) -> None:
    post, method = mesh[ZHEJIANG].post, PULL["catalogue"]
    draft = post.draft_request(Pull(held=Mark()), recipients=(SHANGHAI,), exchange_id="e1")
    envelope, peers = post.sign(draft), mesh.network.peers_of(ZHEJIANG)
    await peers.ask(SHANGHAI, method, draft, envelope, 1.0)
    with pytest.raises(PeerError) as caught:
        await peers.ask(SHANGHAI, method, draft, envelope, 1.0)
    (entry_,) = mesh[SHANGHAI].entries(type="REFUSE")

    assert (caught.value.refusal.reason, entry_["method"]) == (Reason.REPLAYED, method.path)


async def test_every_province_acknowledges_every_publication(mesh: Provinces) -> None:
    for code in mesh.all:
        await mesh[code].publish([entry(7, province_code=code)])
    await mesh.sync()
    receipts = {mesh[one].receipt(peer) for one in mesh.all for peer in mesh.all if one != peer}

    assert receipts == {(1, ""), (2, "")}


async def test_a_head_under_a_key_that_is_no_longer_listed_is_signed_again_for_who_asks(mesh: Provinces) -> None:
    shanghai, newcomer = mesh[SHANGHAI], mesh.twin(ZHEJIANG)
    shanghai.publications._offers._key_listed = lambda _: False
    await newcomer.pull(SHANGHAI)
    stored = newcomer.store.read.publications.latest(CATALOGUE, SHANGHAI)
    original = shanghai.store.read.publications.latest(CATALOGUE, SHANGHAI)

    assert stored is not None
    assert original is not None
    assert stored.digest == original.digest
    assert stored.document != original.document, "SM2 signatures differ"
    assert parse(shanghai.head().payload, kind="catalogue", publisher=SHANGHAI).version == 1


async def test_a_peer_that_was_set_back_says_so_once_and_gets_everything_again(mesh: Provinces) -> None:
    """It acknowledged the first version and holds none after all."""
    twin = mesh.twin(ZHEJIANG)
    await mesh[SHANGHAI].publish([entry(2)])
    for _ in range(2):
        await mesh[SHANGHAI].announce(ZHEJIANG)
    woken, before = list(twin.woken), mesh[SHANGHAI].receipt(ZHEJIANG)
    await twin.pull(SHANGHAI)

    assert (woken, before, mesh[SHANGHAI].receipt(ZHEJIANG)) == ([SHANGHAI] * 2, (1, ""), (2, ""))
    assert len(mesh[SHANGHAI].entries(step="acknowledged", peer=ZHEJIANG)) == 2
    assert twin.mark(SHANGHAI) == mesh[SHANGHAI].mark()
