"""POST /elc/v1/evidence/proof: the proof of one of the caller's own uses as one file, to keep with the case. Clauses 8.5 and 10 (C10-7)."""

import asyncio
import base64
import binascii
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from federation.model.refusal import Reason
from node.ports.proving import Made, Proofs
from node.rest.answers import TRAIL, Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Base64, Request, RequestModel
from node.rest.errors import EdgeError
from node.rest.fields import RequestId
from node.rest.limits import Limits, bounded
from node.usecases.proving.archiving import archived

PATH = "/elc/v1/evidence/proof"
MAX_FILE = 8 << 20  # bytes, decoded: as large as a file that comes inside an answer
_MAX_TEXT = (MAX_FILE + 2) // 3 * 4
_BODY_BYTES = _MAX_TEXT + (64 << 10)
_BAD_REQUEST = 400


class ProofData(RequestModel):
    """Which use, and what of it is to be in the file. Takes up to a minute: it waits for other provinces to have seen what is sealed.

    Where too few have by then, the file comes all the same: its check "witnesses" is FAILED and says how many; ask again for a better one.
    """

    exchange_id: RequestId = Field(description="As the retrieval told it.")
    contents: bool = Field(
        default=True, description="With application, verdict, face data and consent; otherwise digests alone."
    )
    archive: bool = Field(
        default=False,
        description="As a package for the e-archive: the proof, the file beside it, an index in the names of GB/T 36903, checksums.",
    )
    file: Annotated[str, StringConstraints(max_length=_MAX_TEXT)] = Field(
        "",
        description=f"The file that was retrieved, base64, at most {MAX_FILE} bytes; the node keeps none. Empty: its SM3 alone.",
    )


class CheckedItem(AnswerModel):
    """One check of the file's own verification."""

    check: str
    state: str
    message: str


class ProofAnswerData(AnswerModel):
    """The file, verified here as a stranger would."""

    exchange_id: str
    content: Base64 = Field(
        description="A zip in base64; `certmesh verify` checks it on any machine, with one trusted fingerprint alone."
    )
    size: int = Field(description="Bytes, decoded.")
    sm3_digest: str
    fingerprint: str = Field(description="Of the newest membership document: compare it over another channel.")
    checks: tuple[CheckedItem, ...]


ProofRequest = Request[ProofData]
ProofAnswer = Answer[ProofAnswerData]


def routes(proofs: Proofs, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface over `proofs`."""

    async def serve(request: web.Request, call: Call[ProofData]) -> web.Response:
        file = await asyncio.to_thread(_decoded, call.data.file)
        async with bounded(limits.answer_s):
            made = await proofs.make(call.data.exchange_id, contents=call.data.contents, file=file, caller=call.caller)
            made = await archived(made) if call.data.archive else made
        request[TRAIL].exchange_id = call.data.exchange_id
        data = await asyncio.to_thread(_data, made, call.data.exchange_id)
        answer = ProofAnswer(head=responder.head(request), data=data)
        return responder.answer(request, answer, exchange_id=call.data.exchange_id)

    return (
        Route(
            path=PATH,
            summary="用证证据包 · the proof of a use, as one file",
            ask=ProofRequest,
            tell=ProofAnswer,
            serve=serve,
            body_bytes=_BODY_BYTES,
        ),
    )


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.file: not base64") from None


def _data(made: Made, exchange_id: str) -> ProofAnswerData:
    verdict = made.verdict
    return ProofAnswerData(
        exchange_id=exchange_id,
        content=base64.b64encode(made.bundle).decode(),
        size=verdict.size,
        sm3_digest=verdict.sm3,
        fingerprint=verdict.membership.trusted if verdict.membership else "",
        checks=tuple(
            CheckedItem(check=one.check.value, state=one.state.value, message=one.zh) for one in verdict.findings
        ),
    )
