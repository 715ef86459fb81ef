"""What one preview may cost, and the purse that counts it. Memory and runaway library code are bounded by the child process: `render`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trust.errors import DocumentError

MAX_NOTES = 20

Kind = Literal["objects", "glyphs", "segments", "pixels", "svg_bytes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one preview. The real files at hand need less than a hundredth of each count."""

    seconds: float = 20.0  # of processor time: a busy machine does not make a page more expensive
    objects: int = 100_000
    glyphs: int = 200_000
    segments: int = 2_000_000  # of paths and glyph outlines
    pixels: int = 64_000_000  # of all decoded pictures together
    svg_bytes: int = 64 * 1024 * 1024
    output_pixels: int = 25_000_000  # of a PNG; a larger page is drawn at a lower resolution
    memory: int = 2 * 1024 * 1024 * 1024  # bytes of address space of the child process


class LimitError(DocumentError):
    """A page costs more than its preview may; nothing is shown rather than a part."""


class Budget:
    """Counts down what a preview may still spend, and keeps its notes. One page, one thread."""

    def __init__(self, limits: Limits, *, now: Callable[[], float] = time.process_time) -> None:
        self._left: dict[Kind, int] = {
            "objects": limits.objects,
            "glyphs": limits.glyphs,
            "segments": limits.segments,
            "pixels": limits.pixels,
            "svg_bytes": limits.svg_bytes,
        }
        self._now = now
        self._deadline = now() + limits.seconds
        self._notes: dict[str, None] = {}

    def spend(self, kind: Kind, amount: int = 1) -> None:
        """Take `amount` off.

        Raises:
            LimitError: nothing is left of this kind, or the time is over.
        """
        self._left[kind] -= amount
        if self._left[kind] < 0:
            raise LimitError(f"preview: more {kind} than one page may have")
        if self._now() > self._deadline:
            raise LimitError("preview: the time for one page is over")

    def note(self, sentence: str) -> None:
        """Keep what the reader of the preview must know, once; the first few do."""
        if len(self._notes) < MAX_NOTES:
            self._notes[sentence] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted, in order."""
        return tuple(self._notes)
