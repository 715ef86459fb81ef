"""The whole run: found, start, publish, import, the story, stop, verify; one table per step."""

import contextlib
import http.client
import signal
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from node.library.invented import PROVINCES
from scripts._mesh import certificates
from scripts._mesh.cases import Cases
from scripts._mesh.certificates import Issuance
from scripts._mesh.hints import hints
from scripts._mesh.lists import ListStory
from scripts._mesh.mesh import KINDS, Mesh, each, receipts
from scripts._mesh.options import Options
from scripts._mesh.report import Report, named
from scripts._mesh.story import Story
from scripts._mesh.stranger import Stranger


def run(mesh: Mesh, report: Report, options: Options) -> None:
    """Do everything, and say it.

    Raises:
        MeshError: it cannot go on.
    """
    if options.library:
        mesh.folder.accept_all()
    seals = mesh.folder.seal_maker()
    issuance = certificates.from_library(options.library, seals) if options.library else certificates.made(seals)
    found(mesh, report)
    start(mesh, report)
    publish(mesh, report)
    ListStory(mesh, report).tell()
    import_all(mesh, report, issuance)
    story = Story(mesh, report, options, issuance)
    story.apply()
    story.search()
    story.retrieve()
    story.verify()
    story.announced()
    if not options.down and not options.slow:  # who is silent is the story's matter
        Cases(mesh, report).tell()
        Stranger(mesh, report).tell()
    keep_metrics(mesh)
    if not options.keep:
        stop(mesh, report)
    verify(mesh, report, story)
    report.verdict()
    if options.keep:
        report.say(hints(mesh, story.counter))
        wait_for_interrupt()
        stop(mesh, report)


def wait_for_interrupt() -> None:
    """Ctrl-C, or a signal that is made one (`__main__`)."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def found(mesh: Mesh, report: Report) -> None:
    """Keys, certificates and the membership document."""
    with report.step("founding 建网", "province", "peers (gRPC)", "line systems (REST)", "operator") as table:
        said = mesh.found()
        for code in PROVINCES:
            config = mesh.config(code)
            table.add_row(named(code), config.peer.listen, config.rest.listen, config.admin.listen)
        report.check("the membership document is signed by all four", holds="(4 of 4)" in said)


def start(mesh: Mesh, report: Report) -> None:
    """Four daemons, each a process."""
    with report.step("daemons 启动", "province", "process", "log") as table:
        mesh.start()
        for code, node in mesh.nodes.items():
            table.add_row(named(code), str(node.pid), str(node.log))


def publish(mesh: Mesh, report: Report) -> None:
    """The nodes published at their start; wait until every provider has decided and every peer has acknowledged everything."""
    with report.step(
        "publications 证照目录、用证清单、审定", "province", "list", "version", "acknowledged", "held by"
    ) as table:
        statuses = mesh.wait_acknowledged()
        complete = 0
        for code in statuses:
            node = report.result.nodes[code]
            for kind in KINDS:
                version = statuses[code]["publications"][kind]["version"]
                node[f"{kind}_version"] = version
                signed, held = receipts(statuses, code, kind)
                complete += len(signed & held)
                table.add_row(named(code), kind, f"v{version}", f"{len(signed)} of 3", f"{len(held)} of 3")
        wanted = len(PROVINCES) * (len(PROVINCES) - 1) * len(KINDS)
        report.check(f"{complete} of {wanted} receipts are there", holds=complete == wanted)


def import_all(mesh: Mesh, report: Report, issuance: Issuance) -> None:
    """Each province's certificates through the ordinary import."""
    with report.step("library 证照入库", "province", "rows", "new", "replaced", "remarks") as table:
        sources = {code: mesh.folder.of(code) / "source" for code in issuance}
        certificates.write_sources(issuance, sources)
        reports = each([code for code in issuance if issuance[code]], lambda code: mesh.import_(code, sources[code]))
        for code, one in reports.items():
            remarks = ", ".join(f"{word} {count}" for word, count in (one["verdicts"] | one["quality"]).items())
            table.add_row(named(code), str(one["rows"]), str(one["new"]), str(one["replaced"]), remarks)
        new = sum(one["new"] for one in reports.values())
        report.check("every certificate is in its province's library", holds=new == sum(map(len, issuance.values())))


def keep_metrics(mesh: Mesh) -> None:
    """Leave each running node's metrics page beside its log."""
    for code in mesh.up:
        connection = http.client.HTTPConnection(urlsplit(mesh.url(code, "admin")).netloc, timeout=30)
        try:
            connection.request("GET", "/metrics")
            (mesh.folder.of(code) / "metrics.txt").write_bytes(connection.getresponse().read())
        finally:
            connection.close()


def stop(mesh: Mesh, report: Report) -> None:
    """SIGTERM to all."""
    with report.step("stop 停止", "province", "exit code") as table:
        codes = mesh.stop()
        for code, exit_code in codes.items():
            table.add_row(named(code), str(exit_code))
        report.check("every daemon drained and ended with 0", holds=not any(codes.values()))


def verify(mesh: Mesh, report: Report, story: Story) -> None:
    """Every log, hashed again from its leaves; that of a node that is down as well."""
    with report.step("evidence 存证", "province", "entries", "signed up to", "root", "verified") as table:
        reports: Mapping[str, Mapping[str, Any]] = each(PROVINCES, mesh.verify)
        for code, one in reports.items():
            evidence = {"size": one["size"], "root": one["root"], "verified": one["ok"]}
            report.result.nodes[code]["evidence"] = evidence
            word = "yes" if one["ok"] else str(one["first_bad"])
            table.add_row(named(code), str(one["size"]), str(one["checkpoint_size"]), f"{one['root'][:16]}…", word)
        report.check("every log verifies from its leaves", holds=all(one["ok"] for one in reports.values()))
        story.recorded()
