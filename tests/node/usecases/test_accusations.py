"""Telling all members of a log that forked or went back: everyone judges the file alone, keeps it, says so and passes it on once."""

from dataclasses import replace
from typing import Any

import pytest

from federation.errors import PeerError
from federation.methods import ACCUSE
from federation.model.refusal import Reason
from federation.model.witness import AccuseRequest
from node.errors import RefusedError
from node.library.invented import PROVINCES
from node.usecases.log_alarms import KEPT_OF_ONE_LOG
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.test_heads import other_note
from trust import gm
from trust.checkpoint import Checkpoint, sign_note
from trust.fork import Exhibit, read_exhibit

ALL = tuple(sorted(PROVINCES))


@pytest.fixture
def all_four(mesh: Mesh) -> dict[str, Cosigner]:
    return {code: Cosigner(mesh[code]) for code in PROVINCES}


def fork(mesh: Mesh, mark: bytes = b"one") -> Exhibit:
    """Two heads of one size that Zhejiang signed."""
    return Exhibit(
        province=ZHEJIANG, first=other_note(mesh.zhejiang, 5, mark), second=other_note(mesh.zhejiang, 5, mark + b"'")
    )


def seen(mesh: Mesh, code: str, exhibit: Exhibit) -> None:
    """A province sees both heads in messages."""
    key = mesh.zhejiang.identity.signing_certificate.public_key
    mesh[code].heads.open(ZHEJIANG, exhibit.first, key)
    with pytest.raises(Exception, match="another head"):
        mesh[code].heads.open(ZHEJIANG, exhibit.second, key)


async def carry(mesh: Mesh, all_four: dict[str, Cosigner]) -> None:
    """Everyone tells everyone what waits, until nothing does."""
    for _ in range(3):
        for code, one in all_four.items():
            for peer in mesh[code].directory.others(code):
                await one.accusations.carry(peer)


async def accuse(mesh: Mesh, code: str, peer: str, data: bytes) -> bool:
    node = mesh[code]
    draft = node.post.draft_request(AccuseRequest(exhibit=data), recipients=(peer,), exchange_id=node.new_id())
    reply = await node.peers.ask(peer, ACCUSE, draft, node.post.sign(draft), 1.0)
    return bool(reply.message.proven)


async def test_a_fork_that_one_sees_is_an_alarm_at_all_the_others(mesh: Mesh, all_four: dict[str, Cosigner]) -> None:
    exhibit = fork(mesh)
    seen(mesh, JIANGSU, exhibit)
    await carry(mesh, all_four)
    for code in (SHANGHAI, JIANGSU, ANHUI):
        await mesh[code].keeper.save(ALL)
        (data,) = mesh[code].exhibits.recent("fork-", 9)

        assert read_exhibit(data) == exhibit
        assert mesh[code].forks == [ZHEJIANG]
        assert all_four[code].view.read()["exhibits"] == {ZHEJIANG: 1}
    (told,) = mesh.anhui.entries(step="told")
    assert (told["type"], told["peer"], told["exhibit"]) == ("WITNESS", ZHEJIANG, exhibit.digest)
    assert told["by"] in {JIANGSU, SHANGHAI}
    calls = len(mesh.network.calls)
    await carry(mesh, all_four)
    assert mesh.network.calls[calls:] == []


async def test_a_province_that_was_down_is_told_through_any_that_knows(
    mesh: Mesh, all_four: dict[str, Cosigner]
) -> None:
    mesh.network.cut(JIANGSU, ANHUI)
    seen(mesh, JIANGSU, fork(mesh))
    with pytest.raises(PeerError):
        await all_four[JIANGSU].accusations.carry(ANHUI)
    await all_four[JIANGSU].accusations.carry(SHANGHAI)
    await all_four[SHANGHAI].accusations.carry(ANHUI)

    assert mesh.anhui.forks == [ZHEJIANG]


async def test_after_a_restart_the_files_kept_are_told_again(mesh: Mesh, all_four: dict[str, Cosigner]) -> None:
    seen(mesh, JIANGSU, fork(mesh))
    again = Cosigner(mesh.jiangsu)
    await again.accusations.load()
    await again.accusations.carry(ANHUI)

    assert mesh.anhui.forks == [ZHEJIANG]


def unproven(mesh: Mesh) -> Exhibit:
    return Exhibit(province=ZHEJIANG, first=other_note(mesh.zhejiang, 5), second=other_note(mesh.zhejiang, 9))


def forged(mesh: Mesh) -> Exhibit:
    """Jiangsu signs two heads in Zhejiang's name."""
    key = mesh.jiangsu.identity
    first, second = (
        sign_note(
            Checkpoint(origin=mesh.zhejiang.origin, size=5, root=gm.sm3(mark)),
            key.signing_certificate.public_key,
            key.signing_key.sign,
        )
        for mark in (b"one", b"two")
    )
    return Exhibit(province=ZHEJIANG, first=first, second=second)


@pytest.mark.parametrize(
    "make", [pytest.param(unproven, id="two heads that may fit"), pytest.param(forged, id="forged")]
)
async def test_nobody_is_believed_without_proof(mesh: Mesh, all_four: dict[str, Cosigner], make: object) -> None:
    assert callable(make)
    assert not await accuse(mesh, JIANGSU, ANHUI, make(mesh).to_json())
    await mesh.anhui.keeper.save(ALL)

    assert mesh.anhui.forks == []
    assert mesh.anhui.exhibits.recent("fork-", 9) == []
    assert mesh.anhui.entries(step="told") == []


@pytest.mark.parametrize("change", [{"province": "990000"}, {"province": "../../etc"}, {"kind": "something"}])
async def test_what_accuses_no_member_is_refused(
    mesh: Mesh, all_four: dict[str, Cosigner], change: dict[str, str]
) -> None:
    data = fork(mesh).to_json()
    for name, value in change.items():
        data = data.replace(b'"330000"' if name == "province" else b"certmesh fork exhibit", f'"{value}"'.encode())
    with pytest.raises(PeerError) as caught:
        await accuse(mesh, JIANGSU, ANHUI, data)

    assert caught.value.refusal.reason is Reason.BAD_PARAMETER


async def test_a_province_is_told_that_its_own_log_forked(mesh: Mesh, all_four: dict[str, Cosigner]) -> None:
    """Somebody else may have its key."""
    assert await accuse(mesh, JIANGSU, ZHEJIANG, fork(mesh).to_json())
    assert mesh.zhejiang.forks == [ZHEJIANG]


async def test_of_one_log_a_few_files_are_kept_however_many_are_shown(
    mesh: Mesh, all_four: dict[str, Cosigner]
) -> None:
    for number in range(KEPT_OF_ONE_LOG + 3):
        assert await accuse(mesh, JIANGSU, ANHUI, fork(mesh, b"%d" % number).to_json())
        assert await accuse(mesh, JIANGSU, ANHUI, fork(mesh, b"%d" % number).to_json())

    assert mesh.anhui.exhibits.count("fork-") == KEPT_OF_ONE_LOG
    assert len(mesh.anhui.forks) == KEPT_OF_ONE_LOG


async def test_a_file_about_a_province_that_was_removed_is_told_to_nobody(
    mesh: Mesh, all_four: dict[str, Cosigner]
) -> None:
    mesh.anhui.exhibits.keep("fork-990000-x", replace(fork(mesh), province="990000").to_json())
    await all_four[ANHUI].accusations.load()
    await carry(mesh, all_four)

    assert mesh.jiangsu.entries(step="told") == []


async def test_a_file_that_a_peer_does_not_take_lets_the_next_one_pass(
    mesh: Mesh, all_four: dict[str, Cosigner]
) -> None:
    first, second = fork(mesh), fork(mesh, b"two")
    refusing = mesh.anhui.handlers()
    taken: list[bytes] = []

    async def accused(incoming: Any) -> Any:
        taken.append(incoming.message.exhibit)
        if incoming.message.exhibit == first.to_json():
            raise RefusedError(Reason.BAD_PARAMETER, "exhibit: accuses no member")
        return await all_four[ANHUI].accusations.accused(incoming)

    mesh.network.join(mesh.anhui.post, {**refusing, ACCUSE.path: accused}, health=mesh.anhui.health)
    for one in (first, second):
        all_four[JIANGSU].accusations.tell(one)
    await all_four[JIANGSU].accusations.carry(ANHUI)

    assert taken == [first.to_json(), second.to_json()]
