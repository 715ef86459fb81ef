"""Sending a spooled file to a caller, a block at a time; this process never holds it whole. Clause 8.3.

Not `loop.sendfile`: uvloop has none.

Not `aiohttp.web.FileResponse`: that answers ranges, conditions and missing files in its own words, and a retrieval knows none of these.
"""

import asyncio
import re

from aiohttp import hdrs, web

from node.ports.retrieving import ReceivedFile

MEDIA_TYPES = {
    "ofd": "application/ofd",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}
_BLOCK = 1 << 18  # bytes
_ANY_MEDIA = "application/octet-stream"
_ODD = re.compile(r"[^0-9A-Za-z.-]")


def media_type(received: ReceivedFile) -> str:
    """The Content-Type of a file of this format."""
    return MEDIA_TYPES.get(received.format.lower(), _ANY_MEDIA)


def file_headers(received: ReceivedFile) -> dict[str, str]:
    """The headers that stand for the head/data of a JSON answer: what the file is, from whom, and its digests."""
    name = _ODD.sub("_", f"{received.identifier}.{received.format.lower()}")
    return {
        hdrs.CONTENT_TYPE: media_type(received),
        hdrs.CONTENT_LENGTH: str(received.size),
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "no-store",
        "X-Certmesh-Exchange": received.exchange_id,
        "X-Certmesh-SM3": received.sm3,
        "X-Certmesh-Original-SM3": received.original_sm3,
        "X-Certmesh-Identifier": received.identifier,
        "X-Certmesh-Province": received.province,
        "X-Certmesh-Disputed": str(received.disputed).lower(),
        "X-Certmesh-Verdict": received.verdict,
        "X-Certmesh-Pages": str(received.pages),
        "X-Certmesh-Copy-Expires": received.terms.expires.isoformat(timespec="seconds") if received.terms else "",
    }


async def _copy(response: web.StreamResponse, received: ReceivedFile) -> None:
    """Put the file on the wire.

    Raises:
        OSError: the caller is gone, the spooled file is not as long as announced, or a stop order or a withdrawal ended it.
    """
    sent = 0
    with received.path.open("rb") as spooled:
        while block := await asyncio.to_thread(spooled.read, _BLOCK):
            if received.stopped() is not None:
                raise OSError("a stop order or a withdrawal ended it")
            sent += len(block)
            if sent > received.size:
                break
            await response.write(block)
    if sent != received.size:
        raise OSError("the spooled file is not as long as announced")


async def send(request: web.Request, received: ReceivedFile, *, limit_s: float) -> tuple[web.StreamResponse, bool]:
    """Send the file within `limit_s` seconds; also says whether all of it went out.

    Once the first byte is out no refusal can follow, so a failure cuts the connection: the Content-Length tells the caller.
    """
    response = web.StreamResponse(headers=file_headers(received))
    try:
        await response.prepare(request)
        if received.size:
            async with asyncio.timeout(limit_s):
                await _copy(response, received)
        await response.write_eof()
    except (OSError, TimeoutError):
        _cut(request)
        return response, False
    except BaseException:
        _cut(request)  # whatever it was: the caller must not wait for bytes that will not come
        raise
    return response, True


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
