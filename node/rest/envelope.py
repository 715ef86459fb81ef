"""The head/data message of clause 12: its models, and how untrusted bytes become one. REQUIREMENTS §4.1.

Pydantic stops here: the nouns turn these models into the records of `node.ports.services`. An error names the JSON path, never the value.
"""

import re
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FieldSerializationInfo, PlainSerializer, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from federation.model.refusal import Reason, Refusal
from node.rest.errors import EdgeError
from node.rest.fields import OptionalWord, RequestId, Token

SUCCESS = "0"
_SUCCESS_ZH = "成功"
_BAD_REQUEST = 400
_ERRORS_NAMED = 5
_RETRY = "Seconds after which asking again makes sense; 0 where nothing is said about it."
_MEMBER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_OUR_WORDS = {
    "extra_forbidden": "this member is not known here",
    "missing": "this field is mandatory",
    "string_pattern_mismatch": "this text has characters or a shape that are not allowed here",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in an answer as it is: base64 holds nothing that JSON escapes. Passed as the context in which the answer is written.

    `mark` stands in its place meanwhile; nobody can guess it.
    """

    mark: str = field(default_factory=lambda: token_hex(16))
    kept: list[str] = field(default_factory=list)


def _set_aside(content: str, info: FieldSerializationInfo) -> str:
    if not content or not isinstance(info.context, Contents):
        return content
    info.context.kept.append(content)
    return info.context.mark


Base64 = Annotated[str, PlainSerializer(_set_aside)]


class RequestModel(BaseModel):
    """What comes in: strict types, no unknown members, camelCase names only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class AnswerModel(BaseModel):
    """What goes out: built by field name, written in camelCase."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, json_schema_serialization_defaults_required=True
    )


ModelT = TypeVar("ModelT", bound=BaseModel)
DataT = TypeVar("DataT", bound=BaseModel)


class RequestHead(RequestModel):
    """Head of a request. Every field may be left out."""

    request_id: RequestId | None = Field(
        None,
        description="Comes back in the answer, and is the idempotency key where no Idempotency-Key header is sent.",
    )
    timestamp: OptionalWord = Field("", description="The caller's own time, for the caller's own records.")
    app_id: OptionalWord = Field("", description="Where sent: the application that the token belongs to.")
    access_token: Token | None = Field(
        None, description="The token, for callers that cannot set an Authorization header."
    )


class Request(RequestModel, Generic[DataT]):
    """One request message."""

    head: RequestHead = Field(default_factory=RequestHead)
    data: DataT


class AnswerHead(AnswerModel):
    """Head of an answer; `status` is a canonical code of REQUIREMENTS §4.4 as text."""

    status: str = SUCCESS
    message: str = _SUCCESS_ZH
    request_id: str
    node_id: str = Field(description="The province that answers, six digits.")
    timestamp: str = Field(description="When it answered, RFC 3339.")


class RefusedHead(AnswerHead):
    """Head of a refusal or of a partial result."""

    reason: str = Field(description="The reason as one machine-readable word.")
    owner: str = Field(description="Who has to act: caller, node, peer, issuer or network.")
    next_step: str
    next_step_zh: str = Field("", description="The next step for a clerk.")
    exchange_id: str = Field("", description="Where the refusal stands on record; /elc/v1/explain takes it.")
    detail: str = Field(description="Names fields, lines or provinces, never a person or a number.")
    retry_after: int = Field(0, description=_RETRY)


class Answer(AnswerModel, Generic[DataT]):
    """One answer message; its head is a RefusedHead where the result is partial."""

    head: RefusedHead | AnswerHead
    data: DataT


class Refused(AnswerModel):
    """The answer to a request that was refused as a whole."""

    head: RefusedHead
    data: None = None


class RefusalRow(AnswerModel):
    """One refusal inside an answer, in the words of `Refusal.to_dict`, the code as text."""

    code: str
    reason: str
    owner: str
    message: str
    detail: str
    next_step: str
    next_step_zh: str
    retry_after: int = Field(0, description=_RETRY)


def refusal_row(refusal: Refusal) -> RefusalRow:
    """`refusal` as it stands in answers."""
    return RefusalRow(
        code=str(refusal.code),
        reason=refusal.reason,
        owner=refusal.owner,
        message=refusal.zh,
        detail=refusal.detail,
        next_step=refusal.next_step,
        next_step_zh=refusal.zh_step,
        retry_after=refusal.retry_after_s,
    )


def _path(location: tuple[int | str, ...]) -> str:
    """`data.certificateTypeCodes[3]`; a member name that is no identifier is not repeated: it may be anything."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += "." + (step if _MEMBER_NAME.fullmatch(step) else "(odd name)")
    return path.removeprefix(".") or "body"


def _sentence(error: ErrorDetails) -> str:
    return f"{_path(error['loc'])}: {_OUR_WORDS.get(error['type'], error['msg'])}"


def _refused(error: ValidationError) -> EdgeError:
    errors: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    reason = Reason.MISSING_PARAMETER if errors[0]["type"] == "missing" else Reason.BAD_PARAMETER
    return EdgeError(_BAD_REQUEST, reason, "; ".join(_sentence(one) for one in errors[:_ERRORS_NAMED]))


def parse(model: type[ModelT], body: bytes) -> ModelT:
    """Read `body`, whose size is bounded already, as `model`. The JSON parser bounds the depth (200) before it builds anything.

    Raises:
        EdgeError: 400; malformed JSON, or a field that is missing, unknown or wrong, named by its path.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _refused(error) from None
