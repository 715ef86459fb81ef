"""A whole node in this process: keys on disk, real ports, SQLite; started, asked, and stopped in its written order."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

import federation  # noqa: F401 - before anything that imports grpc: it keeps TLS 1.2 out
from federation.sample_identities import make_identities, make_membership
from node import config, keys, membership_file, serve
from node.admin.client import AdminClient, AdminError
from node.admin.paths import STATUS_PATH, TOKEN_FILE
from node.daemon import Base, load_base
from node.errors import ConfigError
from node.membership_file import Card
from tests.light import ROUNDS
from tests.node.lists.entries import LINE
from tests.node.rest.edge import APPLY, APPLY_DATA, message
from tests.node.test_config import GOOD
from trust import gm
from trust.membership import SignedMembership, add_signature, instant, parse

PROVINCE, PEER, PASSPHRASE = "320000", "330000", b"correct horse battery"
TOKEN = "a-token-of-the-tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """An endpoint that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, silent: str) -> Path:
    """A folder with everything a node needs: keys, membership signed by both, lists, configuration."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "passphrase").touch(mode=0o600)
    (folder / "passphrase").write_bytes(PASSPHRASE)
    now = datetime.now(UTC)
    keys.create(folder / "keys", province=PROVINCE, name="江苏省", passphrase=PASSPHRASE, now=now, rounds=ROUNDS)
    own = membership_file.write_card(
        folder / "card",
        province=PROVINCE,
        name="江苏省",
        endpoint=silent,
        certificates=keys.load_certificates(folder / "keys"),
    )
    peer = make_identities([PEER])
    one = make_membership(peer).member(PEER)
    card = Card(
        province=PEER,
        name="浙江省",
        endpoint=silent,
        ca=one.ca,
        signing=one.signing,
        encryption=one.encryption,
        tls=one.tls,
    )
    signed = membership_file.found([own, card], threshold=2, now=now, valid_days=30)
    key, certificate = keys.load_signing(folder / "keys", PASSPHRASE)
    signed = add_signature(signed, key_id=certificate.fingerprint, signer=key.sign)
    key_id = peer[PEER].signing_certificate.fingerprint
    signed = add_signature(signed, key_id=key_id, signer=peer[PEER].signing_key.sign)
    (folder / "membership.json").write_bytes(signed.to_json())
    (folder / "catalogue.toml").touch()
    (folder / "uselist.toml").write_text(LINE, encoding="utf-8")
    (folder / "node.toml").write_text(GOOD.replace("0" * 64, gm.sm3(TOKEN.encode()).hex()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def loaded(home: Path) -> Base:
    return load_base(config.load(home / "node.toml"))


@pytest.fixture
def base(loaded: Base, tmp_path: Path) -> Base:
    """The node with a data folder and ports of its own."""
    ports = {
        name: getattr(loaded.config, name).model_copy(update={"listen": f"127.0.0.1:{free_port()}"})
        for name in ("peer", "rest", "admin")
    }
    (tmp_path / "data").mkdir(mode=0o700)
    node = loaded.config.node.model_copy(update={"data": tmp_path / "data"})
    evidence = loaded.config.evidence.model_copy(
        update={"greeting": 0.05}
    )  # the peer will not say what it holds of the log
    return replace(loaded, config=loaded.config.model_copy(update={"node": node, "evidence": evidence, **ports}))


def port_of(base: Base, name: str) -> int:
    return int(getattr(base.config, name).listen.rpartition(":")[2])


async def get(base: Base, path: str) -> tuple[int, str]:
    """Status and body of an answer of the admin port."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(base, "admin"))
    token = (base.config.node.data / TOKEN_FILE).read_text()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
    )
    raw = (await reader.read()).decode()
    writer.close()
    return int(raw.split()[1]), raw.partition("\r\n\r\n")[2]


async def status(base: Base) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((await get(base, STATUS_PATH))[1])
    return value


@asynccontextmanager
async def running(base: Base) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
    """A node that is ready."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve.serve(base, stop))
    await until(lambda: _ready_or_over(base, task))
    try:
        yield task, stop
    finally:
        stop.set()
        await task


async def is_ready(base: Base) -> bool:
    try:
        return (await get(base, "/readyz"))[0] == 200
    except OSError:
        return False


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask a real node again and again until it is so."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - it is seen through a port, which gives no event
            await asyncio.sleep(0.01)


async def _ready_or_over(base: Base, task: asyncio.Task[None]) -> bool:
    return task.done() or await is_ready(base)


async def _not_ready(base: Base) -> bool:
    return not await is_ready(base)


async def _grown(base: Base, size: int) -> bool:
    grown: bool = (await status(base))["evidence"]["size"] > size
    return grown


async def is_open(base: Base, name: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(base, name))
    except OSError:
        return False
    writer.close()
    return True


def test_what_does_not_belong_together_is_refused_before_anything_starts(loaded: Base, home: Path) -> None:
    path = home / "other.toml"
    path.write_text((home / "node.toml").read_text().replace('"320000"', '"330000"'))
    with pytest.raises(ConfigError, match="holds the keys of 320000, not of 330000"):
        load_base(config.load(path))


def test_a_province_that_the_membership_does_not_name_is_refused(loaded: Base, home: Path) -> None:
    one = make_identities([PEER])
    peer = make_membership(one).member(PEER)
    card = Card(
        province=PEER,
        name="浙江省",
        endpoint="x:1",
        ca=peer.ca,
        signing=peer.signing,
        encryption=peer.encryption,
        tls=peer.tls,
    )
    signed = membership_file.found([card], threshold=1, now=datetime.now(UTC), valid_days=30)
    key_id = one[PEER].signing_certificate.fingerprint
    (home / "alone.json").write_bytes(add_signature(signed, key_id=key_id, signer=one[PEER].signing_key.sign).to_json())
    path = home / "alone.toml"
    path.write_text((home / "node.toml").read_text().replace("membership.json", "alone.json"))
    with pytest.raises(ConfigError, match=r"alone\.json: does not name 320000"):
        load_base(config.load(path))


@pytest.mark.parametrize("name", ["peer", "rest", "admin"])
async def test_a_port_that_is_taken_is_named(base: Base, name: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port_of(base, name)))
        other.listen()
        with pytest.raises(ConfigError, match=rf"^{name}\.listen: 127\.0\.0\.1:\d+ cannot be taken"):
            await serve.serve(base, asyncio.Event())


async def test_after_a_failed_start_the_node_can_be_started(base: Base) -> None:
    """Ports and store were given back."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port_of(base, "rest")))
        other.listen()
        with pytest.raises(ConfigError):
            await serve.serve(base, asyncio.Event())
    async with running(base):
        assert (await status(base))["province"] == PROVINCE


async def test_a_list_that_is_wrong_stops_the_start_and_is_named(base: Base, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("types = 7")
    lists = base.config.lists.model_copy(update={"catalogue": wrong})
    with pytest.raises(ConfigError, match=r"wrong\.toml: holds \[\[types\]\]"):
        await serve.serve(replace(base, config=base.config.model_copy(update={"lists": lists})), asyncio.Event())


async def test_a_running_node_has_published_its_lists_and_says_so(base: Base) -> None:
    async with running(base):
        told = await status(base)

    assert told["publications"]["catalogue"]["version"] == told["publications"]["uselist"]["version"] == 1
    assert [peer["province"] for peer in told["peers"]] == [PEER]


async def test_status_and_metrics_show_what_ends_the_lists_and_the_clock(base: Base) -> None:
    async with running(base):
        told = await status(base)
        page = (await get(base, "/metrics"))[1]
    kinds = {(one["province"], one["kind"]) for one in told["certificates"]}

    assert kinds == {(PROVINCE, "membership")} | {
        (code, kind) for code in (PROVINCE, PEER) for kind in ("ca", "signing", "encryption", "tls")
    }
    assert [one["days_left"] for one in told["certificates"]] == sorted(
        one["days_left"] for one in told["certificates"]
    )
    assert told["certificates"][0]["kind"] == "membership", "it lives thirty days here"
    assert told["certificates"][0]["level"] == "warning"
    assert [(one["province"], one["state"]) for one in told["revocation"]] == [(PROVINCE, "missing"), (PEER, "missing")]
    assert told["clock"] == {"jumps": 0, "last_jump": None}
    assert f'certmesh_certificate_days_left{{kind="signing",province="{PEER}"}} 36' in page
    assert "certmesh_clock_jumps 0.0" in page


async def test_a_second_start_goes_on_with_the_same_log_and_publishes_nothing_new(base: Base) -> None:
    sizes = []
    for _ in range(2):
        async with running(base):
            told = await status(base)
            sizes.append((told["evidence"]["size"], told["publications"]["uselist"]["version"]))

    assert sizes == [(3, 1), (3, 1)]


async def test_the_admin_token_is_the_nodes_alone_and_new_at_every_start(base: Base) -> None:
    path, seen = base.config.node.data / TOKEN_FILE, []
    for _ in range(2):
        async with running(base):
            seen.append((path.read_text(), path.stat().st_mode & 0o777))

    assert [mode for _, mode in seen] == [0o600, 0o600]
    assert seen[0] != seen[1]


APPLICATION = APPLY_DATA | {
    "useListId": "JS-1",
    "itemCode": "I1",
    "businessCode": "B1",
    "certificateTypeCodes": ["11100000MB03271699901"],
    "wantedOutputs": ["FILE"],
    "wantedFields": [],
}


async def post(base: Base, session: ClientSession, path: str, data: object) -> dict[str, Any]:
    """The data of an answer of the REST port."""
    url = f"http://127.0.0.1:{port_of(base, 'rest')}{path}"
    async with session.post(url, json=message(data), headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        body: dict[str, Any] = await answer.json()
    found: dict[str, Any] = body["data"]
    return found


async def test_stopping_finishes_the_request_in_flight_and_then_closes_every_port(base: Base) -> None:
    """What SIGTERM sets off: not ready first, the answer still comes, then nothing listens. The application waits for a silent peer."""
    async with running(base) as (task, stop), ClientSession() as session:
        size = (await status(base))["evidence"]["size"]
        application = asyncio.create_task(post(base, session, APPLY, APPLICATION))
        await until(lambda: _grown(base, size))
        stop.set()
        await until(lambda: _not_ready(base))
        in_flight = not task.done() and not application.done()
        answer = await application
        await task

    outcomes = {one["areaCode"]: one["outcome"] for one in answer["verdicts"]}

    assert in_flight
    assert outcomes[PEER] in {"TIMEOUT", "ERROR"}
    assert [await is_open(base, name) for name in ("peer", "rest", "admin")] == [False, False, False]


async def test_a_request_that_never_ends_is_cut_off_after_the_grace(base: Base) -> None:
    drain = base.config.drain.model_copy(update={"grace": 0.2})
    base = replace(base, config=base.config.model_copy(update={"drain": drain}))
    async with running(base) as (task, stop):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(base, "rest"))
        head = f"Host: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        writer.write(f"POST /elc/v1/search HTTP/1.1\r\n{head}Expect: 100-continue\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        stop.set()
        async with asyncio.timeout(5):
            await task
        writer.close()

    assert task.exception() is None


@pytest.fixture
def over(home: Path, base: Base) -> Base:
    """The same node with a membership document whose time is over."""
    signed = membership_file.read_signed(home / "membership.json")
    membership = parse(signed.payload)
    expires = (instant(membership.issued) + timedelta(seconds=1)).isoformat(timespec="seconds")
    expired = SignedMembership(payload=replace(membership, expires=expires).payload(), signatures={})
    own, certificate = keys.load_signing(home / "keys", PASSPHRASE)
    peer = make_identities([PEER])[PEER]
    for key_id, key in ((certificate.fingerprint, own), (peer.signing_certificate.fingerprint, peer.signing_key)):
        expired = add_signature(expired, key_id=key_id, signer=key.sign)
    path = base.config.node.data / "expired.json"
    path.write_bytes(expired.to_json())
    section = base.config.membership.model_copy(update={"file": path})
    return load_base(base.config.model_copy(update={"membership": section}))


async def test_a_node_starts_with_an_expired_membership_and_serves_its_own_province(over: Base) -> None:
    """It says so everywhere, refuses the exchange alone, and does not wait for a peer it may not ask."""
    with capture_logs() as lines:
        async with running(over), ClientSession() as session:
            told = await status(over)
            page = (await get(over, "/metrics"))[1]
            answer = await post(over, session, APPLY, APPLICATION)
    outcomes = {one["areaCode"]: (one["outcome"], one["reasons"][0]["reason"]) for one in answer["verdicts"]}
    said = [one for one in lines if one["event"] == "membership.expired"]

    assert told["membership"]["expired"] is True
    assert "certmesh_membership_expired 1.0" in page
    assert outcomes[PEER] == ("ERROR", "MEMBERSHIP_EXPIRED")
    assert [one["version"] for one in said] == [1]
    assert "certmesh membership adopt" in said[0]["next_step"]


async def test_bringing_the_version_held_is_answered_and_an_impossible_one_refused(base: Base, home: Path) -> None:
    """The route behind `certmesh membership adopt`."""
    async with running(base):
        token = (base.config.node.data / TOKEN_FILE).read_text()
        client = AdminClient(f"http://127.0.0.1:{port_of(base, 'admin')}", token)
        held = await asyncio.to_thread(client.adopt, [(home / "membership.json").read_text()])
        with pytest.raises(AdminError, match="malformed"):
            await asyncio.to_thread(client.adopt, ["{}"])
        told = await status(base)

    assert held == {"version": 1, "fingerprint": told["membership"]["fingerprint"]}
