"""What managers' commands look like: JSON bodies and queries of the admin application's lists, bounded and checked. Not the rules."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from federation.model.decision import Ruling
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.usecases.workshop.deciding import Limits, Verdict
from node.usecases.workshop.ending import Which

MAX_COMMAND = 8 << 20  # bytes: 60,000 ids
_MAX_IDS = 60_000
_Id = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=300)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]
_Texts = Annotated[tuple[_Text, ...], Field(max_length=200)]

B = TypeVar("B", bound=BaseModel)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Body):
    """An entry to validate or to draft."""

    entry: dict[str, Any]


class Ids(_Body):
    """Drafts by the ids of their entries; null: all with which the manager may take the step."""

    ids: Annotated[tuple[_Id, ...], Field(max_length=_MAX_IDS)] | None = None


class Drop(_Body):
    """Drafts to forget."""

    ids: Annotated[tuple[_Id, ...], Field(min_length=1, max_length=_MAX_IDS)]


class Seen(Ids):
    """Drafts, with the digests (`content` of a draft in GET) of those that the manager has read, by id: others are refused."""

    seen: Annotated[dict[_Id, _Digest], Field(max_length=_MAX_IDS)] = {}


class Review(Seen):
    """An approval, or a return with its reason."""

    approve: bool
    reason: _Text = ""


class Publish(Seen):
    """What to publish; `submitted`: also what is handed in and not yet reviewed."""

    submitted: bool = False


class Mark(_Body):
    """Entries to suspend, resume or withdraw, by ids or by one code."""

    ids: Annotated[tuple[_Id, ...], Field(max_length=_MAX_IDS)] = ()
    item: _Text = ""
    unit: _Text = ""
    type_code: _Text = ""
    reason: _Text = ""

    def which(self) -> Which:
        """The entries."""
        return Which(ids=self.ids, item=self.item, unit=self.unit, type_code=self.type_code)


class Narrowed(_Body):
    """The limits of a LIMITED ruling."""

    type_codes: _Texts = ()
    output_modes: _Texts = ()
    allowed_fields: _Texts = ()
    daily_limit: Annotated[int, Field(ge=0, le=10**9)] = 0
    rate_per_minute: Annotated[int, Field(ge=0, le=10**9)] = 0
    valid_to: _Text = ""
    review: _Text = ""


class Decide(_Body):
    """A ruling on one line of a consumer; `use_list_id` "": on all that wait."""

    consumer: _Id
    use_list_id: _Text = ""
    line_version: Annotated[int, Field(ge=1)] | None = None
    ruling: Ruling
    reasons: _Texts = ()
    limits: Narrowed = Narrowed()

    def verdict(self) -> Verdict:
        """The ruling as the rules take it."""
        return Verdict(ruling=self.ruling, reasons=self.reasons, limits=Limits(**self.limits.model_dump()))


async def read(request: web.Request, model: type[B]) -> B:
    """The JSON body of a command.

    Raises:
        RefusedError: too large, not JSON, or with members that do not belong there.
    """
    body = await bounded(request.content, MAX_COMMAND)
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(one) for one in first["loc"])
        raise RefusedError(Reason.BAD_PARAMETER, f"{place}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError(Reason.BAD_PARAMETER, "the body is not JSON") from error


async def bounded(content: Any, most: int) -> bytes:
    """What a stream of bytes holds.

    Raises:
        RefusedError: TOO_LARGE.
    """
    body = bytearray()
    while chunk := await content.read(1 << 16):
        body += chunk
        if len(body) > most:
            size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
            raise RefusedError(Reason.TOO_LARGE, f"at most {size}")
    return bytes(body)


def number(query: Mapping[str, str], name: str, default: int | None = None) -> int:
    """A whole number of a query.

    Raises:
        RefusedError: it is missing and has no default, or is none.
    """
    text = query.get(name, "")
    if not text and default is not None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(10**9)):
        raise RefusedError(Reason.BAD_PARAMETER, f"{name}: a whole number")
    return int(text)
