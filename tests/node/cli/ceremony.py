"""A mesh of four founded at the command line, in a folder: keys, cards, documents. Each call is a command as an operator runs it."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from node import keys, membership_file
from node.cli import app
from tests.federation.samples import PROVINCES
from tests.light import ROUNDS

PHRASE = "correct horse battery"
FUJIAN = "350000"


def certmesh(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def make_province(root: Path, code: str, *, folder: str = "") -> None:
    """Keys and a card, made without the command line to save time."""
    own = root / (folder or code)
    keys.create(
        own / "keys",
        province=code,
        name=f"某省{code}",
        passphrase=PHRASE.encode(),
        now=datetime.now(UTC),
        rounds=ROUNDS,
    )
    membership_file.write_card(
        own / "card.json",
        province=code,
        name=f"某省{code}",
        endpoint="127.0.0.1:7001",
        certificates=keys.load_certificates(own / "keys"),
    )


def make_root(root: Path) -> Path:
    """Four provinces, a fifth, and new keys of the first; nothing founded yet."""
    phrase = root / "phrase"
    phrase.write_text(PHRASE)
    phrase.chmod(0o600)
    for code in (*PROVINCES, FUJIAN):
        make_province(root, code)
    make_province(root, PROVINCES[0], folder="new")
    return root


@dataclass(frozen=True, slots=True)
class Ceremony:
    """The folder; documents lie in `chain/` as membership.N.json."""

    root: Path

    @classmethod
    def copied(cls, made: Path, to: Path) -> "Ceremony":
        return cls(Path(shutil.copytree(made, to / "mesh")))

    @property
    def chain(self) -> Path:
        return self.root / "chain"

    def card(self, folder: str) -> Path:
        return self.root / folder / "card.json"

    def keys(self, folder: str) -> Path:
        return self.root / folder / "keys"

    def document(self, version: int) -> Path:
        return self.chain / f"membership.{version}.json"

    def found(self) -> None:
        self.chain.mkdir()
        cards = [self.card(code) for code in PROVINCES]
        assert certmesh("membership", "create", *cards, "--out", self.document(1)).exit_code == 0
        for code in PROVINCES:
            assert self.sign(1, code).exit_code == 0

    def sign(self, version: int, folder: str, *more: str | Path) -> Result:
        before = ["--current", str(self.chain)] if version > 1 else []
        secret = ("--keys", self.keys(folder), "--passphrase-file", self.root / "phrase")
        return certmesh("membership", "sign", self.document(version), *secret, *before, *more)

    def secret(self, folder: str) -> tuple[str | Path, ...]:
        return "--keys", self.keys(folder), "--passphrase-file", self.root / "phrase"

    def change(self, version: int, *arguments: str | Path) -> Result:
        """Write the next version."""
        return certmesh("membership", *arguments, "--current", self.chain, "--out", self.document(version))

    def adopt(self, version: int, *arguments: str | Path, by: tuple[str, ...] = PROVINCES[:3]) -> str:
        """Write the next version and let these sign it; returns what the last one was told."""
        written = self.change(version, *arguments)
        assert written.exit_code == 0, written.exception
        said = ""
        for folder in by:
            done = self.sign(version, folder)
            assert done.exit_code == 0, done.exception
            said = done.stdout
        return said

    def log(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(certmesh("membership", "log", self.chain, "--json").stdout)
        return told
