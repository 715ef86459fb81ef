"""Use codes as a state machine: whatever is applied for, redeemed, repeated, stopped and restarted, a small model knows the answer.

The model has no messages, no store and no seals: only who got which verdict until when, in which period, which exchange has which use, and
what each was told.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from federation.model.application import Application, Kind, Result, Verdict
from federation.model.refusal import Reason
from federation.model.retrieval import DataAnswer
from node.errors import RefusedError
from node.library.record import CertificateRecord
from node.ports.store import Nouns, Store
from node.usecases.applying.verification import APPLICATION_LIFETIME
from node.usecases.exchange import ANSWER_KEPT
from tests.node.usecases.listed import LINE
from tests.node.usecases.redeeming import (
    HELD,
    MISSING,
    SOMEBODYS,
    Clock,
    Consumer,
    ZhejiangNode,
    furnished,
    opened,
    query,
    restarted,
    wanted,
    word,
)
from tests.node.usecases.stopping import lifted, stopped

MINUTE = timedelta(minutes=1)
STANDS = timedelta(days=20)
WRONG_CODE = "0" * 64
CERTIFICATES = {"held": HELD, "somebody's": SOMEBODYS, "missing": MISSING}


@dataclass
class Told:
    """What an exchange asked, what it was told, and until when that is remembered."""

    apply_id: str
    which: str
    code: str
    answer: str
    kept_until: datetime
    data: bytes = b""


@dataclass
class Model:
    """What is so, in the fewest words."""

    verdict_until: dict[str, datetime] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    uses: dict[tuple[str, str], str] = field(default_factory=dict)
    """By application and code, which is the period's: the exchange that made the use."""

    told: dict[str, Told] = field(default_factory=dict)
    is_stopped: bool = False

    def decides(self, now: datetime, exchange: str, apply_id: str, which: str, code: str) -> str:
        """What a first wish is told. Permission, then existence, then the use: one for a period, and one for an exchange."""
        if now > self.verdict_until[apply_id] or code != self.code[apply_id]:
            return Reason.USE_CODE_SPENT
        if self.is_stopped:
            return Reason.LINE_STOPPED
        if which != "held":
            return Reason.NO_RECORD
        if any(made == exchange and use != (apply_id, code) for use, made in self.uses.items()):
            return Reason.USE_CODE_SPENT
        return "granted" if self.uses.setdefault((apply_id, code), exchange) == exchange else Reason.USE_CODE_SPENT


class UseCodes(RuleBasedStateMachine):
    """The provider over SQLite, beside the model."""

    applications = Bundle("applications")
    exchanges = Bundle("exchanges")

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.folder = asyncio.Runner(), TemporaryDirectory()
        self.model, self.clock, self.count = Model(), Clock(), 0
        self.consumer = Consumer(self.clock)
        self.codes: dict[str, Verdict] = {}
        self.every_code: set[str] = set()
        self.wanted: dict[str, Application] = {}
        self.store: Store
        self.node: ZhejiangNode

    @initialize()
    def start(self) -> None:
        self.store = self.runner.run(opened(Path(self.folder.name) / "node.db"))
        self.node = self.runner.run(furnished(self.store, self.clock))

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(target=applications, standing=st.booleans())
    def apply(self, *, standing: bool) -> Any:
        apply_id = self._new("a")
        self.wanted[apply_id] = wanted(
            apply_id,
            kind=Kind.STANDING if standing else Kind.PER_USE,
            valid_until=self.clock.now + STANDS if standing else None,
            requested_at=self.clock.now,
        )
        if standing:
            self.model.standing.add(apply_id)
        verdict = self._verdict(apply_id)
        assert verdict.result is (Result.REJECT if self.model.is_stopped else Result.PASS)
        if self.model.is_stopped:
            assert (verdict.reasons[0].reason, verdict.use_code) == (Reason.LINE_STOPPED, "")
            return multiple()
        self._begins(apply_id, verdict)
        return apply_id

    @rule(apply_id=applications)
    def apply_again(self, apply_id: str) -> None:
        verdict = self._verdict(apply_id)
        over = self.model.verdict_until[apply_id] < self.clock.now
        if self.model.is_stopped:
            assert verdict.reasons[0].reason is Reason.LINE_STOPPED
        elif over and apply_id in self.model.standing:
            assert verdict.use_code not in {"", *self.every_code}, "the next period has a code of its own"
            self._begins(apply_id, verdict)
        else:
            assert verdict == self.codes[apply_id], "the same code, and no longer time"

    def _begins(self, apply_id: str, verdict: Verdict) -> None:
        """A period begins."""
        assert verdict.result is Result.PASS
        self.codes[apply_id] = verdict
        self.every_code.add(verdict.use_code)
        self.model.code[apply_id] = verdict.use_code
        self.model.verdict_until[apply_id] = self.clock.now + APPLICATION_LIFETIME

    @rule(target=exchanges, apply_id=applications)
    def redeem(self, apply_id: str) -> str:
        return self._redeemed(apply_id, "held", good_code=True)

    @rule(target=exchanges, apply_id=applications, which=st.sampled_from(sorted(CERTIFICATES)), good_code=st.booleans())
    def redeem_what_may_be_wrong(self, apply_id: str, which: str, *, good_code: bool) -> str:
        return self._redeemed(apply_id, which, good_code=good_code)

    @rule(target=exchanges, apply_id=applications)
    def redeem_at_two_counters(self, apply_id: str) -> Any:
        return multiple(*(self._redeemed(apply_id, "held", good_code=True) for _ in range(2)))

    @rule(exchange=exchanges)
    def repeat(self, exchange: str) -> None:
        """The same wish in the same exchange, sealed anew."""
        before = self.model.told[exchange]
        self._ask(exchange, before.apply_id, before.which, before.code)

    @rule(exchange=exchanges)
    def repeat_under_the_code_of_today(self, exchange: str) -> None:
        """The same wish in the same exchange, under the code of the period that runs by now."""
        before = self.model.told[exchange]
        self._ask(exchange, before.apply_id, before.which, self.model.code[before.apply_id])

    @rule(exchange=exchanges)
    def come_again_in_a_later_period(self, exchange: str) -> None:
        """When nothing but the use itself is remembered, and the application was submitted again."""
        self.clock.now += ANSWER_KEPT + MINUTE
        self.forget()
        self.apply_again(self.model.told[exchange].apply_id)
        self.repeat_under_the_code_of_today(exchange)

    @rule(exchange=exchanges)
    def replay(self, exchange: str) -> None:
        """The same message, byte for byte, twice."""
        before = self.model.told[exchange]
        envelope = self._envelope(exchange, before.apply_id, before.which, before.code)
        self._heard(exchange, before.apply_id, before.which, before.code, envelope)
        assert self._send(envelope)[0] is Reason.REPLAYED

    @rule(exchange=exchanges, which=st.sampled_from(sorted(CERTIFICATES)))
    def ask_for_another_in_the_same_exchange(self, exchange: str, which: str) -> None:
        before = self.model.told[exchange]
        if which == before.which or self.clock.now > before.kept_until:
            return
        envelope = self._envelope(exchange, before.apply_id, which, before.code)
        expected = Reason.LINE_STOPPED if self.model.is_stopped else Reason.REPLAYED
        assert self._send(envelope)[0] is expected

    @rule(minutes=st.integers(min_value=1, max_value=20))
    def wait(self, minutes: int) -> None:
        self.clock.now += minutes * MINUTE

    @rule()
    def forget(self) -> None:
        """The node forgets nonces and answers that have ended; the use itself stays spent."""
        self.runner.run(self.store.transact(self._purge))
        for exchange, told in self.model.told.items():
            if told.kept_until < self.clock.now:
                self.model.told[exchange] = Told(told.apply_id, told.which, told.code, "", self.clock.now - MINUTE)

    @rule()
    def stop_the_line(self) -> None:
        self.node.stops.set(*stopped(LINE))
        self.model.is_stopped = True

    @rule()
    def lift_the_stop(self) -> None:
        self.node.stops.set(*lifted(LINE))
        self.model.is_stopped = False

    @rule()
    def restart(self) -> None:
        self.runner.run(self.store.close())
        self.store = self.runner.run(opened(Path(self.folder.name) / "node.db"))
        stops, self.node = self.node.stops, restarted(self.store, self.clock)
        if stops:  # orders are loaded at a start: `tests.node.usecases.test_orders`
            self.node.stops.set(*stopped(LINE))

    @invariant()
    def every_use_is_spent_once(self) -> None:
        if self.count:
            assert sorted(self._granted()) == sorted(self.model.uses.values())

    def _redeemed(self, apply_id: str, which: str, *, good_code: bool) -> str:
        exchange = self._new("x")
        self._ask(exchange, apply_id, which, self.model.code[apply_id] if good_code else WRONG_CODE)
        return exchange

    def _ask(self, exchange: str, apply_id: str, which: str, code: str) -> None:
        self._heard(exchange, apply_id, which, code, self._envelope(exchange, apply_id, which, code))

    def _heard(self, exchange: str, apply_id: str, which: str, code: str, envelope: bytes) -> None:
        """Send it, and compare with the model."""
        before, now = self.model.told.get(exchange), self.clock.now
        heard, data = self._send(envelope)
        if before is not None and before.answer and code != before.code:
            assert heard == (Reason.LINE_STOPPED if self.model.is_stopped else Reason.REPLAYED)
            return
        if before is not None and before.answer:
            expected = Reason.LINE_STOPPED if self.model.is_stopped else before.answer
            assert heard == expected
            assert data in (b"", before.data) if self.model.is_stopped else data == before.data
            return
        assert heard == self.model.decides(now, exchange, apply_id, which, code)
        self.model.told[exchange] = Told(apply_id, which, code, str(heard), now + ANSWER_KEPT, data)

    def _send(self, envelope: bytes) -> tuple[str, bytes]:
        try:
            answer: DataAnswer = self.runner.run(self.node.data(envelope))
        except RefusedError as error:
            return error.refusal.reason, b""
        return word(answer), answer.data

    def _envelope(self, exchange: str, apply_id: str, which: str, code: str) -> bytes:
        certificate: CertificateRecord = CERTIFICATES[which]
        return self.consumer.sealed(query(self.codes[apply_id], certificate, use_code=code), exchange)

    def _verdict(self, apply_id: str) -> Verdict:
        return self.runner.run(self.node.verdict(self.consumer.sealed(self.wanted[apply_id], self._new("x-apply"))))

    def _purge(self, nouns: Nouns) -> None:
        while nouns.exchanges.purge(self.clock.now):
            pass

    def _granted(self) -> list[str]:
        """The exchange of every use on record, repeats left out."""
        entries = [json.loads(one.entry) for one in self.store.read.evidence.entries(0, 10_000)]
        uses = [one for one in entries if one["type"] == "RETRIEVE" and "refusal" not in one]
        return [one["exchange"] for one in uses if not one.get("repeated")]

    def _new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count}"


UseCodes.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes: each example opens a store
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestUseCodes = UseCodes.TestCase
