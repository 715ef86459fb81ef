"""Who asks at the admin port: the operator, by the node's own token, or a list manager, by his. Not what they may do.

A node keeps only the SM3 of a manager's token. Compared in constant time, whichever matches.
"""

import hmac
from collections.abc import Iterable

from aiohttp import hdrs, web

from node.usecases.workshop.managers import Manager
from trust import gm

MAX_TOKEN = 512  # characters
_SM3_BYTES = 32


class Doorkeeper:
    """Knows the node's token, and the managers by the digests of theirs."""

    def __init__(self, token: str, managers: Iterable[tuple[str, Manager]] = ()) -> None:
        """`managers` are pairs of the token's SM3 (64 hex digits) and its owner.

        Raises:
            ValueError: the node's token is empty, or a digest is none.
        """
        if not token:
            raise ValueError("the admin token is empty")
        self._operator = gm.sm3(token.encode())
        self._managers = tuple((_digest(digest), manager) for digest, manager in managers)

    def admit(self, request: web.Request) -> tuple[bool, Manager | None]:
        """Whether the token is the node's own, and the manager whose it is; (False, None) for a stranger."""
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        shown = (
            gm.sm3(token.encode("utf-8", "surrogateescape")) if scheme == "Bearer" and len(token) <= MAX_TOKEN else b""
        )
        found = [manager for digest, manager in self._managers if hmac.compare_digest(digest, shown)]
        return hmac.compare_digest(self._operator, shown), found[0] if found else None


def _digest(text: str) -> bytes:
    digest = bytes.fromhex(text)
    if len(digest) != _SM3_BYTES:
        raise ValueError("a manager's token is kept as 64 hex digits of SM3")
    return digest
