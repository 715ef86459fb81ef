"""`certmesh ofd copy`, and how `verify` and `preview` tell people about a copy."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node import keys
from node.cli import app
from node.errors import ConfigError
from tests.light import ROUNDS
from tests.node.preview import samples
from tests.trust.ofd.signatures.makers import pem, pki, plain, sealed
from tests.trust.ofd.usage_copy.makers import a_copy
from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd import read_package, read_usage_copy
from trust.ofd.signatures import write_package

PASSPHRASE = "correct horse battery"
TERMS = ["--cause", "办理许可", "--using-unit", "样例市交通局", "--expires", "2099-01-01T08:00:00"]


@pytest.fixture(scope="module")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "keys"
    keys.create(
        folder, province="310000", name="上海市", passphrase=PASSPHRASE.encode(), now=datetime.now(UTC), rounds=ROUNDS
    )
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHRASE", PASSPHRASE)
    (tmp_path / "original.ofd").write_bytes(write_package(sealed()))
    (tmp_path / "plain.ofd").write_bytes(write_package(plain()))
    (tmp_path / "seals.pem").write_bytes(pem(pki().ca))
    return tmp_path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ofd", *map(str, arguments)])


def _copy(folder: Path, key_folder: Path, *more: str, file: str = "original.ofd") -> Result:
    paths = [folder / file, "--out", folder / "copy.ofd", "--keys", key_folder, "--passphrase-env", "PHRASE"]
    return _run("copy", *paths, *TERMS, *more)


def _verify(folder: Path, key_folder: Path, *more: str) -> Result:
    trust = ["--trust", folder / "seals.pem", "--trust", key_folder / "ca.crt"]
    return _run("verify", folder / "copy.ofd", *trust, *more)


def test_a_copy_is_made_and_verifies_with_its_original(folder: Path, key_folder: Path) -> None:
    shown = json.loads(_copy(folder, key_folder, "--exchange-id", "x-1", "--json").stdout)
    result = _verify(folder, key_folder, "--json")
    copy = json.loads(result.stdout)["copy"]

    assert result.exit_code == 0
    assert (copy["creator"], copy["signed_by"], copy["cause"]) == ("上海市", ["上海市"], "办理许可")
    assert (copy["exchange_id"], copy["expires"]) == ("x-1", "2099-01-01T08:00:00+08:00")
    assert copy["original_sm3"] == shown["original_sm3"] == sm3((folder / "original.ofd").read_bytes()).hex()
    assert shown["sm3"] == sm3((folder / "copy.ofd").read_bytes()).hex()


def test_an_exchange_that_is_not_given_is_a_new_one(folder: Path, key_folder: Path) -> None:
    assert "exchange_id" in _copy(folder, key_folder).stdout
    copy = read_usage_copy(read_package((folder / "copy.ofd").read_bytes()))
    assert copy is not None

    assert len(copy.terms.exchange_id) == 32


def test_people_read_whose_original_it_is(folder: Path, key_folder: Path) -> None:
    _copy(folder, key_folder)
    text = _verify(folder, key_folder).stdout

    assert "签名人 / signed by: 上海市" in text
    assert "印章 / seals: 样例专用章" in text
    assert "核验结果 / verdict: VALID" in text
    assert "未经证实" not in text
    assert "不予认可" not in text


def test_an_expired_copy_is_refused(folder: Path, key_folder: Path) -> None:
    _copy(folder, key_folder)
    result = _verify(folder, key_folder, "--at", "2099-01-01T08:00:01")

    assert result.exit_code == 1
    assert result.stdout.startswith("COPY_EXPIRED")
    assert "已过有效期，不得再使用 / its time is over" in result.stdout


def test_a_copy_of_an_unsigned_original_is_refused_though_the_copy_is_valid(folder: Path, key_folder: Path) -> None:
    _copy(folder, key_folder, file="plain.ofd")
    result = _verify(folder, key_folder, "--json")
    shown = json.loads(result.stdout)

    assert (shown["verdict"], shown["copy"]["original"]["verdict"], result.exit_code) == ("VALID", "UNSIGNED", 1)
    assert "加注件不予认可 / the original's signatures are not accepted" in _verify(folder, key_folder).stdout


def test_of_a_copy_whose_signer_is_not_trusted_nothing_is_said_to_be_proven(folder: Path, key_folder: Path) -> None:
    _copy(folder, key_folder)
    result = _run("verify", folder / "copy.ofd", "--trust", folder / "seals.pem")

    assert (result.exit_code, result.stdout.split()[0]) == (1, "VALID_UNTRUSTED")
    assert "以下内容未经证实 / what follows is not proven" in result.stdout


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(["--expires", "tomorrow"], id="no moment"),
        pytest.param(["--expires", "2020-01-01T00:00:00"], id="an end in the past"),
        pytest.param(["--cause", "因" * 201], id="a cause that is too long"),
    ],
)
def test_wrong_terms_are_wrong_usage_and_leave_no_file(folder: Path, key_folder: Path, more: list[str]) -> None:
    assert isinstance(_copy(folder, key_folder, *more).exception, ConfigError)
    assert not (folder / "copy.ofd").exists()


def test_nothing_is_written_over(folder: Path, key_folder: Path) -> None:
    (folder / "copy.ofd").write_bytes(b"mine")

    assert isinstance(_copy(folder, key_folder).exception, ConfigError)
    assert (folder / "copy.ofd").read_bytes() == b"mine"


def test_a_copy_of_a_copy_is_refused(folder: Path, key_folder: Path) -> None:
    (folder / "first.ofd").write_bytes(a_copy())

    assert isinstance(_copy(folder, key_folder, file="first.ofd").exception, DocumentError)


def test_the_preview_draws_the_copy_and_says_that_it_is_one(folder: Path, key_folder: Path) -> None:
    _copy(folder, key_folder)
    words = set("加注件用途办理许可制作有效期至编号单位上海样例市交通局证采矿许可证号：-0123456789abcdef")
    (folder / "all.ttf").write_bytes(samples.font(words))
    outs = {}
    for name in ("original", "copy"):
        result = _run(
            "preview",
            folder / f"{name}.ofd",
            "--out",
            folder / "x.svg",
            "--format",
            "svg",
            "--font",
            folder / "all.ttf",
        )
        outs[name] = ((folder / "x.svg").read_text(), result.stderr)

    assert outs["copy"][0].count("<use ") > outs["original"][0].count("<use ") + 500
    assert "加注件（未核验）" in outs["copy"][1]
    assert "2099-01-01 08:00:00" in outs["copy"][1]
    assert "加注件" not in outs["original"][1]
