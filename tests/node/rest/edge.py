"""A REST edge with fakes behind it: what the tests of this folder share. The fakes keep the contracts of `node.ports.services`."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from aiohttp.test_utils import TestClient, TestServer

from federation.model.application import Application, Output, Result, Verdict
from federation.model.refusal import Reason, Refusal
from federation.model.search import (
    FusedAnswer,
    Item,
    MergedItem,
    Outcome,
    ProvinceOutcome,
    completeness,
)
from federation.proof_bundle import BundleVerdict, Check, Finding, State
from federation.receipt import Receipt
from node import logs
from node.errors import RefusedError, UnknownDownloadError
from node.ports.explaining import CheckResult, Explained, Explanation, Question
from node.ports.proving import Made
from node.ports.retrieving import Offer, ReceivedData, ReceivedFile, RetrieveForm
from node.ports.services import ApplicationForm, Caller, OpenedUse, ProvinceVerdict, SearchForm, Submitted, UseForm
from node.ports.verifying import InfoForm, VerifiedFile, VerifiedInfo
from node.rest.app import make_app
from node.rest.auth import App
from node.rest.limits import Limits
from tests.node.rest.holding import FakeConsents, FakeHolders
from tests.node.rest.objecting import FakeObjecting
from tests.node.rest.telling import FakeHolderUses
from tests.node.rest.timelines import FakeTimelines
from trust import gm
from trust.envelope import LogProof
from trust.ofd import UsageTerms

PROVINCE = "320000"
TOKEN = "a-token-of-the-tests"
OTHER_TOKEN = "another-token-of-the-tests"
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
HOLDER_CODE = "11010519491231002X"  # the sample of GB 11643
HOLDER_NAME = "欧阳测试"
IDENTIFIER = "1.2.156.3005.2.11100000MB03271699022.11310000MB2F056267.20240501000000000001.001.4"
CALLER = Caller(app_id="hall", use_org_code="11320000000000000A", use_org_name="江苏省测试大厅")
APPS = (
    App(app_id="hall", token_sm3_hex=gm.sm3(TOKEN.encode()).hex(), caller=CALLER),
    App(
        app_id="kiosk",
        token_sm3_hex=gm.sm3(OTHER_TOKEN.encode()).hex(),
        caller=Caller(app_id="kiosk", use_org_code="B", use_org_name="亭"),
    ),
)
BEARER = {"Authorization": f"Bearer {TOKEN}"}

APPLY_DATA: dict[str, Any] = {
    "useListId": "UL-1",
    "itemCode": "item-7",
    "itemName": "采矿权变更",
    "businessCode": "b-1",
    "bizNum": "",
    "operator": {"account": "zhang", "name": "张三丰", "role": "窗口", "division": "一科", "terminal": "t-1"},
    "holderName": HOLDER_NAME,
    "holderCode": HOLDER_CODE,
    "holderTypeCode": "111",
    "certificateTypeCodes": ["MINING"],
    "useCause": "办理采矿权变更",
    "authMode": "DUTY",
    "wantedOutputs": ["FILE", "DATA"],
    "wantedFields": ["name"],
}
SEARCH_DATA: dict[str, Any] = {
    "applyId": "A-1",
    "certificateHolderCode": HOLDER_CODE,
    "certificateHolderTypeCode": "111",
    "certificateHolderName": HOLDER_NAME,
}
FILE_DATA: dict[str, Any] = {"applyId": "A-1", "certificateID": IDENTIFIER}
VERIFY_DATA: dict[str, Any] = {"certTypeCode": "MINING", "content": "T0ZE"}
TERMS = UsageTerms(
    creator="浙江省",
    cause="办理采矿权变更",
    using_unit="江苏省测试大厅",
    exchange_id="E-3",
    created=NOW,
    expires=NOW + timedelta(days=30),
)
CURRENT = "/elc/v1/apply/verify"
APPLY, SEARCH, FILE, DATA, VERIFY = (
    "/elc/v1/apply/submit",
    "/elc/v1/search",
    "/elc/v1/retrieve/file",
    "/elc/v1/retrieve/data",
    "/elc/v1/verify/file",
)
BATCH = "/elc/v1/retrieve/batch"
BATCH_DATA: dict[str, Any] = {"applyId": "A-1", "items": [{"certificateID": IDENTIFIER, "outputs": ["FILE"]}]}
INFO = "/elc/v1/verify/info"
INFO_DATA: dict[str, Any] = {
    "applyId": "A-1",
    "certTypeCode": "MINING",
    "certData": {"holderCode": HOLDER_CODE, "holderTypeCode": "111", "holder": HOLDER_NAME, "certNo": "C-1"},
}
GOOD = {
    APPLY: APPLY_DATA,
    SEARCH: SEARCH_DATA,
    FILE: FILE_DATA,
    DATA: FILE_DATA,
    VERIFY: VERIFY_DATA,
    BATCH: BATCH_DATA,
    INFO: INFO_DATA,
    "/elc/v1/search/receipt": {"exchangeId": "E-2"},
    "/elc/v1/search/batch": {"searches": [SEARCH_DATA]},
    "/elc/v1/use": APPLY_DATA,
    "/elc/v1/holder/uses": {"holderCode": HOLDER_CODE, "holderTypeCode": "111", "place": "HOME"},
}


def item(number: int, status: str = "VALID") -> MergedItem:
    """A certificate as searches name it."""
    found = Item(
        identifier=f"ID.{number}",
        name="采矿许可证",
        type_name="采矿许可证",
        type_code="MINING",
        number=f"C-{number}",
        area_code="330100",
        issuer_name="浙江省自然资源厅",
        issuer_code="X",
        issued="2024-05-01",
        valid_from="2024-05-01",
        valid_until="",
        status=status,
    )
    return MergedItem(item=found, provinces=("330000", "340000"))


def outcome(
    province: str, what: Outcome, reason: Reason | None = None, *, truncated: bool = False, by: str = ""
) -> ProvinceOutcome:
    """One line of a completeness receipt."""
    refusal = None if reason is None else Refusal(reason=reason, by=by)
    return ProvinceOutcome(province=province, outcome=what, refusal=refusal, elapsed_ms=7, truncated=truncated)


EXPLANATION = Explanation(
    allowed=False,
    consumer=PROVINCE,
    use_list_id="L1",
    line_version=2,
    uselist_version=7,
    own=Explained(province="", allowed=True, checks=(CheckResult(check="LINE", title="清单", state="PASS"),)),
    provinces=(
        Explained(
            province="330000",
            allowed=False,
            checks=(
                CheckResult(
                    check="DECISION",
                    title="审定",
                    state="STOP",
                    refusal=Refusal(reason=Reason.USE_LIST_UNDECIDED, detail="L1"),
                    who="供证省 330000 的清单管理员",
                ),
            ),
        ),
    ),
)


NOWHERE = Refusal(reason=Reason.NO_RECORD)


@dataclass(kw_only=True)
class FakeServices:
    """All services in one: notes what it is asked, answers what the test laid down."""

    spool: Path
    items: int = 3
    status: str = "VALID"  # of the second item
    outcomes: tuple[ProvinceOutcome, ...] = (outcome("330000", Outcome.OK), outcome("340000", Outcome.EMPTY))
    refuse: Exception | None = None
    refuse_only: dict[str, Exception] = field(default_factory=dict)  # by identifier, or by the application of a search
    hold: asyncio.Event | None = None
    stop: Refusal | None = None
    absent: Refusal = NOWHERE
    cuts: list[str] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    content: bytes = b"OFD bytes"
    asked: list[tuple[Caller, object]] = field(default_factory=list)
    open_files: set[Path] = field(default_factory=set)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    spooled_as: Path | None = None
    numbers: Iterator[int] = field(default_factory=count)
    addresses: dict[str, tuple[str, ReceivedFile]] = field(default_factory=dict)
    submitted: Submitted | None = None

    async def _enter(self, caller: Caller, form: object) -> None:
        self.asked.append((caller, form))
        self.entered.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.refuse is not None:
            raise self.refuse
        name = form.identifier if isinstance(form, RetrieveForm) else getattr(form, "apply_id", "")
        if name in self.refuse_only:
            raise self.refuse_only[name]

    async def own(self, caller: Caller, question: Question) -> list[Explanation]:
        await self._enter(caller, question)
        return [EXPLANATION]

    async def submit(self, caller: Caller, form: ApplicationForm) -> Submitted:
        await self._enter(caller, form)
        application = Application(
            apply_id="A-1",
            use_list_id=form.use_list_id,
            use_list_version=4,
            use_org_code=caller.use_org_code,
            use_org_name=caller.use_org_name,
            operator=form.operator,
            use_cause=form.use_cause,
            item_code=form.item_code,
            item_name=form.item_name,
            business_code=form.business_code,
            biz_num=form.biz_num,
            app_id=caller.app_id,
            holder=form.holder,
            type_codes=form.type_codes,
            auth_mode=form.auth_mode,
            outputs=form.outputs,
            fields=form.fields,
            requested_at=NOW,
        )
        self.submitted = Submitted(
            application=application, exchange_id="E-1", expires_at="2026-03-02T00:00:00+00:00", verdicts=self.verdicts()
        )
        return self.submitted

    async def current(self, caller: Caller, apply_id: str) -> Submitted:
        await self._enter(caller, apply_id)
        assert self.submitted is not None, "submit first"
        return replace(self.submitted, exchange_id="E-6")

    def verdicts(self) -> tuple[ProvinceVerdict, ...]:
        passed = Verdict(
            apply_id="A-1",
            provider="330000",
            result=Result.PASS,
            reasons=(),
            type_codes=("MINING",),
            outputs=(Output.FILE,),
            fields=("name",),
            use_code="secret-use-code",
            expires_at=NOW,
        )
        late = Refusal(reason=Reason.PEER_TIMEOUT)
        return (
            ProvinceVerdict(province="330000", outcome="OK", verdict=passed),
            ProvinceVerdict(province="340000", outcome="TIMEOUT", refusal=late),
        )

    async def fused(self, caller: Caller, form: SearchForm) -> FusedAnswer:
        await self._enter(caller, form)
        return FusedAnswer(
            exchange_id="E-2",
            completeness=completeness(self.outcomes),
            items=tuple(item(number, self.status if number == 1 else "VALID") for number in range(self.items)),
            outcomes=self.outcomes,
            elapsed_ms=12,
        )

    async def open(self, caller: Caller, form: UseForm) -> OpenedUse:
        submitted = await self.submit(caller, form.application)
        asked = SearchForm(apply_id="A-1", holder=form.application.holder)
        found = await self.fused(caller, asked)
        return OpenedUse(application=submitted.application, found=found, absent=self.absent)

    async def receipt(self, exchange_id: str, caller: Caller | None = None) -> Receipt:
        assert caller is not None
        await self._enter(caller, exchange_id)
        proof = LogProof(entry=b"{}", index=7, path=(bytes(32),), checkpoint=b"note")
        return Receipt(consumer=PROVINCE, exchange_id=exchange_id, requests=(proof,), answered=proof)

    async def make(
        self, exchange_id: str, *, contents: bool = True, file: bytes = b"", caller: Caller | None = None
    ) -> Made:
        assert caller is not None
        await self._enter(caller, (exchange_id, contents, file))
        finding = Finding(check=Check.LOGS, state=State.PASSED, zh="条目均在其日志中", en="entries stand in their logs")
        verdict = BundleVerdict(sm3="5c" * 32, size=3, findings=(finding,))
        return Made(bundle=b"zip", verdict=verdict)

    async def file(self, caller: Caller, form: RetrieveForm) -> ReceivedFile:
        await self._enter(caller, form)
        path = self.spooled_as or self.spool / f"spooled-{next(self.numbers)}"
        if self.spooled_as is None:
            path.write_bytes(self.content)
        self.open_files.add(path)
        return ReceivedFile(
            exchange_id="E-3",
            identifier=form.identifier,
            province="330000",
            path=path,
            size=path.stat().st_size,
            sm3="5" * 64,
            original_sm3="6" * 64,
            format=form.file_format.upper(),
            verdict="VALID",
            terms=None if form.original else TERMS,
            apply_id=form.apply_id,
            pages=0 if form.file_format == "ofd" else 2,
            stopped=lambda: self.stop,
        )

    async def data(self, caller: Caller, form: RetrieveForm) -> ReceivedData:
        await self._enter(caller, form)
        face = {"certificateName": "采矿许可证", "certificateHolder": HOLDER_NAME, "issueDate": None}
        return ReceivedData(
            exchange_id="E-4", identifier=form.identifier, province="330000", data=face, mask_digest="7" * 64
        )

    async def verify(self, caller: Caller, content: bytes, type_code: str) -> VerifiedFile:
        await self._enter(caller, (content, type_code))
        return VerifiedFile(
            exchange_id="E-5", result=1, message="电子印章或签名核验未通过", problem="", report={"verdict": "UNSIGNED"}
        )

    async def offer(self, caller: Caller, received: ReceivedFile) -> Offer:
        token = f"token-{len(self.addresses)}"
        kept = self.spool / token
        kept.write_bytes(received.path.read_bytes())
        self.addresses[token] = (caller.app_id, replace(received, path=kept))
        return Offer(token=token, expires_at=NOW + timedelta(seconds=600))

    async def take(self, caller: Caller, token: str) -> ReceivedFile:
        await self._enter(caller, token)
        app_id, received = self.addresses.get(token, ("", None))
        if received is None or app_id != caller.app_id:
            raise UnknownDownloadError(Reason.DOWNLOAD_SPENT)
        if not received.path.exists() or received.path in self.open_files:
            raise RefusedError(Reason.DOWNLOAD_SPENT, "used")
        self.open_files.add(received.path)
        return received

    async def done(self, received: ReceivedFile) -> None:
        self.release(received)

    async def verify_info(self, caller: Caller, form: InfoForm) -> VerifiedInfo:
        await self._enter(caller, form)
        return VerifiedInfo(exchange_id="E-6", province="330000", result=7, message="部分信息不正确")

    async def cut(self, received: ReceivedFile) -> None:
        if received.stopped() is not None:
            self.cuts.append(received.exchange_id)

    def release(self, received: ReceivedFile) -> None:
        assert received.path in self.open_files, "a file is released once, and only a file that was handed out"
        self.open_files.remove(received.path)
        received.path.unlink()
        self.released.set()


Client = TestClient[Any, Any]


@asynccontextmanager
async def edge(services: FakeServices, *, limits: Limits | None = None, **options: Any) -> AsyncIterator[Client]:
    """A running edge over `services`, and a client of it."""
    ids = count(1)
    app = make_app(
        province=PROVINCE,
        apps=APPS,
        applications=services,
        verdicts=services,
        consents=options.pop("consents", FakeConsents()),
        holders=options.pop("holders", FakeHolders()),
        holder_uses=options.pop("holder_uses", FakeHolderUses()),
        objecting=options.pop("objecting", FakeObjecting()),
        search=services,
        receipts=services,
        proofs=services,
        uses=services,
        retrieval=services,
        downloads=services,
        verification=services,
        info_verification=services,
        explaining=services,
        timelines=options.pop("timelines", FakeTimelines()),
        clock=lambda: NOW,
        new_id=lambda: f"made-{next(ids)}",
        limits=limits or Limits(),
        **options,
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def message(data: object, **head: str) -> dict[str, object]:
    """A request message."""
    return {"head": head, "data": data}


@contextmanager
def logged(level: str = "DEBUG") -> Iterator[io.StringIO]:
    """Everything that is logged, as text."""
    stream = io.StringIO()
    with logs_restored():
        logs.configure(level, "json", stream=stream)
        yield stream


@contextmanager
def logs_restored() -> Iterator[None]:
    """Leave the logging of the process as it was."""
    root, access, server = logging.getLogger(), logging.getLogger("aiohttp.access"), logging.getLogger("aiohttp.server")
    before = root.handlers[:], root.level, access.disabled, server.filters[:], structlog.get_config()
    try:
        yield
    finally:
        root.handlers[:], access.disabled, server.filters[:] = before[0], before[2], before[3]
        root.setLevel(before[1])
        structlog.configure(**before[4])


def rows(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines of `stream` as objects."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def refused(reason: Reason, detail: str = "", retry_after_s: int = 0) -> RefusedError:
    """A refusal by a use-case."""
    return RefusedError(reason, detail, retry_after_s=retry_after_s)
