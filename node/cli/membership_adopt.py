"""`certmesh membership adopt|export`: bring newer documents to this province's node, and take out the chain that it holds.

From one node a document spreads by itself. A node that runs takes it through its admin port; otherwise it goes straight into the store,
by the same rules. That needs no key, so that a node whose keys the others replaced can be brought the version that says so.
"""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from node import keys, membership_chain
from node.base import DATABASE, held_chain
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import Config, load
from node.errors import ConfigError
from node.membership_chain import Chain
from node.moment import utc_now
from node.storage.sqlite import open_sqlite
from node.usecases.membership import OPERATOR
from node.usecases.record import Recorder
from trust.membership import MAX_DOCUMENT_BYTES

Documents = Annotated[
    list[Path], typer.Argument(help="Membership documents, in the order of their versions.", show_default=False)
]


def adopt(documents: Documents, config: ConfigFile, *, as_json: Json = False) -> None:
    """Bring newer membership documents to this node; it verifies them, and hands them to its peers."""
    loaded = load(config)
    texts = [_read(path) for path in documents]
    held = _through_the_node(loaded, texts) or asyncio.run(_into_the_store(loaded, texts))
    if as_json:
        print_json(held)
    else:
        print(f"membership version {held['version']} is in force here, fingerprint {held['fingerprint']}")


def _through_the_node(config: Config, texts: list[str]) -> dict[str, Any] | None:
    """None where no node runs."""
    try:
        client = client_of(config)
    except ConfigError:  # it never ran
        return None
    return client.adopt(texts) if client.alive() else None


async def _into_the_store(config: Config, texts: list[str]) -> dict[str, Any]:
    chain = membership_chain.resolve(config.membership.file, config.membership.fingerprint, held_chain(config))
    chain = membership_chain.extended(chain, [text.encode() for text in texts], utc_now())
    await _keep(config, chain)
    head = chain.newest.head
    return {"version": head.version, "fingerprint": head.digest}


async def _keep(config: Config, chain: Chain) -> None:
    config.node.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = await open_sqlite(config.node.data / DATABASE, sign_checkpoint=None)  # the node signs it at its next start
    recorder = Recorder(config.node.province, utc_now)
    try:
        await store.transact(partial(membership_chain.keep, chain, recorder, utc_now(), OPERATOR))
    finally:
        await store.close()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as reading:
            data = reading.read(MAX_DOCUMENT_BYTES + 1)
        if len(data) > MAX_DOCUMENT_BYTES:
            raise ConfigError(f"{path}: larger than 1 MiB, not a membership document")
        return data.decode()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a membership document") from error


def export(
    config: ConfigFile,
    folder: Annotated[
        Path, typer.Argument(help="Where to write membership.N.json, one a version.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Write the chain that this node holds as files: to draft the next version from, to show its history, to hand to a newcomer."""
    held = held_chain(load(config))
    if not held:
        raise ConfigError("this node has not run yet; its chain is the configured document alone")
    folder.mkdir(parents=True, exist_ok=True)
    for one in held:
        keys.replace_public(folder / f"membership.{one.version}.json", one.document)
    if as_json:
        print_json({"folder": str(folder), "versions": [one.version for one in held]})
    else:
        print(f"{folder}: membership versions {held[0].version} to {held[-1].version}")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(adopt)
    app.command()(export)
