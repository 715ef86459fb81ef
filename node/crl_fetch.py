"""Fetches the revocation lists of the members' CAs, by file or URL, again and again. A background job: no call ever waits for it.

Bounds, because the other end is not ours: 4 MiB (`trust.identity`), ten seconds in all, three redirections, http and https alone, no
redirection from https to http. Plain http is not a weakness here: a list is believed by its CA's signature and number. What goes wrong is
kept beside the list and shown; the list held stays.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random
from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog

from node.revocation import Revocations, read_bounded
from trust.errors import IdentityError
from trust.identity import read_crl
from trust.identity.crl import MAX_CRL_BYTES

FETCH_LIMIT_S = 10.0
MAX_REDIRECTS = 3
_OK = 200
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024
_log = structlog.get_logger(__name__)


class FetchError(Exception):
    """A list could not be fetched; the message says why, without what the other end sent."""


async def run_crl_fetch(
    revocations: Revocations, sources: Mapping[str, str], *, interval_s: float, random: Random
) -> None:
    """Fetch every source now, and again every interval with a tenth of jitter; runs until cancelled."""
    while True:
        await fetch_all(revocations, sources)
        await asyncio.sleep(interval_s * random.uniform(0.9, 1.1))


async def fetch_all(revocations: Revocations, sources: Mapping[str, str]) -> None:
    """Fetch every source once, all at the same time; failures are noted, not raised."""
    async with asyncio.TaskGroup() as group:
        for province, source in sources.items():
            group.create_task(_renew(revocations, province, source), name=f"crl {province}")


async def _renew(revocations: Revocations, province: str, source: str) -> None:
    try:
        listed = await asyncio.to_thread(read_crl, await fetch(source))  # 5000 entries take some 30 ms
        if revocations.offer(province, listed):
            await asyncio.to_thread(revocations.write, province)
            _log.info("crl.taken", province=province, number=revocations.number(province))
    except (FetchError, IdentityError, OSError) as error:
        problem = error.strerror or "unreadable" if isinstance(error, OSError) else str(error)
        revocations.failed(province, problem)
        _log.warning("crl.failed", province=province, problem=problem)


async def fetch(source: str, *, limit_s: float = FETCH_LIMIT_S) -> bytes:
    """The bytes of a list; at most one more than it may have.

    Raises:
        FetchError: no answer in time, or not a list's.
        OSError: a file that cannot be read.
    """
    if not is_url(source):
        return await asyncio.to_thread(read_bounded, Path(source))
    try:
        async with asyncio.timeout(limit_s):
            return await _by_http(source)
    except TimeoutError as error:
        raise FetchError(f"no whole answer within {limit_s:g} s") from error
    except aiohttp.ClientError as error:
        raise FetchError(f"not reachable ({type(error).__name__})") from error


def is_url(source: str) -> bool:
    """Whether a source is fetched over HTTP."""
    return urlsplit(source).scheme in {"http", "https"}


async def _by_http(url: str) -> bytes:
    async with aiohttp.ClientSession(auto_decompress=False, trust_env=False) as session:
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as answer:
                if answer.status in _MOVED:
                    url = _next(url, answer.headers.get("Location", ""))
                    continue
                if answer.status != _OK:
                    raise FetchError(f"the server answered {answer.status}")
                return await _bounded(answer)
    raise FetchError(f"more than {MAX_REDIRECTS} redirections")


def _next(url: str, location: str) -> str:
    target = urljoin(url, location)
    if not location or not is_url(target) or (urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http"):
        raise FetchError("a redirection to where no list is fetched from")
    return target


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > MAX_CRL_BYTES:
            raise FetchError(f"larger than {MAX_CRL_BYTES >> 20} MiB")
    return bytes(data)
