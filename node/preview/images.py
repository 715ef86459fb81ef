"""Pictures, decoded within bounds and written anew as PNG or JPEG: a stranger's bytes never reach the reader of a preview."""

import base64
import io
import warnings

from PIL import Image

from node.preview.limits import Budget
from node.preview.svg import tag
from trust.errors import DocumentError

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF")
MAX_SHOWN = 8_000_000
"""Pixels of one picture in a preview: A4 at 300 dots an inch. Larger ones are made smaller."""

_LONG_SIDE = 3500
_QUALITY = 90


def data_uri(data: bytes, budget: Budget) -> str:
    """A picture as a data URI; only a GIF's or TIFF's first frame is shown.

    Raises:
        DocumentError: not a picture of a known format, or a damaged one.
        LimitError: too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damage and size: both are judged here
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                budget.spend("pixels", image.width * image.height)
                return _encoded(_prepared(image), lossy=image.format == "JPEG")
    except DocumentError:
        raise
    except Exception as error:  # decoders of damaged pictures raise whatever they meet
        raise DocumentError("a picture cannot be decoded") from error


def picture_tag(identity: str, uri: str) -> str:
    """A picture stretched to the unit square, as a definition. Smooth is bilinear: it costs resvg a third less than its default."""
    return tag(
        "image",
        id=identity,
        href=uri,
        width=1.0,
        height=1.0,
        preserveAspectRatio="none",
        style="image-rendering:smooth",
    )


def _prepared(image: Image.Image) -> Image.Image:
    """In a mode that browsers show, and not larger than a page needs."""
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        shown = image.convert("RGBA")
    else:
        shown = image.convert("L" if image.mode in {"1", "L"} else "RGB")
    if shown.width * shown.height > MAX_SHOWN:
        shown.thumbnail((_LONG_SIDE, _LONG_SIDE))
    return shown


def _encoded(image: Image.Image, *, lossy: bool) -> str:
    target = io.BytesIO()
    kind = "jpeg" if lossy and image.mode != "RGBA" else "png"
    if kind == "jpeg":
        image.save(target, "JPEG", quality=_QUALITY)
    else:
        image.save(target, "PNG")
    return f"data:image/{kind};base64,{base64.b64encode(target.getvalue()).decode()}"
