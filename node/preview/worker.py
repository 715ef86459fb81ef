"""The child process that draws one preview: `python -m node.preview.worker`. It reads a request on stdin and answers on stdout.

A stranger's fonts and pictures are decoded here and nowhere else in the node: the process has a bound on memory and processor time, may
write no file, and ends after one page. Both messages are one line of JSON followed by bytes.
"""

import json
import math
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from node.preview.limits import Limits
from node.preview.page import Drawing, draw_page
from trust.errors import DocumentError


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**request["limits"])
    bound_process(limits)
    try:
        header, body = _preview(request, limits, sys.stdin.buffer.read())
    except DocumentError as error:
        header, body = {"error": str(error)}, b""
    except (MemoryError, RecursionError):
        header, body = {"error": "preview: the page needs more memory than it may"}, b""
    write_message(sys.stdout.buffer, header, body)


def write_message(stream: BinaryIO, header: dict[str, Any], body: bytes) -> None:
    """A line of JSON, then bytes."""
    stream.write(json.dumps(header).encode() + b"\n" + body)
    stream.flush()


def bound_process(limits: Limits) -> None:
    """Bound this process for good. No core is dumped: it would hold personal data."""
    seconds = math.ceil(limits.seconds) + 1
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _preview(request: dict[str, Any], limits: Limits, data: bytes) -> tuple[dict[str, Any], bytes]:
    form = request["form"]
    drawing = draw_page(
        data,
        page=request["page"],
        watermark=request["watermark"],
        limits=limits,
        fonts=tuple(Path(font) for font in request["fonts"]),
        missing="text" if form == "svg" else "box",
    )
    header = {
        "pages": drawing.pages,
        "width": drawing.area.width,
        "height": drawing.area.height,
        "notes": drawing.notes,
    }
    return header, _written(drawing, form, request["dots_per_inch"], limits)


def _written(drawing: Drawing, form: str, dots_per_inch: int, limits: Limits) -> bytes:
    """The drawing in a form. The libraries for PNG and PDF are loaded when they are needed: each takes a tenth of a second."""
    match form:
        case "png":
            from node.preview.raster import to_png  # noqa: PLC0415

            return to_png(drawing, dots_per_inch=dots_per_inch, limits=limits)
        case "pdf":
            from node.preview.pdf import to_pdf  # noqa: PLC0415

            return to_pdf(drawing)
        case _:
            return drawing.svg.encode()


if __name__ == "__main__":
    main()
