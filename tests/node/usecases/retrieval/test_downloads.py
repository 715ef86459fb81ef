"""One-time addresses: REQUIREMENTS P16, each of its four faults, and what else may become of an address."""

import asyncio
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError, UnknownDownloadError
from node.library.invented import LAND_TYPE
from node.library.shelf import Shelf
from node.ports.lists import Kind as ListKind
from node.ports.retrieving import ReceivedFile
from node.ports.services import Caller
from node.usecases.retrieval.downloads import MAX_WAITING, MAX_WAITING_BYTES
from tests.node.usecases.mesh import CALLER, JIANGSU, LINE, URL_LIFETIME, ZHEJIANG, Mesh, line, record, sm3
from tests.node.usecases.papers import sealed_file
from trust.orders import Action, Kind

CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier)
OTHER = replace(CALLER, app_id="kiosk")


async def address(mesh: Mesh, *, original: bool = True) -> str:
    """The token of an address of a file that Jiangsu retrieved from Zhejiang; the spooled file is released, as the edge does."""
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    retrieval = mesh.jiangsu.retrieval
    received = await retrieval.file(CALLER, await mesh.wish(CERTIFICATE, key="k", original=original))
    offer = await mesh.jiangsu.downloads.offer(CALLER, received)
    retrieval.release(received)
    return offer.token


async def fetch(mesh: Mesh, token: str, caller: Caller = CALLER) -> ReceivedFile:
    return await mesh.jiangsu.downloads.take(caller, token)


async def refused(mesh: Mesh, token: str, caller: Caller = CALLER) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await fetch(mesh, token, caller)
    return caught.value


async def test_the_file_is_handed_on_and_gone_afterwards(mesh: Mesh) -> None:
    received = await fetch(mesh, await address(mesh))
    content = received.path.read_bytes()
    await mesh.jiangsu.downloads.done(received)

    assert content == BYTES
    assert (received.identifier, received.province) == (CERTIFICATE.identifier, ZHEJIANG)
    assert not received.path.exists()


async def test_what_a_copy_is_for_and_until_when_comes_with_it(mesh: Mesh) -> None:
    received = await fetch(mesh, await address(mesh, original=False))

    assert received.terms is not None
    assert (received.terms.cause, received.terms.exchange_id) == ("样例用途", received.exchange_id)


async def test_it_is_over_when_the_clock_says_so(mesh: Mesh) -> None:
    """P16: the deadline is compared with now, and not with itself."""
    token = await address(mesh)
    mesh.clock.move(seconds=URL_LIFETIME.total_seconds())
    error = await refused(mesh, token)

    assert (error.refusal.reason, error.refusal.detail) == (Reason.DOWNLOAD_SPENT, "expired")


async def test_it_still_holds_a_second_before(mesh: Mesh) -> None:
    token = await address(mesh)
    mesh.clock.move(seconds=URL_LIFETIME.total_seconds() - 1)

    assert (await fetch(mesh, token)).size == len(BYTES)


async def test_a_clock_that_was_set_back_revives_no_used_address(mesh: Mesh) -> None:
    token = await address(mesh)
    await fetch(mesh, token)
    mesh.clock.move(hours=-1)

    assert (await refused(mesh, token)).refusal.detail == "used"


async def test_of_many_at_once_one_gets_the_file_and_it_is_used_before_the_first_byte(mesh: Mesh) -> None:
    """P16: it is used up atomically, on record, and before anything is read."""
    token = await address(mesh)
    outcomes = await asyncio.gather(*(fetch(mesh, token) for _ in range(50)), return_exceptions=True)
    steps = [one["step"] for one in mesh.jiangsu.entries(type="RETRIEVE", app=CALLER.app_id)]

    assert sum(isinstance(one, ReceivedFile) for one in outcomes) == 1
    assert all(isinstance(one, ReceivedFile | RefusedError) for one in outcomes)
    assert (steps.count("downloaded"), steps.count("refused")) == (1, 49)


async def test_it_is_good_for_its_own_line_system_alone_and_to_others_as_good_as_none(mesh: Mesh) -> None:
    """P16: the address is not enough."""
    token = await address(mesh)
    strange, invented = await refused(mesh, token, OTHER), await refused(mesh, "no such token")

    assert isinstance(strange, UnknownDownloadError)
    assert (type(strange), str(strange), strange.refusal) == (type(invented), str(invented), invented.refusal)
    assert (await fetch(mesh, token)).size == len(BYTES)  # another's attempt does not use it up


async def test_a_used_address_is_told_apart_for_its_owner_only(mesh: Mesh) -> None:
    """P16: an error is an error, and no text inside a file."""
    token = await address(mesh)
    await fetch(mesh, token)
    used, strange = await refused(mesh, token), await refused(mesh, token, OTHER)

    assert (used.refusal.detail, isinstance(used, UnknownDownloadError)) == ("used", False)
    assert isinstance(strange, UnknownDownloadError)


async def test_the_same_key_gives_another_address_and_is_no_second_use(mesh: Mesh) -> None:
    retrieval, downloads = mesh.jiangsu.retrieval, mesh.jiangsu.downloads
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    form = await mesh.wish(CERTIFICATE, key="k")
    tokens = []
    for _ in range(2):
        received = await retrieval.file(CALLER, form)
        tokens.append((await downloads.offer(CALLER, received)).token)
        retrieval.release(received)
        await downloads.done(await fetch(mesh, tokens[-1]))
    given = mesh.zhejiang.entries(type="RETRIEVE")

    assert tokens[0] != tokens[1]
    assert [one.get("repeated", False) for one in given] == [False, True]


async def test_what_it_rests_on_can_be_stopped_or_withdrawn_meanwhile(mesh: Mesh) -> None:
    token = await address(mesh)
    await mesh.jiangsu.orders.give(Kind.LINE, LINE, Action.STOP, "r")
    stopped = await refused(mesh, token)
    await mesh.jiangsu.orders.give(Kind.LINE, LINE, Action.LIFT, "r")
    await mesh.jiangsu.publications.publish(ListKind.USELIST, [line(use_list_id="JS-0002")])
    withdrawn = await refused(mesh, token)

    assert stopped.refusal.reason is Reason.LINE_STOPPED
    assert withdrawn.refusal.reason is Reason.USE_LIST_MISSING


async def test_handing_on_can_be_stopped(mesh: Mesh) -> None:
    received = await fetch(mesh, await address(mesh))
    before = received.stopped()
    await mesh.jiangsu.orders.give(Kind.LINE, LINE, Action.STOP, "r")

    assert before is None
    assert received.stopped() is not None


async def test_an_address_ends_with_the_copy_behind_it(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    soon = mesh.clock() + URL_LIFETIME / 10
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE, expires=soon))

    assert (await mesh.jiangsu.downloads.offer(CALLER, received)).expires_at == soon


async def test_files_that_no_address_leads_to_are_swept_and_others_stay(mesh: Mesh) -> None:
    token, shelf = await address(mesh), mesh.jiangsu.shelf
    shelf.path("left-over").write_bytes(b"of a crash")
    downloads = mesh.jiangsu.downloads

    assert await downloads.sweep() == 1
    received = await fetch(mesh, token)
    assert await downloads.sweep() == 0  # it is being handed on
    await downloads.done(received)
    assert shelf.names() == []


async def test_an_expired_address_loses_its_file_at_the_next_sweep(mesh: Mesh) -> None:
    await address(mesh)
    mesh.clock.move(seconds=URL_LIFETIME.total_seconds())

    assert await mesh.jiangsu.downloads.sweep(expired=False) == 0, "by a clock that has just jumped"
    assert await mesh.jiangsu.downloads.sweep() == 1


async def test_an_address_whose_file_went_away_is_not_used_up_and_says_so(mesh: Mesh) -> None:
    token = await address(mesh)
    path = mesh.jiangsu.shelf.path(mesh.jiangsu.shelf.names()[0])
    path.rename(path.with_name("aside"))
    gone = await refused(mesh, token)
    path.with_name("aside").rename(path)

    assert (gone.refusal.reason, gone.refusal.detail) == (Reason.DOWNLOAD_SPENT, "its file is kept no longer")
    assert (await fetch(mesh, token)).size == len(BYTES)


async def test_a_file_of_the_own_library_stays_when_its_address_was_used(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE)
    await mesh.jiangsu.keep(own, file=sealed_file(own.identifier))
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(own, original=True))
    token = (await mesh.jiangsu.downloads.offer(CALLER, received)).token
    await mesh.jiangsu.downloads.done(await fetch(mesh, token))

    assert received.path.exists()


async def test_a_new_address_of_an_exchange_ends_the_one_before_and_its_file(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE))
    tokens = [(await mesh.jiangsu.downloads.offer(CALLER, received)).token for _ in range(3)]
    outcomes = [await refused(mesh, token) for token in tokens[:2]]
    entries = mesh.jiangsu.entries(type="RETRIEVE", step="addressed")

    assert all(isinstance(one, UnknownDownloadError) for one in outcomes)
    assert len(mesh.jiangsu.shelf.names()) == 1
    assert [one["ended"] for one in entries] == [0, 1, 1]
    assert (await fetch(mesh, tokens[2])).size == received.size


@pytest.mark.parametrize(
    ("number", "size"),
    [
        pytest.param(MAX_WAITING, 1, id="too many"),
        pytest.param(3, MAX_WAITING_BYTES // 3, id="too large together"),
    ],
)
async def test_too_much_that_nobody_fetches_is_refused_on_record_and_what_waits_stays(
    mesh: Mesh, number: int, size: int
) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE))
    many = [replace(received, exchange_id=f"e{n}", size=size) for n in range(number + 1)]
    waiting = [await mesh.jiangsu.downloads.offer(CALLER, one) for one in many[:-1]]
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.downloads.offer(CALLER, many[-1])
    again = await mesh.jiangsu.downloads.offer(CALLER, many[0])
    (entry,) = mesh.jiangsu.entries(step="refused")

    assert caught.value.refusal.reason is Reason.OVERLOADED
    assert (entry["exchange"], entry["refusal"]["reason"]) == (many[-1].exchange_id, "OVERLOADED")
    assert len(mesh.jiangsu.shelf.names()) == number
    assert (await fetch(mesh, again.token)).size == (await fetch(mesh, waiting[-1].token)).size == size


async def test_one_file_may_be_larger_than_all_together_may_be(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE))

    offer = await mesh.jiangsu.downloads.offer(CALLER, replace(received, size=MAX_WAITING_BYTES + 1))

    assert (await fetch(mesh, offer.token)).size == MAX_WAITING_BYTES + 1


async def test_a_file_that_finds_no_room_on_the_shelf_is_refused_on_record(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    received = await mesh.jiangsu.retrieval.file(CALLER, await mesh.wish(CERTIFICATE))
    mesh.jiangsu.downloads._shelf = FullShelf(mesh.jiangsu.shelf._root)
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.downloads.offer(CALLER, received)
    (entry,) = mesh.jiangsu.entries(exchange=received.exchange_id, step="refused")

    assert (caught.value.refusal.reason, entry["refusal"]["reason"]) == (Reason.INTERNAL, "INTERNAL")


async def test_a_second_caller_who_is_refused_does_not_leave_the_first_ones_file_to_the_sweep(mesh: Mesh) -> None:
    token = await address(mesh)
    received = await fetch(mesh, token)
    await refused(mesh, token)

    assert await mesh.jiangsu.downloads.sweep() == 0
    assert received.path.read_bytes() == BYTES


async def test_neither_entries_nor_address_nor_store_tell_whose_it_is(mesh: Mesh) -> None:
    token = await address(mesh)
    digest = sm3(token.encode())
    held = mesh.jiangsu.store.read.downloads.get(digest)
    assert held is not None
    told = repr(mesh.jiangsu.entries(step="addressed")) + token + repr(held) + repr(held.sealed)

    assert mesh.jiangsu.entries(step="addressed")
    assert CERTIFICATE.identifier not in told
    assert "样例用途" not in told
    assert token not in repr(held)


class FullShelf(Shelf):
    """A folder of files that wait, on a full disk."""

    def put(self, source: Path, name: str) -> None:
        """There is no room."""
        raise OSError(ENOSPC, "No space left on device")
