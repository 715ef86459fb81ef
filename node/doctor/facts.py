"""What the checks look at: plain values, gathered by `collect`, invented by tests. Durations in seconds, sizes in bytes, times in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFacts:
    """`problems`: what makes `serve` refuse the file or a file it names, as sentences. `readable`: the other checks can use it."""

    path: str
    readable: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """The libraries behind the crypto door; `problem` is "" where they give the published answers."""

    engine: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFacts:
    """`problems`: missing files, wrong owners, modes and links, each with its command. `source` is where the passphrase comes from."""

    folder: str
    files: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFacts:
    """Keys against certificates. `unopened` says why no key could be opened; `elsewhere`: the passphrase is not for this shell."""

    pairs: int
    problems: tuple[str, ...] = ()
    unopened: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFacts:
    """`problems`: why peers would not believe our certificates. `named`: the membership names exactly these (None: there is none)."""

    province: str
    problems: tuple[str, ...] = ()
    named: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Something that ends: whose it is (a province) and what ("signing certificate", "membership")."""

    province: str
    what: str
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryFacts:
    """Everything that ends, at `now`."""

    me: str
    now: datetime
    ends: tuple[End, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """One province's revocation list. `state` is fresh, stale or missing; `configured`: a source is; `problem`: the last fetch's."""

    province: str
    state: str
    configured: bool = True
    age_s: float | None = None
    late_s: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFacts:
    """All lists, whether a stale one refuses, our own that are revoked, and sources named for provinces that are no members."""

    refuses: bool
    lists: tuple[ListFacts, ...] = ()
    revoked: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerView:
    """What a peer says it holds; None: it has not said so."""

    province: str
    up: bool
    failures: int = 0
    version: int | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipFacts:
    """The document in force here, and the fingerprint of the file that the chain here begins with.

    `problem`: why it is not believed. `peers` is empty where no node runs that could have asked them.
    """

    me: str
    problem: str = ""
    version: int = 0
    fingerprint: str = ""
    file_fingerprint: str = ""
    issued: datetime | None = None
    expires: datetime | None = None
    now: datetime
    compared: bool = False
    names_us: bool = True
    peers: tuple[PeerView, ...] = ()
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A peer's clock minus ours, and how far that may be off either way."""

    province: str
    offset_s: float
    bound_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """Jumps since the node's start, offsets to peers, and how far this clock stands behind the newest evidence entry (None: no log)."""

    running: bool
    jumps: int = 0
    last_jump_s: float = 0.0
    last_jump_at: str = ""
    offsets: tuple[Offset, ...] = ()
    behind_log_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFacts:
    """The file system under the data folder."""

    path: str
    free: int
    total: int
    free_files: int = 1
    total_files: int = 0  # 0: it does not count them


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """`problems` are quick_check's lines; `finished`: it was through in time. `schema` against `newest`, what this program knows."""

    path: str
    present: bool
    size: int = 0
    wal: int = 0
    schema: int = 0
    newest: int = 0
    finished: bool = True
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """The evidence log's head against its last signed checkpoint. `problem`: why that checkpoint is not believed."""

    size: int
    signed_size: int
    problem: str = ""
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFacts:
    """The node's ports by name; `taken`: somebody listens there. `answers`: it is the node, `ready`: it takes requests."""

    listens: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    answers: bool
    ready: bool
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessFacts:
    """Entries of the log, and of them those that `quorum` others cosigned (0: any one). `behind_s`: age of the first that is not.

    `lost`: the size of a head that was signed and is not in the log (0: none); `accused`: whose logs files are kept against. `unasked`: the
    node signs although these did not say since its start what they hold of its log, and too few others did.
    """

    quorum: int
    size: int
    witnessed: int
    behind_s: float = 0.0
    lost: int = 0
    accused: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """Notices that were given up by target, how long the oldest waits by target, and why webhooks cannot be reached ("" where they can)."""

    running: bool
    dead: Mapping[str, int] = field(default_factory=dict)
    oldest_s: Mapping[str, float] = field(default_factory=dict)
    webhooks: Mapping[str, str] = field(default_factory=dict)
