"""Fakes of the services for consents and handles, with the rules of their ports. Nothing here is a test."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from federation.model.application import Holder
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError
from node.ports.consenting import CheckedHolder, ConsentForm, ConsentInquiry, TakenConsent
from node.ports.services import Caller
from trust.consent import Channel, Consent, Mode

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
CONSENT = Consent(
    id="C-1",
    province="320000",
    channel=Channel.HOME,
    mode=Mode.HOLDER,
    grantor="ab" * 32,
    delegate="",
    grantee_province="330000",
    grantee_unit="11330000DEMA00216X",
    item="item-7",
    types=("MINING",),
    outputs=("FILE",),
    fields=(),
    since=NOW.isoformat(),
    until=(NOW + timedelta(days=1)).isoformat(),
    taken=NOW.isoformat(),
    expression="",
    operator="",
)
TAKEN = TakenConsent(consent_id="C-1", document=b'{"payload":"e30="}', state="IN_FORCE", consent=CONSENT)
ELSEWHERE = "0e" * 16  # a consent's id, of none that is held here
HANDLE = "5d" * 32
SILENT = Refusal(reason=Reason.PEER_TIMEOUT)


@dataclass(kw_only=True)
class FakeConsents:
    """Takes every consent; takes back and shows the one there is, and orders that another province's counts no more."""

    asked: list[tuple[Caller, object, str]] = field(default_factory=list)

    async def give(self, caller: Caller, form: ConsentForm, key: str) -> TakenConsent:
        self.asked.append((caller, form, key))
        return TAKEN

    async def revoke(self, caller: Caller, asked: ConsentInquiry) -> TakenConsent | None:
        self.asked.append((caller, asked, ""))
        if asked.consent_id == ELSEWHERE:
            return None
        if asked.consent_id != TAKEN.consent_id:
            raise RefusedError(Reason.NO_RECORD, "consentId: no such consent of this holder")
        return replace(TAKEN, state="REVOKED")

    async def show(self, caller: Caller, asked: ConsentInquiry) -> tuple[TakenConsent, ...]:
        self.asked.append((caller, asked, ""))
        return (TAKEN,) if asked.consent_id in ("", TAKEN.consent_id) else ()


@dataclass(kw_only=True)
class FakeHolders:
    """One handle, of one line system, for the last holder that was checked."""

    held: dict[tuple[str, str], Holder] = field(default_factory=dict)
    refusal: Refusal | None = None

    async def check(self, caller: Caller, holder: Holder) -> CheckedHolder:
        self.held[caller.app_id, HANDLE] = holder
        return CheckedHolder(
            handle=HANDLE,
            expires_at=NOW + timedelta(days=1),
            minted_by="110000" if self.refusal is None else "320000",
            home="110000",
            outcome="OK" if self.refusal is None else "TIMEOUT",
            refusal=self.refusal,
            exchange_id="E-9",
        )

    async def holder(self, caller: Caller, handle: str) -> Holder:
        held = self.held.get((caller.app_id, handle))
        if held is None:
            raise RefusedError(Reason.HANDLE_UNKNOWN, "certificateHolderHandle: none of yours in force")
        return held
