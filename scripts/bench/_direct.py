"""`certmesh serve` with a direct SM2 signature on every message, for the search benchmark to compare with. Takes the same arguments.

The product has no such switch: an exchange's messages go by the log. Only the proof differs: evidence, sealing and the rest are the same.
"""

import argparse
import asyncio
from dataclasses import replace
from pathlib import Path

import uvloop

from node import serve
from node.config import load
from node.daemon import load_base
from node.logs import configure


def main() -> None:
    """Run the node until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args()
    configure("INFO", "json")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve.run(replace(load_base(load(options.config)), by_log=False)))


if __name__ == "__main__":
    main()
