"""Four nodes on one machine: founded, started, watched and stopped. What is done with them is `scripts._mesh.story`'s matter."""

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from federation.model.application import Holder
from node.admin.client import AdminClient
from node.admin.paths import LISTS_PREFIX
from node.cli.running import client_of
from node.config import Config, load
from node.library.invented import PROVINCES
from node.ports.lists import Kind
from node.storage.sqlite import open_sqlite_read_only
from scripts._mesh.errors import MeshError
from scripts._mesh.folder import RunFolder
from scripts._mesh.process import CERTMESH, Daemon, certmesh
from trust.membership import parse, signed_from_json
from trust.ofd import Trust

KINDS = tuple(kind.value for kind in Kind)
WAIT_S = 60.0
_POLL_S = 0.1
T = TypeVar("T")


def each(codes: Iterable[str], work: Callable[[str], T]) -> dict[str, T]:
    """Do `work` for every province at once; the first error is raised when all have ended."""
    codes = list(codes)
    with ThreadPoolExecutor(len(codes) or 1) as pool:
        return dict(zip(codes, pool.map(work, codes), strict=True))


def wait_for(what: str, holds: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
    """Look again and again until it holds.

    Raises:
        MeshError: it did not in time.
    """
    end = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end:
            raise MeshError(f"{what}: not within {timeout_s:g} s")
        time.sleep(_POLL_S)


class Mesh:
    """The four nodes over one run folder."""

    def __init__(self, folder: RunFolder, program: Sequence[str] = CERTMESH) -> None:
        """Nothing is made or started yet; `program` is what runs as each node's daemon."""
        self.folder = folder
        self.nodes = {
            code: Daemon(code, folder.config(code), folder.of(code) / "log.jsonl", folder.lock, program)
            for code in PROVINCES
        }

    def config(self, province: str) -> Config:
        """A province's configuration, read from its file."""
        return load(self.folder.config(province))

    def url(self, province: str, section: str) -> str:
        """Where a province's `rest` or `admin` port is."""
        return f"http://{getattr(self.config(province), section).listen}"

    def found(self) -> str:
        """Make all keys and the membership document, signed by all; returns what `membership sign` said last."""
        each(PROVINCES, self.init)
        cards = [self.folder.of(code) / f"{code}.card.json" for code in PROVINCES]
        document = self.folder.membership
        certmesh("membership", "create", *cards, "--out", document, "--witness-quorum", "2")
        said = ""
        for code in PROVINCES:
            own = self.folder.of(code)
            said = certmesh(
                "membership", "sign", document, "--keys", own / "keys", "--passphrase-file", own / "passphrase"
            )
        return said

    @property
    def members(self) -> Trust:
        """The CAs of the members, as the trust list for what members sign."""
        membership = parse(signed_from_json(self.folder.membership.read_bytes()).payload)
        return Trust.from_bytes(anchors=[membership.member(code).ca.encode() for code in membership.provinces])

    def init(self, code: str) -> None:
        """Make a province's keys and card, as its operator does."""
        own = self.folder.of(code)
        who = ("--province", code, "--name", PROVINCES[code], "--endpoint", self.config(code).peer.listen)
        certmesh("init", *who, "--dir", own, "--passphrase-file", own / "passphrase")

    def start(self, codes: Iterable[str] = PROVINCES) -> None:
        """Start nodes and wait until they take requests.

        Raises:
            MeshError: one of them did not.
        """
        codes = list(codes)
        for code in codes:
            self.nodes[code].start()
        for code in codes:
            self.nodes[code].wait_ready()

    @property
    def up(self) -> list[str]:
        """The provinces whose node runs."""
        return [code for code, node in self.nodes.items() if node.running]

    def stop(self, codes: Iterable[str] | None = None) -> dict[str, int]:
        """SIGTERM to nodes (default: all that run), all at once; returns their exit codes.

        Raises:
            MeshError: one did not stop in time.
        """
        return each(self.up if codes is None else codes, lambda code: self.nodes[code].stop())

    def close(self) -> None:
        """End whatever still runs, by force if need be, and release the folder. For the end of a run that may have failed."""
        with contextlib.suppress(MeshError):
            self.stop()
        self.folder.release()

    def admin(self, province: str) -> AdminClient:
        """A client of a running node's admin port."""
        return client_of(self.config(province))

    def status(self, province: str) -> dict[str, Any]:
        """What a running node says of itself."""
        return self.admin(province).status()

    def statuses(self) -> dict[str, dict[str, Any]]:
        """The same of every node that runs."""
        return each(self.up, self.status)

    def wait_acknowledged(self) -> dict[str, dict[str, Any]]:
        """Wait until every running node has decided the lines that name it, holds every other's publications and has acknowledged them.

        Returns the statuses.

        Raises:
            MeshError: not in time.
        """
        lists = (Kind.CATALOGUE.value, Kind.USELIST.value)
        wait_for("every list acknowledged by every peer", lambda: acknowledged(self.statuses(), lists))
        wait_for("every line decided by its providers", lambda: not any(each(self.up, self.undecided).values()))
        wait_for("every publication acknowledged by every peer", lambda: acknowledged(self.statuses()))
        return self.statuses()

    def undecided(self, province: str) -> list[str]:
        """The lines of others that wait for this province's decision."""
        asked = self.admin(province).ask("GET", f"{LISTS_PREFIX}decisions/waiting")
        return [one["decision_id"] for one in asked["lines"]]

    def import_(self, province: str, source: Path) -> dict[str, Any]:
        """Import certificates; returns the report.

        Raises:
            MeshError: a row is wrong; nothing was imported.
        """
        report: dict[str, Any] = json.loads(
            certmesh("import", "--config", self.folder.config(province), "--json", source)
        )
        return report

    def uses(self, province: str, holder: Holder) -> list[dict[str, Any]]:
        """What a province's file of notices says of a holder; the holder's code goes through stdin."""
        config = self.folder.config(province)
        said = certmesh("uses", "--config", config, "--type-code", holder.type_code, "--json", stdin=f"{holder.code}\n")
        uses: list[dict[str, Any]] = json.loads(said)["uses"]
        return uses

    def verify(self, province: str) -> dict[str, Any]:
        """Check a province's evidence log from its leaves, whether its node runs or not; returns the report.

        Raises:
            MeshError: it does not verify.
        """
        report: dict[str, Any] = json.loads(
            certmesh("evidence", "verify", "--config", self.folder.config(province), "--json")
        )
        return report

    def entries(self, province: str, exchange_id: str) -> list[dict[str, Any]]:
        """A province's evidence entries of one exchange."""
        reader = open_sqlite_read_only(self.config(province).node.data / "certmesh.db")
        try:
            log = reader.read.evidence
            found = (one for of_peer in (False, True) for one in log.of_exchange(exchange_id, of_peer=of_peer))
            return [json.loads(one.entry) for one in sorted(found, key=lambda one: one.index)]
        finally:
            reader.close()


def receipts(statuses: Mapping[str, Mapping[str, Any]], publisher: str, kind: str) -> tuple[set[str], set[str]]:
    """Who has acknowledged a publisher's current version, and who says to hold it. A receipt that refuses counts for nothing."""
    own = statuses[publisher]["publications"][kind]
    signed = {one["province"] for one in own["receipts"] if one["version"] == own["version"] and not one["refusal"]}
    held = {
        code
        for code, status in statuses.items()
        if {"province": publisher, "version": own["version"]}
        in [{key: one[key] for key in ("province", "version")} for one in status["publications"][kind]["held"]]
    }
    return signed & set(statuses), held - {publisher}


def acknowledged(statuses: Mapping[str, Mapping[str, Any]], kinds: Iterable[str] = KINDS) -> bool:
    """Whether each node's publications are acknowledged by, and held by, all the others; who was asked nothing has decided nothing."""
    others = {code: set(statuses) - {code} for code in statuses}
    return all(
        receipts(statuses, code, kind) == (others[code], others[code])
        for code in statuses
        for kind in kinds
        if statuses[code]["publications"][kind]["version"] > 0 or kind != Kind.DECISIONS
    )
