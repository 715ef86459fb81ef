"""Membership over real processes: keys change under load, provinces join, leave, sleep and lose their keys, and no hub helps them.

One mesh for all tests, each of which leaves it whole again. Zhejiang holds the story's certificates; Shanghai and Jiangsu use them.
"""

import json
import shutil
import threading
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from node import key_rotation, keys, membership_file
from node.library.demo import SealMaker, demo_certificates
from node.library.invented import MINING_TYPE, PROVINCES, STORY_HOLDER
from node.storage.sqlite import open_sqlite_read_only
from scripts._mesh import certificates
from scripts._mesh.counter import Counter, demo_token
from scripts._mesh.errors import MeshError
from scripts._mesh.folder import claim
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import Daemon, certmesh
from tests.light import LightMesh
from tests.mesh.ceremony import Ceremony, Change
from trust import gm
from trust.membership import Closed, Introduction, KeyUsage, Membership, changes

pytestmark = pytest.mark.timeout(300)

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES
FUJIAN = "350000"
GOOD = {"OK", "EMPTY", "SKIPPED"}  # the last: the line does not ask that province


def one_of_each(seals: SealMaker) -> list[certificates.Issued]:
    """One certificate of Zhejiang of each type."""
    made = demo_certificates(ZHEJIANG, seals, per_type=1)
    return [certificates.Issued(record=one.record, file=one.file) for one in made]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """Four nodes that know each other's lists; Zhejiang alone has certificates."""
    mesh = LightMesh(claim(tmp_path_factory.mktemp("membership") / "mesh", free_ports=True))
    try:
        mesh.found()
        mesh.start()
        mesh.wait_acknowledged()
        issued = {ZHEJIANG: one_of_each(mesh.folder.seal_maker())}
        certificates.write_sources(issued, {ZHEJIANG: mesh.folder.of(ZHEJIANG) / "source"})
        mesh.import_(ZHEJIANG, mesh.folder.of(ZHEJIANG) / "source")
        yield mesh
    finally:
        mesh.close()


@pytest.fixture(scope="module")
def ceremony(mesh: Mesh) -> Ceremony:
    return Ceremony(mesh)


def outcomes(mesh: Mesh, consumer: str) -> dict[str, str]:
    """Apply and search once: every province's outcome, as the consumer's line system is told."""
    counter = Counter(consumer, mesh.folder.config(consumer))
    data = counter.search(counter.apply(STORY_HOLDER).data["applyId"], STORY_HOLDER).data
    return {one["areaCode"]: one["outcome"] for one in data["outcomes"]}


@dataclass(slots=True)
class Load:
    """One counter that applies, searches and perhaps fetches, again and again, in a thread. `others` must answer every time."""

    mesh: Mesh
    consumer: str
    others: Sequence[str]
    files: bool
    done: Tally[str] = field(default_factory=Tally)
    failures: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        counter = Counter(self.consumer, self.mesh.folder.config(self.consumer))
        while not self.stop.wait(0.1):  # the machine has other things to do: this is no benchmark
            try:
                self.once(counter)
            except MeshError as error:
                self.failures.append(str(error))

    def once(self, counter: Counter) -> None:
        applied = counter.apply(STORY_HOLDER).data
        self.judge("apply", {one["areaCode"]: one["outcome"] for one in applied["verdicts"]})
        found = counter.search(applied["applyId"], STORY_HOLDER).data
        self.judge("search", {one["areaCode"]: one["outcome"] for one in found["outcomes"]})
        mining = [one for one in found["dataList"] if one["certificateTypeCode"] == MINING_TYPE]
        for one in mining[: int(self.files)]:
            answer = counter.file(applied["applyId"], one["certificateID"])
            if answer.status != 200 or not answer.body.startswith(b"PK"):
                self.failures.append(f"file: {answer.status} {answer.body[:300]!r}")
        self.done["use"] += 1

    def judge(self, what: str, outcomes: dict[str, str]) -> None:
        bad = {code: word for code, word in outcomes.items() if code in self.others and word not in GOOD}
        if bad:
            self.failures.append(f"{what}: {bad}")
        self.done[what] += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run, name=f"load {self.consumer}")
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join()

    def more(self, count: int) -> None:
        """Wait until so many more uses were whole, so that a step of the ceremony lies between them."""
        end = self.done["use"] + count
        wait_for("the load goes on", lambda: self.done["use"] >= end)


def rotation(folder: Path, passphrase: bytes) -> list[Change]:
    """Zhejiang's next keys of every kind, made in its keys folder; announced, promoted and dropped, all kinds at once."""
    now = datetime.now(UTC)
    pems = {
        usage: key_rotation.make_next(
            folder, usage, province=ZHEJIANG, name="浙江省", passphrase=passphrase, now=now, valid_days=30
        )
        for usage in KeyUsage
    }

    def announce(one: Membership) -> Membership:
        for usage, pem in pems.items():
            one = changes.announce(one, ZHEJIANG, usage, pem)
        return one

    def promote(one: Membership) -> Membership:
        for usage in KeyUsage:
            one = changes.promote(one, ZHEJIANG, usage)
        return one

    def drop(one: Membership) -> Membership:
        for usage in KeyUsage:
            one = changes.drop(one, ZHEJIANG, usage, Closed.ROTATED)
        return one

    return [announce, promote, drop]


def test_keys_of_every_kind_change_under_load_and_one_node_sleeps_through_it(mesh: Mesh, ceremony: Ceremony) -> None:
    """Three versions while Shanghai and Jiangsu use Zhejiang's certificates; Anhui is down and catches up afterwards."""
    awake = [SHANGHAI, JIANGSU, ZHEJIANG]
    folder, passphrase = mesh.folder.of(ZHEJIANG) / "keys", ceremony.passphrase(ZHEJIANG)
    before = ceremony.current
    mesh.stop([ANHUI])
    loads = [Load(mesh, code, awake, files=code == SHANGHAI) for code in (SHANGHAI, JIANGSU)]
    with loads[0].running(), loads[1].running():
        for step in rotation(folder, passphrase):
            for load in loads:
                load.more(1)
            ceremony.spread(ceremony.next(step, by=(SHANGHAI, JIANGSU, ANHUI)), at=SHANGHAI, to=awake)
        for usage in KeyUsage:
            key_rotation.promote(folder, usage, passphrase=passphrase)
        for load in loads:
            load.more(2)
    mesh.start([ANHUI])
    wait_for("Anhui catches up", lambda: ceremony.versions([ANHUI]) == {ceremony.current.version})
    wait_for("Anhui is reached", lambda: set(outcomes(mesh, SHANGHAI).values()) <= GOOD)
    entries = [one for one in evidence(mesh, ANHUI) if one["type"] == "MEMBERSHIP"]

    assert [load.failures for load in loads] == [[], []]
    assert all(load.done["use"] >= 5 for load in loads)
    for usage in KeyUsage:
        assert ceremony.current.member(ZHEJIANG).listed(usage) != before.member(ZHEJIANG).listed(usage)
    assert [(one["step"], one["version"]) for one in entries] == [("anchored", 1)] + [("adopted", n) for n in (2, 3, 4)]
    assert set(outcomes(mesh, ANHUI).values()) <= GOOD
    mesh.stop([ZHEJIANG])
    mesh.start([ZHEJIANG])
    wait_for("Zhejiang is reached again", lambda: set(outcomes(mesh, SHANGHAI).values()) <= GOOD)
    assert all(mesh.verify(code)["ok"] for code in PROVINCES)


def test_a_province_joins_and_is_removed_again(mesh: Mesh, ceremony: Ceremony) -> None:
    """Fujian starts from the version that names it, and exchanges lists with everybody; once removed, it is answered nothing more."""
    members = list(PROVINCES)
    joining = prepare_fujian(mesh)
    added = ceremony.next(lambda one: changes.add(one, joining), by=(SHANGHAI, JIANGSU, ZHEJIANG))
    ceremony.spread(added, at=ANHUI, to=members)
    name_the_anchor(mesh, ceremony, added)
    mesh.nodes[FUJIAN] = Daemon(
        FUJIAN, mesh.folder.config(FUJIAN), mesh.folder.of(FUJIAN) / "log.jsonl", mesh.folder.lock
    )
    mesh.start([FUJIAN])
    statuses = mesh.wait_acknowledged()
    inside = outcomes(mesh, FUJIAN)
    removed = ceremony.next(lambda one: changes.remove(one, FUJIAN), by=(JIANGSU, ZHEJIANG, ANHUI))
    ceremony.spread(removed, at=ZHEJIANG, to=members)
    outside = outcomes(mesh, FUJIAN)
    peers = {one["province"] for one in mesh.status(ZHEJIANG)["peers"]}
    mesh.stop([FUJIAN])
    del mesh.nodes[FUJIAN]

    assert set(statuses[SHANGHAI]["membership"]["members"]) == {*members, FUJIAN}
    assert {inside[code] for code in (SHANGHAI, JIANGSU, ZHEJIANG)} <= GOOD
    assert {outside[code] for code in (SHANGHAI, JIANGSU, ZHEJIANG)} <= {"ERROR", "TIMEOUT"}
    assert peers == {SHANGHAI, JIANGSU, ANHUI}
    assert set(outcomes(mesh, SHANGHAI).values()) <= GOOD


def prepare_fujian(mesh: Mesh) -> Introduction:
    """A fifth province: the configuration and lists of Anhui under another code, free ports, and keys of its own."""
    root, own = mesh.folder.root, mesh.folder.of(FUJIAN)
    for kind in ("catalogue", "uselist"):
        text = (root / "lists" / f"{ANHUI}-{kind}.toml").read_text(encoding="utf-8")
        (root / "lists" / f"{FUJIAN}-{kind}.toml").write_text(text.replace(ANHUI, FUJIAN), encoding="utf-8")
    text = mesh.folder.config(ANHUI).read_text(encoding="utf-8").replace(ANHUI, FUJIAN).replace("安徽省", "福建省")
    for section in ("peer", "rest", "admin"):
        text = text.replace(getattr(mesh.config(ANHUI), section).listen, f"127.0.0.1:{unused_port()}")
    token = {code: gm.sm3(demo_token(code).encode()).hex() for code in (ANHUI, FUJIAN)}
    mesh.folder.config(FUJIAN).write_text(text.replace(token[ANHUI], token[FUJIAN]), encoding="utf-8")
    own.mkdir(mode=0o700)
    (own / "passphrase").touch(mode=0o600)
    (own / "passphrase").write_text("correct horse battery staple")
    who = ("--province", FUJIAN, "--name", "福建省", "--endpoint", mesh.config(FUJIAN).peer.listen)
    certmesh("init", *who, "--dir", own, "--passphrase-file", own / "passphrase")
    return membership_file.introduction(membership_file.read_card(own / f"{FUJIAN}.card.json"))


def name_the_anchor(mesh: Mesh, ceremony: Ceremony, document: Path) -> None:
    """What the newcomer's operator is told by the others: the version, its fingerprint, and that of the founding document."""
    config = mesh.folder.config(FUJIAN)
    anchor = f'file = "{document.name}"\nfingerprint = "{ceremony.digest}"\nfounding = "{ceremony.founding}"'
    text = config.read_text(encoding="utf-8").replace('file = "membership.json"', anchor)
    config.write_text(text, encoding="utf-8")


def test_a_province_that_lost_its_keys_is_given_new_ones_by_the_others(mesh: Mesh, ceremony: Ceremony) -> None:
    """Jiangsu's signing, encryption and TLS keys are gone; k others name new ones, and its node is brought the version."""
    own = mesh.folder.of(JIANGSU)
    mesh.stop([JIANGSU])
    lost = own / "keys"
    fresh = own / "fresh"
    keys.create(fresh, province=JIANGSU, name="江苏省", passphrase=ceremony.passphrase(JIANGSU), now=datetime.now(UTC))
    for kept in ("storage.key", "storage.master"):  # the vault's key is not the identity's
        shutil.copy(lost / kept, fresh / kept)
    shutil.rmtree(lost)
    fresh.rename(lost)
    card = membership_file.write_card(
        own / "new.card.json",
        province=JIANGSU,
        name="江苏省",
        endpoint=mesh.config(JIANGSU).peer.listen,
        certificates=keys.load_certificates(lost),
    )
    path = ceremony.next(
        lambda one: changes.recover(one, membership_file.introduction(card)), by=(SHANGHAI, ZHEJIANG, ANHUI)
    )
    ceremony.spread(path, at=ANHUI, to=(SHANGHAI, ZHEJIANG, ANHUI))
    with pytest.raises(MeshError, match=r"ended at its start"):
        mesh.start([JIANGSU])
    said = mesh.nodes[JIANGSU].log_tail()
    held = ceremony.adopt(JIANGSU, path)
    mesh.start([JIANGSU])
    wait_for("Jiangsu is reached", lambda: outcomes(mesh, SHANGHAI)[JIANGSU] in GOOD)

    assert "certmesh membership adopt" in said
    assert held == ceremony.current.version
    assert set(outcomes(mesh, JIANGSU).values()) <= GOOD
    assert mesh.verify(JIANGSU)["ok"]


def evidence(mesh: Mesh, province: str) -> list[dict[str, Any]]:
    """The whole log of a province."""
    reader = open_sqlite_read_only(mesh.config(province).node.data / "certmesh.db")
    try:
        return [json.loads(one.entry) for one in reader.read.evidence.entries(0, 100_000)]
    finally:
        reader.close()
