"""POST /elc/v1/verify/file: is this file what was issued? REQUIREMENTS S8; no rules, they are in `node.usecases`."""

import asyncio
import base64
import binascii
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from federation.model.refusal import Reason
from node.ports.verifying import FileVerification, VerifiedFile
from node.rest.answers import TRAIL, Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request
from node.rest.errors import EdgeError
from node.rest.fields import OptionalText, OptionalWord
from node.rest.limits import Limits, bounded
from node.rest.search import FiveElements

PATH = "/elc/v1/verify/file"
MAX_CONTENT = 8 << 20  # bytes, decoded: as large as a file that comes inside an answer
_MAX_TEXT = (MAX_CONTENT + 2) // 3 * 4
_BODY_BYTES = _MAX_TEXT + (64 << 10)
_BAD_REQUEST = 400


class PresentedFile(FiveElements):
    """A file that somebody presented, original or usage copy."""

    cert_type_code: OptionalWord = Field("", description="The type it should be of; empty: any.")
    content_type: Literal["base64"] = "base64"
    content: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_TEXT)] = Field(
        description=f"The OFD file, at most {MAX_CONTENT} bytes."
    )
    use_cause: OptionalText = ""


class FileResult(AnswerModel):
    """What was found."""

    exchange_id: str
    result: int = Field(
        description="0 pass, 1 seal or signature failed, 2 file failed, 3 right but the usage copy has expired, 6 of another type."
    )
    message: str
    problem: str = Field(description="Why the file cannot be read; empty where it can.")
    report: dict[str, Any] = Field(
        description="Every signature with its verdict and reasons, as `certmesh ofd verify --json`."
    )


FileRequest = Request[PresentedFile]
FileAnswer = Answer[FileResult]


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.content: not base64") from None


def _data(verified: VerifiedFile) -> FileResult:
    return FileResult(
        exchange_id=verified.exchange_id,
        result=verified.result,
        message=verified.message,
        problem=verified.problem,
        report=dict(verified.report),
    )


def routes(verification: FileVerification, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface S8 for files over `verification`."""

    async def verify(request: web.Request, call: Call[PresentedFile]) -> web.Response:
        content = await asyncio.to_thread(_decoded, call.data.content)
        async with bounded(limits.answer_s):
            verified = await verification.verify(call.caller, content, call.data.cert_type_code)
        request[TRAIL].exchange_id = verified.exchange_id
        answer = FileAnswer(head=responder.head(request), data=_data(verified))
        return responder.answer(request, answer, exchange_id=verified.exchange_id)

    return (
        Route(
            path=PATH,
            summary="证照文件核验 · verify a file",
            ask=FileRequest,
            tell=FileAnswer,
            serve=verify,
            body_bytes=_BODY_BYTES,
        ),
    )
