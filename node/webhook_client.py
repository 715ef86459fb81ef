"""Posts to webhooks over HTTP. Implements `node.ports.webhooks.HookCaller`. Only status and Retry-After are read of an answer.

Bounds, because the other end is not ours: one deadline over connection and answer, no redirection, TLS verified (by the system's
authorities and the configured ones), no proxy of the environment, headers of 8 KiB, and no byte of the answer's body.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from aiohttp import hdrs

from node.errors import ConfigError
from node.ports.webhooks import Hook, HookAnswer, HookRequest, HookUnreachableError

_MAX_HEADER = 8190  # bytes of one header line


class HttpHookCaller:
    """A session per call: systems are called a few times a minute, and a connection kept open tells nothing of the next."""

    def __init__(self, contexts: Mapping[Path | None, ssl.SSLContext]) -> None:
        """`contexts` is what `tls_contexts` made."""
        self._contexts = contexts

    async def post(self, hook: Hook, request: HookRequest) -> HookAnswer:
        """See the port."""
        limit = aiohttp.ClientTimeout(total=hook.timeout_s)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=limit, trust_env=False, auto_decompress=False, max_line_size=_MAX_HEADER
                ) as session,
                session.post(
                    hook.url,
                    data=request.body,
                    headers={**request.headers, hdrs.ACCEPT_ENCODING: "identity"},
                    allow_redirects=False,
                    ssl=self._contexts[hook.ca],
                ) as answer,
            ):
                return HookAnswer(status=answer.status, retry_after_s=_seconds(answer.headers.get(hdrs.RETRY_AFTER)))
        except TimeoutError as error:
            raise HookUnreachableError("TIMEOUT") from error
        except aiohttp.ClientSSLError as error:
            raise HookUnreachableError("TLS") from error
        except (aiohttp.ClientError, OSError) as error:
            raise HookUnreachableError("UNREACHABLE") from error


def tls_contexts(hooks: tuple[Hook, ...]) -> dict[Path | None, ssl.SSLContext]:
    """One context per file of authorities, and one for none.

    Raises:
        ConfigError: a file cannot be used.
    """
    made: dict[Path | None, ssl.SSLContext] = {None: _context(None)}
    for hook in hooks:
        if hook.ca not in made:
            made[hook.ca] = _context(hook.ca)
    return made


def _context(authorities: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authorities is not None:
        try:
            context.load_verify_locations(cafile=authorities)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"webhooks: {authorities}: cannot be used ({error}); give PEM certificates") from error
    return context


def _seconds(text: str | None) -> float:
    """Retry-After in seconds; a date counts as none: whoever sends one has another clock."""
    return float(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 7 else 0.0  # noqa: PLR2004
