"""A small blocking client of the admin application, for the command line. Standard library only, loopback HTTP only."""

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

from node.admin.paths import ADOPT_PATH, ORDERS_PATH, READY_PATH, SIGN_ORDER_PATH, STATUS_PATH
from node.errors import NodeError

_MAX_ANSWER = 16 << 20  # bytes
_MAX_FILE = 256 << 20  # bytes; a list that is exported
_OK = 200

Content = bytes | BinaryIO


class AdminError(NodeError):
    """The node could not be reached, or did not do what it was asked; the message says which and why."""

    def __init__(
        self, message: str, problems: Sequence[Mapping[str, Any]] = (), zh: str = "", *, more: int = 0
    ) -> None:
        """`problems` is what is wrong with what was sent, `more` how much else, `zh` the sentence for a clerk."""
        super().__init__(message)
        self.problems = tuple(problems)
        self.zh = zh
        self.more = more


class AdminClient:
    """Speaks to one running node."""

    def __init__(self, base_url: str, token: str, *, timeout_s: float = 30.0) -> None:
        """`base_url` is for example "http://127.0.0.1:7000".

        Raises:
            AdminError: `base_url` is not an http URL with a host.
        """
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname:
            raise AdminError(f"the admin address {base_url!r} is not of the form http://host:port")
        self._host, self._port = parts.hostname, parts.port
        self._token = token
        self._timeout_s = timeout_s

    def status(self) -> dict[str, Any]:
        """The node's state.

        Raises:
            AdminError: no answer, or a refusal.
        """
        return self._ask("GET", STATUS_PATH)

    def orders(self) -> dict[str, Any]:
        """The stop orders the node knows.

        Raises:
            AdminError: no answer, or a refusal.
        """
        return self._ask("GET", ORDERS_PATH)

    def give_order(self, kind: str, subject: str, action: str, reason: str) -> dict[str, Any]:
        """Have the node give a stop order; what became of it.

        Raises:
            AdminError: no answer, or a refusal: the message says what is wrong with the order.
        """
        order = {"kind": kind, "subject": subject, "action": action, "reason": reason}
        return self._ask("POST", ORDERS_PATH, json.dumps(order).encode())

    def sign_order(self, order_id: str) -> dict[str, Any]:
        """Have the node sign another province's order; what became of it.

        Raises:
            AdminError: no answer, or a refusal.
        """
        return self._ask("POST", SIGN_ORDER_PATH, json.dumps({"id": order_id}).encode())

    def adopt(self, documents: Sequence[str]) -> dict[str, Any]:
        """Have the node take newer membership documents; `version` and `fingerprint` of the one it then holds.

        Raises:
            AdminError: no answer, or a refusal: the message names the rule.
        """
        return self._ask("POST", ADOPT_PATH, json.dumps({"documents": list(documents)}).encode())

    def alive(self) -> bool:
        """Whether a node's process answers there, ready or not."""
        try:
            return self._exchange("GET", "/healthz")[0] == _OK
        except AdminError:
            return False

    def ready(self) -> bool:
        """Whether the node is up and takes requests. Never raises for a node that is not there: it is not ready."""
        try:
            return self._exchange("GET", READY_PATH)[0] == _OK
        except AdminError:
            return False

    def ask(self, method: str, path: str, content: Content | None = None) -> dict[str, Any]:
        """What the node answers.

        Raises:
            AdminError: no answer, or a refusal.
        """
        return self._ask(method, path, content)

    def fetch(self, path: str, content: Content | None = None) -> bytes:
        """A file of the node; with `content` (which may be empty), one that it makes of it.

        Raises:
            AdminError: no answer, or a refusal.
        """
        method = "GET" if content is None else "POST"
        status, body = self._exchange(method, path, content, _MAX_FILE)
        return body if status == _OK else _refuse(method, path, status, body)

    def _ask(self, method: str, path: str, content: Content | None = None) -> dict[str, Any]:
        status, body = self._exchange(method, path, content)
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        return answer if isinstance(answer, dict) and status == _OK else _refuse(method, path, status, body)

    def _exchange(
        self, method: str, path: str, content: Content | None = None, most: int = _MAX_ANSWER
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request(method, path, content, headers={"Authorization": f"Bearer {self._token}"})
            response = connection.getresponse()
            return response.status, response.read(most)
        except (OSError, http.client.HTTPException) as error:
            raise AdminError(f"the node at {self._host}:{self._port} does not answer: {error}") from error
        finally:
            connection.close()


def _refuse(method: str, path: str, status: int, body: bytes) -> NoReturn:
    """Say why nothing was done, as the node says it."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = {}
    told = answer if isinstance(answer, dict) else {}
    sentence = f"{method} {path}: the node answered {status} {told.get('error', '')}".rstrip()
    raise AdminError(
        sentence, told.get("problems", ()), told.get("refusal", {}).get("message", ""), more=told.get("more", 0)
    )
