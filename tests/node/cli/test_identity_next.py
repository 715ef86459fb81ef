"""`certmesh identity next|promote|forget`: what is refused, and what is said. The files are tested in tests/node/test_key_rotation.py."""

import json
from typing import Any

import pytest

from node.errors import ConfigError
from tests.node.cli.ceremony import Ceremony, certmesh

CODE = "320000"
REFUSED: list[Any] = [
    pytest.param(("--usage", "signing"), "--name", id="no name"),
    pytest.param(
        ("--usage", "signing", "--name", "x", "--csr", "a.csr", "--certificate", "a.crt"), "--csr first", id="both"
    ),
    pytest.param(("--usage", "tls", "--csr", "a.csr"), "self-signed", id="a request for TLS"),
    pytest.param(("--usage", "signing", "--certificate", "nowhere.crt"), "cannot be read", id="no certificate"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_refused(mesh: Ceremony, arguments: tuple[str, ...], sentence: str) -> None:
    refused = certmesh("identity", "next", *arguments, *mesh.secret(CODE))

    assert isinstance(refused.exception, ConfigError)
    assert sentence in str(refused.exception)
    assert not list(mesh.keys(CODE).glob("*.next.*"))


def test_a_request_is_not_written_over(mesh: Ceremony) -> None:
    out = mesh.root / "next.csr"
    out.write_text("mine")
    refused = certmesh("identity", "next", "--usage", "signing", "--name", "x", "--csr", out, *mesh.secret(CODE))

    assert "exists already" in str(refused.exception)
    assert out.read_text() == "mine"


def test_promoting_and_forgetting_nothing_says_so(mesh: Ceremony) -> None:
    promoted = certmesh("identity", "promote", "--usage", "tls", *mesh.secret(CODE), "--json")
    forgotten = certmesh("identity", "forget", "--usage", "tls", "--keys", mesh.keys(CODE), "--json")

    assert json.loads(promoted.stdout) == {"usage": "tls", "changed": False}
    assert json.loads(forgotten.stdout) == {"usage": "tls", "destroyed": False}


def test_the_next_step_is_told(mesh: Ceremony) -> None:
    said = certmesh("identity", "next", "--usage", "tls", *mesh.secret(CODE)).stdout

    assert f"certmesh membership rotate {CODE} announce" in said
