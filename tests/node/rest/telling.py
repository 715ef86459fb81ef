"""A fake of the holder's log behind the REST edge, with the rules of its port. Nothing here is a test."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from federation.holder_uses import Contradiction, Kind, UsesReceipt
from federation.model.holder_uses import Role, UseFacts
from federation.model.refusal import Reason
from federation.model.search import Completeness, Outcome, ProvinceOutcome
from node.errors import RefusedError
from node.ports.holder_uses import HolderUse, UsesForm, UsesTold, What
from node.ports.services import Caller
from trust.envelope import LogProof

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
PROOF = LogProof(entry=b"{}", index=1, path=(), checkpoint=b"note")
FACTS = UseFacts(
    consumer="320000",
    provider="330000",
    use_org_code="U",
    use_org_name="样例大厅",
    item_code="I",
    item_name="样例事项",
    use_cause="样例用途",
    certificate="1.2.…0001.1",
    type_code="MINING",
    type_name="采矿许可证",
    output="DATA",
)
MISSED = Contradiction(
    province="340000",
    exchange_id="E-7",
    kind=Kind.OMITTED,
    accuser="330000",
    role=Role.PROVIDER,
    index=12,
    certain=False,
)


@dataclass(kw_only=True)
class FakeHolderUses:
    """Three uses; `found` is who left something out, and one province may be silent."""

    found: tuple[Contradiction, ...] = ()
    silent: bool = False
    refuse: RefusedError | None = None
    asked: list[tuple[Caller, UsesForm]] = field(default_factory=list)

    async def ask(self, caller: Caller, form: UsesForm) -> UsesTold:
        self.asked.append((caller, form))
        if self.refuse is not None:
            raise self.refuse
        if form.exchange_id not in ("", "E-9"):
            raise RefusedError(Reason.NO_RECORD, "exchangeId: no answer to this asking is held any more; ask again")
        last = Outcome.TIMEOUT if self.silent else Outcome.EMPTY
        whole = not self.silent and not self.found
        return UsesTold(
            exchange_id="E-9",
            completeness=Completeness.COMPLETE if whole else Completeness.INCOMPLETE,
            outcomes=tuple(
                ProvinceOutcome(province=code, outcome=word, refusal=None, elapsed_ms=7)
                for code, word in (("320000", Outcome.OK), ("330000", Outcome.OK), ("340000", last))
            ),
            uses=tuple(
                HolderUse(
                    exchange_id=f"E-{number}",
                    what=What.USE,
                    at=NOW,
                    facts=FACTS,
                    said_by=(("320000", Role.CONSUMER), ("330000", Role.PROVIDER)),
                    told=number != 0,
                )
                for number in range(3)
            ),
            found=self.found,
            receipt=UsesReceipt(asker="320000", exchange_id="E-9", requests=(PROOF,), answered=PROOF),
            elapsed_ms=9,
        )
