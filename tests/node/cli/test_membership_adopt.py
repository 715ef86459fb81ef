"""`certmesh membership adopt|export` where no node runs: the same rules, no key needed, and the store holds what was believed."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node import membership_file
from node.base import held_chain
from node.cli.membership_adopt import adopt, export
from node.config import load
from node.errors import ConfigError
from node.storage.sqlite import open_sqlite_read_only
from tests.node.test_config import GOOD
from tests.trust.membership.chain import Chain, fresh
from trust.membership import SignedMembership, changes

PROVINCE = "320000"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A node that never ran and has no keys: the founding document, lists and a configuration."""
    (tmp_path / "membership.json").write_bytes(Chain.found().documents[0].to_json())
    (tmp_path / "catalogue.toml").touch()
    (tmp_path / "uselist.toml").touch()
    (tmp_path / "node.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path / "node.toml"


def following(folder: Path, count: int) -> list[Path]:
    """So many versions that follow, as files."""
    chain = Chain.found()
    for _ in range(count):
        chain.change(lambda one: changes.endpoints(one, PROVINCE, (f"127.0.0.1:{one.version}",)))
    return [_write(folder / f"v{number}.json", one) for number, one in enumerate(chain.documents[1:], 2)]


def _write(path: Path, signed: SignedMembership) -> Path:
    path.write_bytes(signed.to_json())
    return path


def steps(config: Path) -> list[tuple[str, int, str]]:
    """What the evidence log says: step, version, who brought it."""
    reader = open_sqlite_read_only(load(config).node.data / "certmesh.db")
    entries: Iterable[dict[str, object]] = [json.loads(one.entry) for one in reader.read.evidence.entries(0, 100)]
    reader.close()
    return [(str(one["step"]), int(str(one["version"])), str(one["carried_by"])) for one in entries]


def test_versions_go_into_the_store_with_their_evidence_and_come_out_again(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adopt(following(tmp_path, 2), config, as_json=True)
    told = json.loads(capsys.readouterr().out)
    export(config, tmp_path / "chain")
    links = membership_file.chain(tmp_path / "chain")

    assert told == {"version": 3, "fingerprint": links[-1].digest}
    assert [link.membership.version for link in links] == [1, 2, 3]
    assert steps(config) == [("anchored", 1, "operator"), ("adopted", 2, "operator"), ("adopted", 3, "operator")]


def test_bringing_them_again_changes_nothing(config: Path, tmp_path: Path) -> None:
    paths = following(tmp_path, 2)
    adopt(paths[:1], config)
    adopt(paths, config)
    adopt(paths, config)

    assert [one.version for one in held_chain(load(config))] == [1, 2, 3]
    assert len(steps(config)) == 3


def test_a_version_that_skips_one_is_refused_and_nothing_is_stored(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not adopted: version 3 cannot follow version 1"):
        adopt(following(tmp_path, 2)[1:], config)

    assert held_chain(load(config)) == ()


def test_a_version_that_too_few_have_signed_is_refused(config: Path, tmp_path: Path) -> None:
    chain = Chain.found()
    draft = chain.draft(lambda one: changes.threshold(one, 1))
    path = _write(tmp_path / "forged.json", chain.signed(draft, "340000", fresh("340000")))
    with pytest.raises(ConfigError, match="not adopted: signed by 1 of the 3"):
        adopt([path], config)


def test_a_version_that_has_expired_is_refused_unless_a_newer_one_comes_with_it(config: Path, tmp_path: Path) -> None:
    chain = Chain.found()
    over = changes.following(
        chain.current, chain.digest, now=chain.now, expires=datetime.now(UTC) - timedelta(minutes=5)
    )
    first = _write(tmp_path / "over.json", chain.signed(over, *chain.keys))
    chain.adopt(chain.signed(over, *chain.keys))
    chain.change(lambda one: one)
    second = _write(tmp_path / "next.json", chain.documents[-1])
    with pytest.raises(ConfigError, match=r"not adopted: expired at .* bring a newer version"):
        adopt([first], config)
    adopt([first, second], config)

    assert [one.version for one in held_chain(load(config))] == [1, 2, 3]


def test_a_file_that_is_no_document_is_named(config: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.pdf").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"thesis\.pdf: not a membership document"):
        adopt([tmp_path / "thesis.pdf"], config)


def test_a_node_that_never_ran_has_no_chain_to_show(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has not run yet"):
        export(config, tmp_path / "chain")
