"""What the verification of a proof bundle found, for whoever prints it; nothing is printed here. Clause 8.5, DESIGN §7.

Every check has one finding, in the order of `Check`, also where it could not be made: a later check that rests on a failed one says so. The
facts are those that the proven entries and the opened contents tell; what is not proven stands in no fact. Texts are for people: `zh` is
what a clerk files, `en` the same for an engineer.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Check(StrEnum):
    """The checks by name, in the order in which they are made."""

    CONTAINER = "container"
    MANIFEST = "manifest"
    MEMBERSHIP = "membership"
    REVOCATION = "revocation"
    SEAL = "seal"
    LOGS = "logs"
    WITNESSES = "witnesses"
    EXCHANGE = "exchange"
    APPLICATION = "application"
    VERDICT = "verdict"
    USE_LIST = "use-list"
    CONSENT = "consent"
    DATA = "data"
    FILE = "file"
    REPORT = "report"


class State(StrEnum):
    """What came of a check. ABSENT: nothing of it is in the bundle, so nothing was checked; NONE: the use has nothing of the kind.

    UNCHECKED: it rests on one that failed.
    """

    PASSED = "PASSED"
    FAILED = "FAILED"
    ABSENT = "ABSENT"
    NONE = "NONE"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: `part` names the part of the zip that failed ("" where none or several); sentences in Chinese and English."""

    check: Check
    state: State
    part: str = ""
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part as the manifest lists it: its name in the zip, bytes, SM3 (hex), what it is (a word of `parts.What`), in Chinese."""

    name: str
    size: int
    sm3: str
    what: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFact:
    """One entry that is shown to stand in a log: whose, which part of the zip, its place and time, and the head it stands under.

    `time` is the log owner's own word (ISO, UTC); `witnessed` says who saw the head and when (province, ISO time, UTC), the earliest first.
    """

    part: str
    province: str
    type: str
    step: str
    exchange: str
    index: int
    time: str
    size: int
    root: str
    key_id: str
    witnessed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """On whose word the keys rest: the fingerprint that the reader brought, and the versions the bundle shows, first to last."""

    trusted: str
    trusted_version: int
    first: int
    last: int
    issued: str
    names: dict[str, str] = field(default_factory=dict)
    """Province names by code, of the newest version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was used, by whom, for what: each "" where neither a proven entry nor an opened content tells.

    `opened` names the contents that stand in the bundle ("application", "verdict", "data"): only then are unit, item, cause, case, operator
    and holder filled. `asked`, `answered` and `received` are ISO times by the entries. `outcome` is the word of the provider's entry: OK,
    or the reason of a refusal; `not_taken` is why the consumer did not take what was answered; `result` is the code of a comparison
    (REQUIREMENTS 3.6: "0" to "7"), "" where nothing was compared.
    """

    exchange: str
    apply_id: str
    consumer: str
    provider: str
    certificate: str = ""
    certificate_type: str = ""
    output: str = ""
    outcome: str = ""
    not_taken: str = ""
    result: str = ""
    asked: str = ""
    answered: str = ""
    received: str = ""
    file_sm3: str = ""
    original_sm3: str = ""
    fields: tuple[str, ...] = ()
    use_list: str = ""
    use_list_version: int = 0
    publication_version: int = 0
    consent_sm3: str = ""
    use_org_code: str = ""
    use_org_name: str = ""
    item_code: str = ""
    item_name: str = ""
    business_code: str = ""
    biz_num: str = ""
    use_cause: str = ""
    operator: str = field(default="", repr=False)
    holder_name: str = field(default="", repr=False)
    holder_code: str = field(default="", repr=False)
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerdict:
    """What was found of a bundle. `made_at` and `made_by`: by its sealing entry; `sm3` is of the whole zip (hex).

    `use`, `membership` and the entries are there as far as they were proven, also where another check failed.
    """

    sm3: str
    size: int
    findings: tuple[Finding, ...]
    parts: tuple[PartRow, ...] = ()
    entries: tuple[EntryFact, ...] = ()
    membership: Membership | None = None
    use: Use | None = None
    made_by: str = ""
    made_at: str = ""

    @property
    def ok(self) -> bool:
        """Whether every check passed, or had nothing to check."""
        return all(one.state in {State.PASSED, State.ABSENT, State.NONE} for one in self.findings)

    @property
    def unwitnessed(self) -> bool:
        """Whether it fails for one thing alone: that fewer others saw a head than the membership asked for then.

        A node hands out such a file, for the rest holds; it does not pass, because nobody else says that the logs shown are the only ones.
        """
        return [one.check for one in self.problems] == [Check.WITNESSES] and not any(
            one.state is State.UNCHECKED for one in self.findings
        )

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The checks that failed."""
        return tuple(one for one in self.findings if one.state is State.FAILED)

    def finding(self, check: Check) -> Finding:
        """The finding of a check.

        Raises:
            KeyError: it was not made.
        """
        return {one.check: one for one in self.findings}[check]
