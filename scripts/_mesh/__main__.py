"""scripts/mesh: see `scripts._mesh.options` for what it takes, and `scripts._mesh.run` for what it does."""

import signal
import sys
from types import FrameType

from scripts._mesh.errors import MeshError
from scripts._mesh.folder import claim
from scripts._mesh.mesh import Mesh
from scripts._mesh.options import Options, parse
from scripts._mesh.report import Report
from scripts._mesh.run import run

INTERRUPTED = 130


def main() -> int:
    """Run; whatever happens, no daemon is left behind and no folder locked."""
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    report = Report(as_json=options.json)
    try:
        _run(report, options)
    except MeshError as error:
        report.say(f"scripts/mesh: {error}")
    except KeyboardInterrupt:
        report.say("interrupted")
        return INTERRUPTED
    report.print_object()
    return 0 if report.ok else 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(report: Report, options: Options) -> None:
    mesh = Mesh(claim(options.folder))
    try:
        run(mesh, report, options)
    except MeshError as error:
        for code in [error.province] if error.province else mesh.nodes:
            report.say(f"--- {mesh.nodes[code].log}\n{mesh.nodes[code].log_tail()}")
        raise
    finally:
        mesh.close()


if __name__ == "__main__":
    sys.exit(main())
