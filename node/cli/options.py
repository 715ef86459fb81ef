"""Options that several commands share."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

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
