"""What the REST edge asks about a file or a paper that somebody presents. Clause 8.3. Part of `node.ports.services`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from federation.model.application import Holder
from federation.model.info_verification import Claim
from node.ports.retrieving import Named
from node.ports.services import Caller


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VerifiedFile:
    """What became of a presented file. `result` and `message` as REQUIREMENTS §3.6 has them; `problem` says why it cannot be read."""

    exchange_id: str
    result: int
    message: str
    problem: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoForm:
    """What somebody presents of one certificate: `holder` with the name as presented, and claims (see `InfoQuery`). `key` as elsewhere.

    `identifier` and `province` "" where they are not known.
    """

    apply_id: str
    holder: Holder
    type_code: str
    number: str = field(repr=False)
    identifier: str = field(default="", repr=False)
    province: str = ""
    basic: tuple[Claim, ...] = ()
    surface: tuple[Claim, ...] = ()
    key: str = ""

    @property
    def named(self) -> Named:
        """The certificate by holder, type and number."""
        return Named(holder=self.holder, type_code=self.type_code, number=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedInfo:
    """What became of presented data: a code of REQUIREMENTS §3.6. `province` said so; "" where none has such a certificate.

    `disputed`: somebody objects to what was issued (异议中).
    """

    exchange_id: str
    province: str
    result: int
    message: str
    disputed: bool = False


class FileVerification(Protocol):
    """S8: the verification service for files."""

    async def verify(self, caller: Caller, content: bytes, type_code: str) -> VerifiedFile:
        """Verify a presented file; `type_code` "" for any type."""


class InfoVerification(Protocol):
    """S8: the verification of certificate data."""

    async def verify_info(self, caller: Caller, form: InfoForm) -> VerifiedInfo:
        """Have presented data compared with what was issued, by the province that holds it."""
