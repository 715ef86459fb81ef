"""Applications, verdicts and spent uses as the store keeps them. Clause 7. Part of `node.ports.store`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApplication:
    """An application this node's counter made. `sealed` is the application under the node's storage key, b"" once erased."""

    apply_id: str
    app_id: str
    holder_digest: str
    sealed: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVerdict:
    """A verdict PASS this node gave a consumer. Lists are as in the verdict; `use_code_digest` is the SM3 (hex) of the use code.

    `operator` is the operator as stop orders name them: a digest of the account. `consent_province` took the holder's consent that the
    verdict rests on, `consent_id` names it, `consent_key` (a key id) signed it, `consent_home` is its holder's home province; all "" where
    it rests on none. `period` counts the verdicts of a standing application from 0.
    """

    consumer: str
    apply_id: str
    holder_digest: str
    type_codes: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    use_code_digest: str
    use_org_code: str
    use_org_name: str
    item_code: str
    item_name: str
    use_cause: str
    expires_at: datetime
    use_list_id: str = ""
    line_version: int = 0
    operator: str = ""
    consent_province: str = ""
    consent_id: str = ""
    consent_key: str = ""
    consent_home: str = ""
    period: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedVerdict:
    """The verdict a provider gave this node. `reason` is "" on PASS, and `detail` what was said with it. Lists are as in the verdict."""

    apply_id: str
    provider: str
    result: str
    reason: str
    detail: str
    type_codes: tuple[str, ...]
    use_code: str = field(repr=False)
    expires_at: datetime
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What an exchange of ours began with: the province, its use code, and until when that code holds."""

    provider: str
    use_code: str = field(repr=False)
    until: datetime


class Applications(Protocol):
    """Applications of this consumer, verdicts in both directions, and what was spent."""

    def put_own(self, application: OwnApplication) -> None:
        """Keep an application; apply ids are unique (StoreError otherwise)."""

    def own(self, apply_id: str) -> OwnApplication | None:
        """An application of ours."""

    def prolong(self, apply_id: str, until: datetime) -> None:
        """Let an application of ours hold until then; one that holds longer is left alone."""

    def put_given(self, verdict: GivenVerdict) -> None:
        """Keep the verdict for (consumer, apply_id); replaces that of the period before, and no other (StoreError)."""

    def given(self, consumer: str, apply_id: str) -> GivenVerdict | None:
        """The verdict we gave."""

    def put_received(self, verdict: ReceivedVerdict) -> None:
        """Keep or replace the verdict of (apply_id, provider)."""

    def received(self, apply_id: str) -> Sequence[ReceivedVerdict]:
        """The verdicts we were given, ordered by provider."""

    def redeem(
        self, *, consumer: str, apply_id: str, period: int, identifier: str, output: str, exchange_id: str
    ) -> str:
        """Spend one use, once: returns the exchange id that holds it, which is `exchange_id` where the use was free or is already ours.

        An exchange makes a use in one period: "", and nothing is spent, where it made this one in another.
        """

    def erase(self, apply_id: str, now: datetime) -> Mapping[str, int]:
        """Forget for good what is kept of an application by this id, ours or a peer's; how much of which kind, {} for nothing.

        "application" is ours, "given" and "received" are verdicts, "found" what searches named. That it was here stays, as do the uses that
        were spent under it; it is in force no longer. The caller puts it on record in the same unit.
        """

    def ended(self, before: datetime, limit: int) -> Sequence[str]:
        """Ids of applications that ended before that time, not erased and not on hold, at most `limit`: for who erases by age."""

    def consumers_of(self, identifier: str) -> Sequence[str]:
        """The provinces that made a use of this certificate, ordered; a use that only verified a number is not one of it."""

    def begin(self, exchange_id: str, begun: Begun) -> None:
        """Remember for good what an exchange of ours began with; one that has begun is left alone."""

    def begun(self, exchange_id: str) -> Begun | None:
        """What an exchange of ours began with."""

    def put_found(self, apply_id: str, found: Iterable[tuple[str, str]]) -> None:
        """Remember (identifier, province) pairs that a search under this application named."""

    def found(self, apply_id: str, identifier: str) -> Sequence[str]:
        """The provinces that named this identifier, ordered."""
