"""Applications to use certificates and the provider's verdict. Clause 7; fields of REQUIREMENTS 7.2 and 7.3.

No checks here: the rules are in `node.usecases.applying.application`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from federation.model.refusal import Refusal

MAX_CONSENT_BYTES = 16_384  # a consent with every list in it full is under 8 KiB


class Output(StrEnum):
    """获取方式: what may be handed out. FILE is a usage copy (加注件); ORIGINAL the issued file, only where a line names it."""

    FILE = "FILE"
    ORIGINAL = "ORIGINAL"
    DATA = "DATA"
    VERIFY = "VERIFY"


class AuthMode(StrEnum):
    """用证模式: on what ground the using unit acts."""

    DUTY = "DUTY"
    HOLDER = "HOLDER"
    ENTRUST = "ENTRUST"


class Kind(StrEnum):
    """申请方式: for one case at the counter, or standing (常用授权): the same application may be submitted again until it ends."""

    PER_USE = "PER_USE"
    STANDING = "STANDING"


class Result(StrEnum):
    """核验结果. PENDING (待核验): the province decides by hand; the same application, sent again, brings the decision."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    REJECT = "REJECT"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """经办人: the real person at the counter. `id_num_token` stands for the ID number, which never travels (C10-2)."""

    account: str = field(repr=False)
    name: str = field(repr=False)
    role: str = ""
    division: str = ""
    terminal: str = ""
    id_num_token: str = field(default="", repr=False)
    division_code: str = ""
    org_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Holder:
    """持证主体 as asked for. Personal data: its repr shows nothing."""

    code: str
    type_code: str
    name: str = ""

    def __repr__(self) -> str:
        return "Holder(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application: the five elements, operator, holder, types and purpose.

    `valid_until` is a standing application's end (None: PER_USE). `consent` is the holder's consent as the exact signed document, at most
    `MAX_CONSENT_BYTES`; b"" for DUTY. `copy_expires` bounds how long usage copies hold (None: the provider's rule).
    `delegate` is the mesh handle of whom the holder sent, for ENTRUST. `salt` is for the commitment of its entries (`model.bound`).
    """

    apply_id: str
    use_list_id: str
    use_list_version: int
    use_org_code: str
    use_org_name: str
    operator: Operator
    use_cause: str
    item_code: str
    item_name: str
    business_code: str
    biz_num: str
    app_id: str
    holder: Holder
    type_codes: tuple[str, ...]
    auth_mode: AuthMode
    outputs: tuple[Output, ...]
    fields: tuple[str, ...]
    requested_at: datetime
    kind: Kind = Kind.PER_USE
    valid_until: datetime | None = None
    consent: bytes = field(default=b"", repr=False)
    copy_expires: datetime | None = None
    delegate: str = field(default="", repr=False)
    salt: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one provider decided. `use_code` is empty where the result is REJECT; `salt` as in `Application`: it makes no other verdict."""

    apply_id: str
    provider: str
    result: Result
    reasons: tuple[Refusal, ...]
    type_codes: tuple[str, ...]
    outputs: tuple[Output, ...]
    fields: tuple[str, ...]
    use_code: str = field(repr=False)
    expires_at: datetime
    salt: bytes = field(default=b"", repr=False, compare=False)
