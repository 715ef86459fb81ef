"""The node's configuration: one TOML file, checked whole before anything starts. Unknown keys are errors; so are values out of range.

Every error names the dotted key, the file and the fix. Relative paths count from the file's own folder. Secrets are not in the file:
it names where they are.
"""

import ipaddress
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from federation.model.holder_uses import Place
from node.errors import ConfigError
from trust.consent import Channel
from trust.ofd import Verdict

MAX_CONFIG_BYTES = 1 << 20
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_NIGHT = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: Any) -> float:
    """A duration such as "250ms", "3s", "5m", "1h" or "30d" in seconds.

    Raises:
        ValueError: anything else.
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('write a duration such as "250ms", "3s" or "5m"')
    return float(match[1]) * _UNIT_S[match[2]]


def _listen(value: Any) -> str:
    """host:port with a literal address and a port from 0 to 65535."""
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    try:
        ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:  # noqa: PLR2004 - TCP ports
        raise ValueError('write an address and a port, such as "127.0.0.1:7001"')
    return str(value)


def _path(value: Any, info: ValidationInfo) -> Path:
    """A path, from the configuration's folder where relative."""
    if not isinstance(value, str) or not value:
        raise ValueError("write a path")
    folder: Path = (info.context or {})["folder"]
    try:
        return folder / Path(value).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such user's home") from error


def _source(value: Any, info: ValidationInfo) -> str:
    """An http or https URL as it is, or a path from the configuration's folder."""
    if isinstance(value, str) and "://" in value:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ValueError("write a path, or an http or https URL without a user")
        return value
    return str(_path(value, info))


Seconds = Annotated[float, BeforeValidator(seconds)]
Listen = Annotated[str, BeforeValidator(_listen)]
ConfigPath = Annotated[Path, BeforeValidator(_path)]
Source = Annotated[str, BeforeValidator(_source)]
Province = Annotated[str, Field(pattern=r"^\d{2}0000$")]


AcceptedVerdict = Literal[
    Verdict.VALID, Verdict.VALID_UNTRUSTED, Verdict.EXPIRED_AT_SIGNING, Verdict.UNSUPPORTED, Verdict.UNSIGNED
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NodeSection(_Section):
    """Who this node is and where it keeps its data."""

    province: Province
    name: Annotated[str, Field(min_length=1, max_length=100)]
    data: ConfigPath


class KeysSection(_Section):
    """Where the keys are, and the one source of their passphrase."""

    folder: ConfigPath
    passphrase_file: ConfigPath | None = None
    passphrase_env: str | None = None
    passphrase_credential: str | None = None


class MembershipSection(_Section):
    """The membership document, and the fingerprint the operator compared at first contact.

    `founding` is the fingerprint of the mesh's first document; needed where `file` is a later version: it keys what all provinces of one
    mesh compute alike.
    """

    file: ConfigPath
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    founding: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class ListenSection(_Section):
    """A port."""

    listen: Listen


class RestSection(ListenSection):
    """The port for the province's own systems. TLS is required where it does not listen on loopback."""

    tls_certificate: ConfigPath | None = None
    tls_key: ConfigPath | None = None


class ListsSection(_Section):
    """The founding lists, and how peers' use-list lines are decided.

    `catalogue` and `uselist` are TOML, CSV or XLSX files; each is published only where no list of its kind ever was. `decide`: "by-hand"
    waits for a manager with every line; "conforming" accepts at once the lines that ask for nothing our catalogue does not offer.
    """

    catalogue: ConfigPath | None = None
    uselist: ConfigPath | None = None
    decide: Literal["by-hand", "conforming"] = "by-hand"


class SearchSection(_Section):
    """Fused search."""

    deadline: Annotated[Seconds, Field(gt=0, le=60)] = 3.0


class RetrievalSection(_Section):
    """Fused retrieval. A one-time address of a file holds for `url_lifetime`.

    `url_base` is what callers reach this node's REST port by, such as "https://node.example"; empty: addresses begin with the path.
    """

    data_timeout: Annotated[Seconds, Field(gt=0, le=60)] = 5.0
    file_timeout: Annotated[Seconds, Field(gt=0, le=3600)] = 600.0
    url_lifetime: Annotated[Seconds, Field(ge=1, le=86_400)] = 600.0
    url_base: Annotated[str, Field(pattern=r"^(https?://[^/?#@\s]+)?$")] = ""


class DocumentsSection(_Section):
    """Issued files: which e-seals are believed, which verdicts are taken, and how long a usage copy (加注件) holds.

    `trust` and `crls` are files of certificates and revocation lists, PEM or DER. A file found TAMPERED is never taken.
    """

    trust: tuple[ConfigPath, ...] = ()
    crls: tuple[ConfigPath, ...] = ()
    accept: tuple[AcceptedVerdict, ...] = (Verdict.VALID,)
    copy_lifetime: Annotated[Seconds, Field(ge=60, le=366 * 86_400)] = 30 * 86_400.0


class IdentitySection(_Section):
    """Revocation lists of the members' CAs: a file or an http(s) URL by province, and what a stale or missing list means.

    `stale`: "warn" shows it and goes on; "refuse" refuses that province's messages until a current list is here.
    """

    crls: dict[Province, Source] = {}
    stale: Literal["warn", "refuse"] = "warn"
    fetch_interval: Annotated[Seconds, Field(ge=10, le=86_400)] = 3600.0


class SyncSection(_Section):
    """Publication sync."""

    interval: Annotated[Seconds, Field(ge=0.1, le=3600)] = 60.0


class EvidenceSection(_Section):
    """The evidence log, who cosigns it, and comparing it with the peers'.

    `witness_interval` lies at least between two heads that the peers are asked to cosign. `greeting`: so long a start waits, at most, for
    enough peers to say what they hold of this log; then it signs all the same. `reconcile_at`: when, every night, in Beijing's time; up to
    `reconcile_jitter` later. What was answered less than `reconcile_grace` ago is left to the next night: a file may still be on its way.
    """

    checkpoint_interval: Annotated[Seconds, Field(ge=0, le=60)] = 1.0
    witness_interval: Annotated[Seconds, Field(ge=0.1, le=3600)] = 15.0
    greeting: Annotated[Seconds, Field(ge=0, le=60)] = 5.0
    reconcile_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "02:30"
    reconcile_jitter: Annotated[Seconds, Field(ge=0, le=3 * 3600)] = 1800.0
    reconcile_grace: Annotated[Seconds, Field(ge=0, le=86_400)] = 5400.0


class RetentionSection(_Section):
    """How long contents behind the evidence log (salts, applications, verdicts) are kept; what is on hold stays.

    The default is the time that records of the handling of personal data are kept (three years, REQUIREMENTS 8.5).
    """

    contents: Annotated[Seconds, Field(ge=30 * 86_400, le=100 * 366 * 86_400)] = 1096 * 86_400.0


class LimitsSection(_Section):
    """How often may be applied, beside what each line of the use list says; 0 is no limit. Days are those of Beijing time.

    For a using unit a day, an operator a minute, and a peer's applications to this province a minute.
    """

    unit_per_day: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    operator_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    peer_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0


class ApplicationsSection(_Section):
    """Applications. `standing`: how long a standing one (常用授权) may hold at most, where its line admits it."""

    standing: Annotated[Seconds, Field(ge=86_400, le=366 * 86_400)] = 90 * 86_400.0


class ConsentSection(_Section):
    """Consents of holders: whose are believed here, and how long one taken here may hold.

    `accept`: HOME, given in the app of the holder's own province; COUNTER, given at a counter of the using province.
    """

    accept: tuple[Channel, ...] = (Channel.HOME, Channel.COUNTER)
    lifetime: Annotated[Seconds, Field(ge=60, le=366 * 86_400)] = 366 * 86_400.0


class HoldersSection(_Section):
    """Handles that stand for holders (证件号替代码), and the holders' log: who used their certificates.

    `uses_accept`: where holders of whom another province asks may have asked there. The limits are of askings: for one holder a day, of one
    line system of ours a minute, of one other province a minute; 0 is no limit.
    """

    handle_lifetime: Annotated[Seconds, Field(ge=60, le=30 * 86_400)] = 86_400.0
    uses_accept: tuple[Place, ...] = (Place.HOME, Place.COUNTER)
    uses_per_day: Annotated[int, Field(ge=0, le=1_000_000)] = 20
    uses_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 30
    peer_uses_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 120


class AnomalySection(_Section):
    """What is out of the ordinary in an operator's applications, ours or another province's; 0 is no bound.

    Distinct holders in a minute, matters and types that do not fit in an hour, distinct holders in an hour of the night. Who goes beyond is
    paused for `pause`. The defaults leave room for two full batches a minute; a person at a counter asks for a few holders.
    `source_holders_per_minute` bounds a whole line system (of another province: a using unit), which may name any operator: the default is
    what 25 operators may ask for together.
    """

    holders_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 40
    source_holders_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 1_000
    mismatches_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = 20
    night_holders_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = 40
    night: Annotated[str, Field(pattern=_NIGHT)] = "22:00-06:00"
    pause: Annotated[Seconds, Field(ge=1, le=86_400)] = 900.0

    @property
    def night_hours(self) -> tuple[time, time]:
        """When the night begins and ends, in Beijing time."""
        first, last = self.night.split("-")
        return time.fromisoformat(first), time.fromisoformat(last)


class ReviewsSection(_Section):
    """Applications that a person decides (人工核验): how long one waits, and how long the decision then holds, counted from the first."""

    lifetime: Annotated[Seconds, Field(ge=60, le=30 * 86_400)] = 5 * 86_400.0


class ObjectionsSection(_Section):
    """Objections (异议): how many a line system may raise in 24 hours."""

    app_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 200


class DrainSection(_Section):
    """Stopping."""

    grace: Annotated[Seconds, Field(gt=0, le=300)] = 10.0


class AppSection(_Section):
    """A line system of the province. `token_sm3` is the SM3 (hex) of its bearer token.

    `consents`: where it may take consents of holders. HOME speaks for every holder of the province: give it to their app alone.
    `uses`: where it may ask, for a holder, who used their certificates: the same two places.
    """

    app_id: Annotated[str, Field(min_length=1, max_length=64)]
    token_sm3: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    use_org_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]
    use_org_name: Annotated[str, Field(min_length=1, max_length=256)]
    item_codes: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    consents: tuple[Channel, ...] = ()
    uses: tuple[Place, ...] = ()


class ManagerSection(_Section):
    """A list manager (目录/清单管理员). `token_sm3` is the SM3 (hex) of the bearer token; `certmesh managers token` makes both."""

    account: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(max_length=100)] = ""
    token_sm3: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    roles: Annotated[tuple[Literal["edit", "review", "publish", "objections", "erase"], ...], Field(min_length=1)]


class WebhookSection(_Section):
    """A system of the province that is told over HTTP: an issuing unit's, or the channel to holders (app, SMS). Clause 8.4.

    `issuers` are codes of issuing units; empty: all that have no webhook of their own. `ca` is a PEM file to trust besides the system's.
    Plain http only on loopback. The address has no query: it is signed as it stands here.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    kind: Literal["issuer", "holder-channel"]
    url: Annotated[str, Field(max_length=1000, pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$")]
    issuers: tuple[Annotated[str, Field(min_length=1, max_length=18)], ...] = ()
    timeout: Annotated[Seconds, Field(ge=0.1, le=60)] = 10.0
    ca: ConfigPath | None = None


class Config(_Section):
    """The whole file. Section by section as in config/four-provinces."""

    node: NodeSection
    keys: KeysSection
    membership: MembershipSection
    peer: ListenSection
    rest: RestSection
    admin: ListenSection
    lists: ListsSection = ListsSection()
    search: SearchSection = SearchSection()
    retrieval: RetrievalSection = RetrievalSection()
    documents: DocumentsSection = DocumentsSection()
    identity: IdentitySection = IdentitySection()
    sync: SyncSection = SyncSection()
    evidence: EvidenceSection = EvidenceSection()
    retention: RetentionSection = RetentionSection()
    limits: LimitsSection = LimitsSection()
    applications: ApplicationsSection = ApplicationsSection()
    consent: ConsentSection = ConsentSection()
    holders: HoldersSection = HoldersSection()
    anomaly: AnomalySection = AnomalySection()
    reviews: ReviewsSection = ReviewsSection()
    objections: ObjectionsSection = ObjectionsSection()
    drain: DrainSection = DrainSection()
    apps: tuple[AppSection, ...] = ()
    managers: tuple[ManagerSection, ...] = ()
    webhooks: tuple[WebhookSection, ...] = ()


def load(path: Path) -> Config:
    """Read and check a configuration file, and that what it names is there to be read.

    Raises:
        ConfigError: every problem found, one a line.
    """
    config = parse(path)
    problems = problems_of(config)
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))
    return config


def parse(path: Path) -> Config:
    """Read a configuration file and check its form alone: every key known, every value in range.

    Raises:
        ConfigError: every problem found, one a line.
    """
    raw = read_toml(path)
    try:
        return Config.model_validate(raw, context={"folder": path.resolve().parent})
    except ValidationError as error:
        raise ConfigError("\n".join(_line(path, one) for one in error.errors())) from error


def read_toml(path: Path, *, max_bytes: int = MAX_CONFIG_BYTES) -> dict[str, Any]:
    """A TOML file of bounded size.

    Raises:
        ConfigError: unreadable, too large, or not TOML, with the place.
    """
    try:
        data = path.read_bytes()
        if len(data) > max_bytes:
            raise ConfigError(f"{path}: larger than {max_bytes >> 20} MiB")
        return tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _line(path: Path, error: Any) -> str:
    """One problem as a person reads it: file, dotted key, what is wrong, what to do."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{path}: {key}: is missing; add it"
    if error["type"] == "extra_forbidden":
        return f"{path}: {key}: is not a known key; remove it or correct its spelling"
    return f"{path}: {key}: {error['msg'].removeprefix('Value error, ')}; correct the value"


def problems_of(config: Config) -> list[str]:
    """What the shape of the file cannot say, one sentence each."""
    problems = []
    sources = (config.keys.passphrase_file, config.keys.passphrase_env, config.keys.passphrase_credential)
    if sum(one is not None for one in sources) != 1:
        problems.append("keys: give exactly one of passphrase_file, passphrase_env and passphrase_credential")
    tls = (config.rest.tls_certificate, config.rest.tls_key)
    if (tls[0] is None) != (tls[1] is None):
        problems.append("rest: give tls_certificate and tls_key together, or neither")
    if tls[0] is None and not _is_loopback(config.rest.listen):
        problems.append("rest.listen: is reachable from outside without TLS; set rest.tls_certificate and rest.tls_key")
    if not _is_loopback(config.admin.listen):
        problems.append("admin.listen: must be a loopback address; use 127.0.0.1")
    if len({app.app_id for app in config.apps}) != len(config.apps):
        problems.append("apps: an app_id stands twice; remove one")
    if len({one.account for one in config.managers}) != len(config.managers):
        problems.append("managers: an account stands twice; one person has one account")
    if len({one.token_sm3 for one in config.managers}) != len(config.managers):
        problems.append("managers: two accounts have one token; make another with certmesh managers token")
    if len({one.name for one in config.webhooks}) != len(config.webhooks):
        problems.append("webhooks: a name stands twice; give each its own")
    problems += [
        f"webhooks: {one.name}: {one.url} is not encrypted; use https, plain http is for loopback addresses"
        for one in config.webhooks
        if not one.url.startswith("https://") and not _names_loopback(one.url)
    ]
    problems += [
        f"webhooks: {one.name}: issuers are of the kind issuer alone; remove them"
        for one in config.webhooks
        if one.issuers and one.kind != "issuer"
    ]
    named = {"lists.catalogue": config.lists.catalogue, "lists.uselist": config.lists.uselist}
    problems += [
        f"{key}: {file} is not there; create it or correct the path"
        for key, file in named.items()
        if file is not None and not file.is_file()
    ]
    return problems


def _names_loopback(url: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def _is_loopback(listen: str) -> bool:
    return ipaddress.ip_address(listen.rpartition(":")[0].strip("[]")).is_loopback
