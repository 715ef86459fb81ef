"""The command line `certmesh`: parses, calls, prints. Answers go to stdout, everything else to stderr.

Exit codes: 0 done · 1 a check failed or a request was refused · 2 wrong usage or configuration · 3 `doctor` found something critical ·
4 two libraries judge one signature differently.
"""

import sys

import typer

from federation.model.publication import PublicationError
from node.admin.client import AdminError
from node.cli import (
    doctor,
    evidence,
    identity,
    identity_crl,
    identity_next,
    identity_show,
    library,
    membership,
    membership_adopt,
    membership_change,
    membership_history,
    ofd,
    ofd_copy,
    ofd_preview,
    ofd_report,
    orders,
    running,
    setup,
)
from node.cli.second_opinion import EXIT_DISAGREEMENT, disagree
from node.errors import ConfigError, NodeError
from node.library.source import ManifestError
from node.ports.store import StoreError
from trust.errors import DisagreementError, TrustError

app = typer.Typer(
    name="certmesh",
    help="A province's node for sharing electronic certificates (电子证照) with its peers, without a hub.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
setup.add_to(app)
running.add_to(app)
orders.add_to(app)
doctor.add_to(app)
library.add_to(app)
ofd_copy.add_to(ofd.app)
ofd_preview.add_to(ofd.app)
ofd_report.add_to(ofd.app)
identity_show.add_to(identity.app)
membership_adopt.add_to(membership.app)
identity_next.add_to(identity.app)
membership_change.add_to(membership.app)
membership_history.add_to(membership.app)
identity.app.add_typer(identity_crl.app, name="crl", help="The revocation list of the province's CA.")
app.add_typer(
    identity.app, name="identity", help="The node's identity certificates: ask for, issue, install, revoke, show."
)
app.add_typer(
    membership.app, name="membership", help="Who belongs to the mesh: found it, change it, sign, look back, judge."
)
app.add_typer(evidence.app, name="evidence", help="The node's evidence log.")
app.add_typer(ofd.app, name="ofd", help="OFD files: what they hold, and what their signatures are worth.")


def main() -> None:
    """Run the command line; errors made for people end as one message and an exit code."""
    try:
        app()
    except ConfigError as error:
        _fail(error, 2)
    except DisagreementError as error:
        disagree(error, as_json=False)
        sys.exit(EXIT_DISAGREEMENT)
    except (NodeError, AdminError, StoreError, TrustError, ManifestError, PublicationError) as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    print(f"certmesh: {error}", file=sys.stderr)
    sys.exit(code)
