"""Would it be allowed: the question, and every check's answer. Clause 7.3. Part of `node.ports.services`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from federation.model.application import AuthMode, Holder, Kind, Output
from federation.model.refusal import Refusal
from node.ports.services import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that somebody thinks of making. What is None is taken from the line, or not asked at all (operator, system, holder)."""

    use_list_id: str | None = None
    use_list_version: int | None = None
    use_org_code: str | None = None
    app_id: str | None = None
    operator: str | None = field(default=None, repr=False)
    item_code: str | None = None
    business_code: str | None = None
    type_codes: tuple[str, ...] | None = None
    auth_mode: AuthMode | None = None
    outputs: tuple[Output, ...] | None = None
    fields: tuple[str, ...] | None = None
    holder: Holder | None = None
    consent: bytes | None = field(default=None, repr=False)
    delegate: Holder | None = None
    kind: Kind = Kind.PER_USE


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of clause 7.3: `state` is PASS, STOP, NOT_REACHED or NOT_ASKED; `who` (zh) can change a STOP."""

    check: str
    title: str
    state: str
    refusal: Refusal | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What a province's checks say, and on which versions: of the line, of the publications. `province` "" is the consumer's own part.

    `review`: where they let it pass, a person there decides before it is admitted.
    """

    province: str
    allowed: bool
    checks: tuple[CheckResult, ...]
    decision: str = ""
    catalogue_version: int = 0
    decisions_version: int = 0
    type_codes: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether a request would be allowed, by which version of which line. `own` is the consumer's part (None at a provider).

    `assumed` names what was taken from the line because the question did not say it.
    """

    allowed: bool
    consumer: str
    use_list_id: str
    line_version: int
    uselist_version: int
    own: Explained | None
    provinces: tuple[Explained, ...]
    assumed: tuple[str, ...] = ()


class Explaining(Protocol):
    """The dry run of clause 7: nothing is counted, kept or sent."""

    async def own(self, caller: Caller, question: Question) -> Sequence[Explanation]:
        """Would a request of this line system be allowed; by line, or by every line that fits where the question names none."""
