"""Structured logs on stderr: one JSON object per line, or coloured lines for people. Not what is logged, nor where lines go from there.

DESIGN §2.8: no personal data in logs. Code keeps to that by never logging them, and the words of errors that are not ours are withheld.
The redaction here is the last resort, for a third party's message: it masks what looks like a citizen's number (GB 11643: 18 characters,
or 15 digits of the old kind); codes of organisations are public.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["json", "console"]

_MASK = "[masked]"
# Not inside a word or a dotted identifier (GB/T 36904): those are digests, ids and certificate identifiers.
_CITIZEN = re.compile(r"(?<![0-9A-Za-z])(?<![0-9A-Za-z]\.)[1-9][0-9]{14}(?:[0-9]{2}[0-9Xx])?(?!\.?[0-9A-Za-z])")
_LONG_NUMBER = re.compile(r"[0-9]{15}")
_MAX_NESTING = 10
_MAX_CHAIN = 5  # errors of a chain, and of a group
_MAX_FRAMES = 30
_OUR_PACKAGES = frozenset({"trust", "federation", "node"})


def _masked(value: Any, depth: int = 0) -> Any:
    """`value` with every citizen-number shape masked, whatever it is nested in."""
    if isinstance(value, bool | float) or value is None:
        return value
    if depth > _MAX_NESTING:
        return _MASK
    if isinstance(value, Mapping):
        return {_masked(str(key), depth + 1): _masked(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, depth + 1) for inner in value]
    # Written as the renderer would write it: an object by its repr.
    plain = value if isinstance(value, str) else repr(value)
    text = _CITIZEN.sub(_MASK, plain)
    return value if isinstance(value, int) and text == plain else text


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask citizen-number shapes, and say `redacted=true` where there were any: that line shows a fault to mend."""
    if not _LONG_NUMBER.search(repr(event)):  # nearly every line, and ten times as quick
        return event
    masked: EventDict = _masked(event)
    if _MASK in repr(masked):
        masked["redacted"] = True
    return masked


def _without_request_bytes(record: logging.LogRecord) -> bool:
    """Keep the bytes of a malformed HTTP request out: aiohttp's exception quotes its first line, query string included."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.exc_info = None
        record.msg, record.args = "malformed HTTP: %s", (type(error).__name__,)
    return True


def clean_words(error: BaseException) -> str:
    """An error's own words where they are known to be clean: ours, and the operating system's. Others may quote what they choked on."""
    ours = type(error).__module__.partition(".")[0] in _OUR_PACKAGES
    return str(error) if ours or isinstance(error, OSError) else "[withheld]"


def _described(error: BaseException) -> dict[str, Any]:
    """One error: type, words, frames. No local variables: they hold what is being worked on."""
    frames = traceback.extract_tb(error.__traceback__, limit=-_MAX_FRAMES)
    described: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": clean_words(error),
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, BaseExceptionGroup):
        described["errors"] = [_chain(inner) for inner in error.exceptions[:_MAX_CHAIN]]
    return described


def _chain(error: BaseException | None) -> list[dict[str, Any]]:
    """`error`, then what caused it, and so on."""
    chain: list[dict[str, Any]] = []
    while error is not None and len(chain) < _MAX_CHAIN:
        chain.append(_described(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into a structured traceback under `exception`."""
    exc_info = event.pop("exc_info", None)
    error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1] if exc_info is True else None
    if isinstance(exc_info, tuple):
        error = exc_info[1]
    if error is not None:
        event["exception"] = _chain(error)
    return event


def _exception_for_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structured traceback as lines of text."""
    chain = event.get("exception")
    if isinstance(chain, list):
        lines = [f"{one['type']}: {one['message']}\n    " + "\n    ".join(one["frames"]) for one in chain]
        event["exception"] = "\ncaused by ".join(lines)
    return event


def _processors(fmt: Format) -> list[Processor]:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if fmt == "json":
        return [*shared, describe_exception, redact, structlog.processors.JSONRenderer(ensure_ascii=False)]
    plain = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return [*shared, describe_exception, _exception_for_people, redact, plain]


def _route_stdlib(level: int, stream: TextIO, processors: list[Processor]) -> None:
    """Send what grpc, aiohttp and asyncio log the same way."""
    handler = logging.StreamHandler(stream)
    *pre_chain, renderer = processors
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *pre_chain],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger(
        "aiohttp.access"
    ).disabled = True  # one canonical line per request is written already, without its URL
    server = logging.getLogger("aiohttp.server")
    server.filters[:] = []
    server.addFilter(_without_request_bytes)


def configure(level: str = "INFO", fmt: Format = "json", *, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process.

    Args:
        level: the least severe level that is written, e.g. "INFO".
        fmt: "json" for machines, "console" for people.
        stream: where lines go; stderr where None.

    Raises:
        KeyError: `level` is not a level's name.
    """
    number, out = logging.getLevelNamesMapping()[level.upper()], stream or sys.stderr
    processors = _processors(fmt)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _route_stdlib(number, out, processors)
