"""The door to previews for the node: a page drawn in a child process, off the event loop, killed at the deadline.

A child per page costs about 0.4 s of start-up and holds no state; the caller bounds how many run at once.
"""

import asyncio
import io
import json
import os
import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from node.preview.limits import LimitError, Limits
from node.preview.worker import write_message
from trust.errors import DocumentError

_KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""What the child sees of the environment: no passphrase, no address."""

_MAX_DPI, _MIN_DPI = 600, 18
_PATIENCE = 4
"""Seconds waited for each second of processor time allowed: others may be busy on this machine."""


class Format(StrEnum):
    """What a preview is written as."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page as a file, its size in millimetres, how many pages the document has, and what its reader must know."""

    data: bytes
    form: Format
    pages: int
    width: float
    height: float
    notes: tuple[str, ...]


async def render_page(
    data: bytes,
    *,
    page: int = 1,
    form: Format = Format.PNG,
    watermark: str = "",
    dots_per_inch: int = 150,
    limits: Limits | None = None,
    fonts: tuple[Path, ...] = (),
) -> Preview:
    """Draw a page, counted from 1, of a package's first document. `fonts` are folders or files that come before the machine's.

    Raises:
        DocumentError: the package breaks a rule, or there is no such page; LimitError: it costs more than `limits`.
    """
    bounds = limits or Limits()
    header = {
        "page": page,
        "form": form.value,
        "watermark": watermark,
        "dots_per_inch": min(max(dots_per_inch, _MIN_DPI), _MAX_DPI),
        "limits": asdict(bounds),
        "fonts": [str(font) for font in fonts],
    }
    request = io.BytesIO()
    write_message(request, header, data)
    return _preview(await _answer(request.getvalue(), bounds.seconds * _PATIENCE), form)


async def _answer(request: bytes, seconds: float) -> bytes:
    """The child's answer. Whatever ends the wait, the child ends too."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "node.preview.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await child.communicate(request)
    except TimeoutError as error:
        raise LimitError("preview: the time for one page is over") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    return answer


def _preview(answer: bytes, form: Format) -> Preview:
    line, _, body = answer.partition(b"\n")
    if not line:
        raise LimitError("preview: the drawing process ended without an answer: too much memory or time")
    header = json.loads(line)
    if "error" in header:
        raise DocumentError(header["error"])
    return Preview(
        data=body,
        form=form,
        pages=header["pages"],
        width=header["width"],
        height=header["height"],
        notes=tuple(header["notes"]),
    )
