"""Fetching revocation lists from loopback servers that are good, slow, endless, lost and lying. What is held stays whatever they do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from aiohttp import web

from node import crl_fetch
from node.crl_fetch import FetchError, fetch, fetch_all, run_crl_fetch
from tests.node.test_revocation import ME, make
from tests.trust.identity.pki import NOW, crl, revoked
from trust.identity import ListState
from trust.identity.crl import MAX_CRL_BYTES

GOOD = crl(revoked(), number=3)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(**paths: Handler) -> AsyncIterator[str]:
    """A loopback server with these paths; gives its URL."""
    app = web.Application()
    app.add_routes([web.get(f"/{name}", handler) for name, handler in paths.items()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # asyncio's server
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def good(_request: web.Request) -> web.Response:
    return web.Response(body=GOOD.der, content_type="application/pkix-crl")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(2 * MAX_CRL_BYTES // 65_536):
        await response.write(bytes(65_536))
    return response


async def silent(_request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def missing(_request: web.Request) -> web.Response:
    return web.Response(status=404, text="the passphrase is hunter2")


async def packed(_request: web.Request) -> web.Response:
    """A bomb: a few bytes that would unpack to a gigabyte."""
    return web.Response(body=b"\x1f\x8b" + bytes(100), headers={"Content-Encoding": "gzip"})


def to(path: str) -> Handler:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": path})

    return redirect


async def test_a_list_comes_from_a_url_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "ca.crl").write_text(GOOD.pem)
    held = make(tmp_path)
    async with server(good=good) as url:
        await fetch_all(held, {ME: f"{url}/good"})
        from_url = held.number(ME)
    again = make(tmp_path / "again")
    await fetch_all(again, {ME: str(tmp_path / "ca.crl")})

    assert (from_url, again.number(ME)) == (3, 3)
    assert (tmp_path / "crls" / f"{ME}.crl").read_text() == GOOD.pem, "kept for the next start"


async def test_redirections_are_followed_as_far_as_three() -> None:
    paths = {
        "good": good,
        "one": to("good"),
        "two": to("/one"),
        "three": to("two"),
        "four": to("three"),
        "round": to("round"),
    }
    async with server(**paths) as url:
        assert await fetch(f"{url}/three") == GOOD.der
        for name in ("four", "round"):
            with pytest.raises(FetchError, match="more than 3 redirections"):
                await fetch(f"{url}/{name}")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "", "gopher://x"])
async def test_a_redirection_to_elsewhere_than_http_is_not_followed(location: str) -> None:
    async with server(away=to(location)) as url:
        with pytest.raises(FetchError, match="no list is fetched from"):
            await fetch(f"{url}/away")


def test_https_is_never_given_up_for_http() -> None:
    with pytest.raises(FetchError):
        crl_fetch._next("https://ca.example/x", "http://ca.example/x")
    assert crl_fetch._next("http://ca.example/x", "https://ca.example/y") == "https://ca.example/y"


async def test_an_answer_without_end_is_cut_off_at_four_mib() -> None:
    async with server(endless=endless) as url:
        with pytest.raises(FetchError, match="larger than 4 MiB"):
            await fetch(f"{url}/endless")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with server(silent=silent) as url:
        with pytest.raises(FetchError, match=r"no whole answer within 0\.05 s"):
            await fetch(f"{url}/silent", limit_s=0.05)


async def test_nobody_there_and_a_page_that_is_not_there_say_so_without_their_words(tmp_path: Path) -> None:
    async with server(missing=missing, packed=packed) as url:
        with pytest.raises(FetchError, match="the server answered 404") as caught:
            await fetch(f"{url}/missing")
        held = make(tmp_path)
        await fetch_all(held, {ME: f"{url}/packed"})
    with pytest.raises(FetchError, match=r"not reachable \(ClientConnectorError\)"):
        await fetch(f"{url}/missing")

    assert "hunter2" not in str(caught.value)
    assert "malformed" in held.statuses()[0].problem, "nothing is unpacked"


async def test_what_goes_wrong_is_shown_beside_the_list_that_is_kept(tmp_path: Path) -> None:
    held = make(tmp_path)
    held.offer(ME, GOOD)
    for source, words in (
        (str(tmp_path / "none.crl"), "No such file"),
        ("http://127.0.0.1:1/x", "not reachable"),
        (str(tmp_path), "Is a directory"),
    ):
        await fetch_all(held, {ME: source})
        status = held.statuses()[0]
        assert words in status.problem
        assert (status.number, status.state) == (3, ListState.FRESH)


async def test_an_older_list_from_the_source_is_not_taken(tmp_path: Path) -> None:
    async def older(_request: web.Request) -> web.Response:
        return web.Response(body=crl(number=2).der)

    held = make(tmp_path)
    held.offer(ME, GOOD)
    async with server(older=older) as url:
        await fetch_all(held, {ME: f"{url}/older"})

    assert held.number(ME) == 3
    assert "goes back: number 2 is older than 3" in held.statuses()[0].problem


async def test_the_job_fetches_at_once_and_again_and_again(tmp_path: Path) -> None:
    asked = asyncio.Semaphore(0)

    async def counted(_request: web.Request) -> web.Response:
        asked.release()
        return web.Response(body=GOOD.der)

    held = make(tmp_path)
    async with server(counted=counted) as url:
        job = asyncio.create_task(run_crl_fetch(held, {ME: f"{url}/counted"}, interval_s=0.001, random=Random(1)))
        async with asyncio.timeout(10):
            for _ in range(3):
                await asked.acquire()
        job.cancel()

    assert held.number(ME) == 3
    assert held.standing(ME, "another").reason == ""
    assert GOOD.this_update == NOW
