"""The command line of scripts/mesh."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node.config import seconds
from node.library.invented import PROVINCES
from scripts._mesh.folder import CHECKOUT

ASKING = "320000"
"""The province whose counter asks. The holder is at home there too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A peer that answers `delay_s` seconds late."""

    province: str
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked to do."""

    folder: Path
    library: Path | None = None
    json: bool = False
    keep: bool = False
    down: str | None = None
    slow: Slow | None = None


def _peer(text: str) -> str:
    if text not in PROVINCES or text == ASKING:
        peers = ", ".join(code for code in PROVINCES if code != ASKING)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {peers}; {ASKING} is the one that asks")
    return text


def _slow(text: str) -> Slow:
    province, _, delay = text.partition("=")
    try:
        return Slow(province=_peer(province), delay_s=seconds(delay))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"write for example 330000=5s: {error}") from error


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return path


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; ends the program where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="scripts/mesh",
        description="Four provinces on this machine (上海 江苏 浙江 安徽), each its own daemon, and one real use of certificates: "
        "a counter in Jiangsu finds and fetches what Zhejiang and Anhui issued. Exit code 0 only if every check held.",
    )
    parser.add_argument("--library", type=_folder, metavar="DIR", help="import the OFD files of this folder")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout; the tables go to stderr")
    parser.add_argument(
        "--keep", action="store_true", help="leave the mesh running until Ctrl-C, and say how to try it"
    )
    parser.add_argument("--down", type=_peer, metavar="P", help="stop this province's node before the search")
    parser.add_argument("--slow", type=_slow, metavar="P=TIME", help="this peer answers late, such as 330000=5s")
    default = CHECKOUT / ".mesh"
    parser.add_argument("--dir", type=Path, default=default, help="the run's folder, emptied first (default: .mesh)")
    given = parser.parse_args(arguments)
    if given.down and given.slow and given.down == given.slow.province:
        parser.error("a node that is down cannot be slow as well")
    return Options(
        folder=given.dir.absolute(),
        library=given.library,
        json=given.json,
        keep=given.keep,
        down=given.down,
        slow=given.slow,
    )
