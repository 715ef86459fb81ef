"""What a run of the mesh left in the logs, handed to a stranger: exported and proven, and verified with one fingerprint and no node."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from node import membership_file
from node.config import load
from tests.mesh.conftest import RUN_TIMEOUT_S, Run
from tests.node.cli.ceremony import certmesh

pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 20)
CODE = "310000"


def evidence(verb: str, *arguments: str | Path) -> Result:
    done = certmesh("evidence", verb, *arguments)
    assert done.exit_code == 0, done.output
    return done


def test_a_stranger_verifies_the_log_and_an_entry_of_a_search(default_run: Run, tmp_path: Path) -> None:
    config = default_run.folder / f"{CODE}.toml"
    trusted = membership_file.read_signed(load(config).membership.file).fingerprint
    evidence("export", "--config", config, tmp_path / "export")
    entries = [json.loads(line) for line in evidence("tail", "--config", config, "-n", "500").stdout.splitlines()]
    search = next(one for one in entries if one["type"] == "SEARCH")
    evidence("prove", "--config", config, str(search["index"]), "-o", tmp_path)

    documents = tmp_path / "export" / "membership"
    file = tmp_path / f"{CODE}-{search['index']}.tlog-proof"
    alone = ("--membership", documents, "--fingerprint", trusted, "--no-second-opinion", "--json")
    log = json.loads(evidence("verify", tmp_path / "export", *alone).stdout)
    proof = json.loads(evidence("verify", file, *alone).stdout)

    (node,) = (one for one in default_run.result["nodes"] if one["province"] == CODE)
    assert log["size"] == node["evidence"]["size"]
    assert proof["entry"] == {name: value for name, value in search.items() if name != "index"}
