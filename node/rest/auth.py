"""Who calls: bearer tokens of the province's line systems. Not what they may do (`node.usecases`), nor how tokens are issued.

A node keeps only the SM3 of each token. Tokens come in the Authorization header (RFC 6750 §2.1) or in `head.accessToken`, never in the
query string (REQUIREMENTS §4.1: seen in the field, and it ends up in every proxy's log).
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, ValidationError

from federation.model.refusal import Reason
from node.ports.services import Caller
from node.rest.errors import EdgeError
from node.rest.fields import Token
from trust import gm

_UNAUTHORISED = 401
_MAX_TOKEN = 512  # characters
_SM3_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A registered line system. `token_sm3_hex` is the SM3 of its token, 64 hex digits; the token itself is nowhere here."""

    app_id: str
    token_sm3_hex: str
    caller: Caller


class _Head(BaseModel):
    """The one member of a head that is read before anything is known about the caller."""

    model_config = ConfigDict(extra="ignore", strict=True)
    accessToken: Token  # noqa: N815 - the name on the wire


class _Bearing(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    head: _Head


def _unauthorised(detail: str) -> EdgeError:
    return EdgeError(_UNAUTHORISED, Reason.NOT_AUTHORISED, detail)


def header_token(request: web.Request) -> str | None:
    """The token of the Authorization header, None where there is no such header.

    Raises:
        EdgeError: 401; the header is there and is not `Bearer <token>`.
    """
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorised("the Authorization header is not of the form: Bearer <token>")
    return token.strip()


def body_token(body: bytes) -> str:
    """The token in `head.accessToken` of a message that nobody vouches for yet.

    Raises:
        EdgeError: 401; there is none. Nothing else is said about the body of a stranger.
    """
    try:
        return _Bearing.model_validate_json(body).head.accessToken
    except ValidationError:
        raise _unauthorised("no token in the Authorization header, and none in head.accessToken") from None


class Doorkeeper:
    """Knows the registered applications by the digest of their tokens."""

    def __init__(self, apps: Sequence[App]) -> None:
        """`apps` is fixed for the life of the process.

        Raises:
            ValueError: a digest is not 64 hex digits; names the application.
        """
        self._apps = tuple((_digest(app), app) for app in apps)

    def admit(self, token: str) -> App:
        """The application that `token` belongs to. Takes the same time whichever digest matches.

        Raises:
            EdgeError: 401; the token is unknown.
        """
        digest = gm.sm3(token.encode("utf-8", "surrogateescape")) if len(token) <= _MAX_TOKEN else b""
        matches = [app for known, app in self._apps if hmac.compare_digest(known, digest)]
        if not matches:
            raise _unauthorised("the token is unknown here")
        return matches[0]


def _digest(app: App) -> bytes:
    try:
        digest = bytes.fromhex(app.token_sm3_hex)
    except ValueError:
        digest = b""
    if len(digest) != _SM3_BYTES:
        raise ValueError(f"application {app.app_id}: the token's digest is not 64 hex digits of SM3")
    return digest
