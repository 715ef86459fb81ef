"""Building answers, and the trail each request leaves for its log line. No log is written here: `node.rest.middleware`."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from aiohttp import hdrs, web

from federation.model.refusal import Owner
from node.errors import RefusedError
from node.rest.envelope import SUCCESS, Answer, AnswerHead, Contents, DataT, Refused, RefusedHead
from node.rest.errors import DEFAULT_RETRY_AFTER_S, LOAD_STATUSES, http_status, next_step

_UNAUTHORISED = 401
_PIECE = 1 << 18  # characters of a file that are written at a time


@dataclass(slots=True, kw_only=True)
class Trail:
    """What is known of one request for its one log line. Owned by the task of that request."""

    request_id: str
    code: str = SUCCESS
    reason: str = ""
    exchange_id: str = ""
    app_id: str = ""
    error: str = ""
    broken_off: bool = False


TRAIL = web.RequestKey("trail", Trail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Writes the heads of one node's answers."""

    province: str
    clock: Callable[[], datetime]

    def head(self, request: web.Request) -> AnswerHead:
        """The head of a success."""
        return AnswerHead(request_id=request[TRAIL].request_id, node_id=self.province, timestamp=self._now())

    def partial(
        self,
        request: web.Request,
        *,
        status: str,
        message: str,
        reason: str,
        next_step: str,
        detail: str,
        owner: str = Owner.PEER,
        next_step_zh: str = "",
    ) -> RefusedHead:
        """The head of an answer that carries data and is not the whole answer."""
        return RefusedHead(
            **self.head(request).model_dump(exclude={"status", "message"}),
            status=status,
            message=message,
            reason=reason,
            owner=owner,
            next_step=next_step,
            next_step_zh=next_step_zh,
            detail=detail,
        )

    def answer(self, request: web.Request, answer: Answer[DataT], *, exchange_id: str) -> web.Response:
        """Send `answer` as JSON and note it in the trail."""
        trail = request[TRAIL]
        trail.code = answer.head.status
        trail.exchange_id = exchange_id
        if isinstance(answer.head, RefusedHead):
            trail.reason = answer.head.reason
        return _json(200, answer)

    def refused(self, request: web.Request, error: RefusedError) -> web.Response:
        """Send the refusal that `error` carries, with the HTTP status and headers that belong to it."""
        trail, refusal, status = request[TRAIL], error.refusal, http_status(error)
        trail.code, trail.reason, trail.exchange_id = str(refusal.code), refusal.reason, error.exchange_id
        head = RefusedHead(
            status=trail.code,
            message=refusal.zh,
            request_id=trail.request_id,
            node_id=self.province,
            timestamp=self._now(),
            reason=refusal.reason,
            owner=refusal.owner,
            next_step=next_step(error),
            next_step_zh=refusal.zh_step,
            exchange_id=error.exchange_id,
            detail=refusal.detail,
            retry_after=refusal.retry_after_s,
        )
        response = _json(status, Refused(head=head))
        if status in LOAD_STATUSES:
            response.headers[hdrs.RETRY_AFTER] = str(refusal.retry_after_s or DEFAULT_RETRY_AFTER_S)
        if status == _UNAUTHORISED:
            response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"  # RFC 9110 §15.5.2
        return response

    def _now(self) -> str:
        return self.clock().isoformat(timespec="milliseconds")


def pieces_of(message: Answer[DataT] | Refused) -> Iterator[bytes]:
    """The JSON of an answer. What it holds of files is set in afterwards: looking for what to escape in it would hold the loop for long."""
    contents = Contents()
    first, *others = message.model_dump_json(by_alias=True, context=contents).split(contents.mark)
    yield first.encode()
    for content, text in zip(contents.kept, others, strict=True):
        for start in range(0, len(content), _PIECE):
            yield content[start : start + _PIECE].encode()
        yield text.encode()


async def _sent(first: bytes, others: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    for piece in others:
        yield piece


def _json(status: int, message: Answer[DataT] | Refused) -> web.Response:
    pieces = pieces_of(message)
    first = next(pieces)
    second = next(pieces, None)
    body = first if second is None else _sent(first + second, pieces)
    # Answers hold personal data: no cache on the way may keep them.
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8", headers=headers)
