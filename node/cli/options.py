"""Options that several commands share."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from node.errors import ConfigError

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The node's TOML file.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
KeysFolder = Annotated[Path, typer.Option("--keys", help="The keys folder of this province.", show_default=False)]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file (mode 0600) that holds the passphrase of the keys.", show_default=False)
]
PassphraseEnv = Annotated[
    str | None, typer.Option(help="An environment variable that holds the passphrase.", show_default=False)
]


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def digest_of(fingerprint: str) -> str:
    """The fingerprint of a membership document as it was typed; spaces and capitals do not matter.

    Raises:
        ConfigError: it is none.
    """
    digest = "".join(fingerprint.split()).lower()
    if len(digest) != _DIGEST_CHARACTERS or not set(digest) <= _HEX:
        raise ConfigError("--fingerprint: the SM3 of a membership document, 64 hex digits")
    return digest


_HEX = frozenset("0123456789abcdef")
_DIGEST_CHARACTERS = 64
