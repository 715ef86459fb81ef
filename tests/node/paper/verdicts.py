"""Verdicts of bundles, as their verification finds them. Nothing here is a test."""

from dataclasses import replace
from typing import Any

from federation.proof_bundle import BundleVerdict, Check, EntryFact, Finding, Membership, PartRow, State, Use

NAMES = {"310000": "上海市", "320000": "江苏省", "330000": "浙江省", "340000": "安徽省"}
SM3 = "5a" * 32
USE = Use(
    exchange="320000-00000042",
    apply_id="320000-00000007",
    consumer="320000",
    provider="330000",
    certificate="1.2.156.3005.2.11320000DEMA00216X001.1.1.0",
    certificate_type="采矿许可证",
    output="DATA",
    outcome="OK",
    asked="2026-11-28T05:06:31+00:00",
    answered="2026-11-28T05:06:31.120+00:00",
    received="2026-11-28T05:06:31.400+00:00",
    fields=("KZ_KIND", "KZ_NAME"),
    use_list="JS-0001",
    use_list_version=3,
    publication_version=12,
    use_org_code="11320000DEMA00216X",
    use_org_name="江苏样例大厅",
    item_code="ITEM-1",
    item_name="样例事项",
    biz_num="2026-1",
    use_cause="办理样例事项核验证照",
    operator="经办人周甲",
    holder_name="样例矿业有限公司",
    opened=frozenset({"application", "verdict", "data"}),
)
ENTRIES = tuple(
    EntryFact(
        part=f"entries/{province}-{step}.tlog-proof",
        province=province,
        type="RETRIEVE",
        step=step,
        exchange=USE.exchange,
        index=1041 + number,
        time=f"2026-11-28T05:06:3{number}+00:00",
        size=2048,
        root=SM3,
        key_id=SM3,
        witnessed=(("310000", "2026-11-28T05:07:00+00:00"), ("340000", "2026-11-28T05:07:02+00:00")),
    )
    for number, (province, step) in enumerate([("320000", "asked"), ("330000", "answered"), ("320000", "received")])
)
PASSED = BundleVerdict(
    sm3=SM3,
    size=48_213,
    findings=tuple(
        Finding(
            check=one,
            state=State.ABSENT if one is Check.CONSENT else State.PASSED,
            zh=f"{one.value} 的各项要求均已满足",
            en="holds",
        )
        for one in Check
    ),
    parts=tuple(PartRow(name=f"part-{number}", size=100, sm3=SM3, what="entry", zh="存证条目") for number in range(20)),
    entries=ENTRIES,
    membership=Membership(
        trusted=SM3, trusted_version=1, first=1, last=3, issued="2026-11-01T00:00:00+00:00", names=NAMES
    ),
    use=USE,
    made_by="320000",
    made_at="2026-11-28T06:00:00+00:00",
)


def failed(check: Check = Check.LOGS, part: str = "entries/330000.tlog-proof", **changes: Any) -> BundleVerdict:
    """The same with one check that failed, and nothing known behind it."""
    bad = Finding(check=check, state=State.FAILED, part=part, zh="条目不在该省日志中", en="not in the log")
    findings = tuple(bad if one.check is check else one for one in PASSED.findings)
    return replace(PASSED, **{"findings": findings, **changes})


LARGE = replace(
    PASSED,
    entries=ENTRIES * 30,
    use=replace(USE, use_cause="很长的用证事由" * 60, fields=tuple(f"COLUMN_{number}" for number in range(200))),
    findings=tuple(replace(one, zh="很长的说明" * 60) for one in PASSED.findings),
)
EMPTY = BundleVerdict(
    sm3=SM3,
    size=12,
    findings=(
        Finding(check=Check.CONTAINER, state=State.FAILED, zh="不是证明包", en="not a bundle"),
        *(Finding(check=one, state=State.UNCHECKED, zh="未能核验", en="unchecked") for one in list(Check)[1:]),
    ),
)
