"""Of several certificates of one number, the newest version is meant; two that are no versions of one another stay two."""

import pytest

from node.ports.certificates import StoredCertificate
from node.usecases.retrieval.versions import current
from tests.node.storage.samples import certificate


def version(identifier: str, status: str = "VALID", superseded_by: str = "", issuer: str = "i") -> StoredCertificate:
    return certificate(identifier, status=status, superseded_by=superseded_by, issuer_code=issuer)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        pytest.param([], [], id="none"),
        pytest.param([version("1", "SUPERSEDED", "2"), version("2")], ["2"], id="old and new"),
        pytest.param([version("1", "SUPERSEDED", "2"), version("2", "REVOKED")], ["2"], id="the new one is revoked"),
        pytest.param([version("1", "SUPERSEDED", "2")], ["1"], id="the old one alone"),
        pytest.param([version("1", "SUPERSEDED"), version("2")], ["2"], id="the old one does not say by which"),
        pytest.param(
            [version("1", "SUPERSEDED", "2"), version("2", "SUPERSEDED", "3"), version("3")], ["3"], id="three in a row"
        ),
        pytest.param(
            [version("1", "SUPERSEDED", "2"), version("2", "SUPERSEDED", "9")],
            ["2"],
            id="the newest has another number",
        ),
        pytest.param([version("1"), version("2")], ["1", "2"], id="two that are valid"),
        pytest.param(
            [version("1", "SUPERSEDED"), version("2", issuer="j")], ["1", "2"], id="an old one of another issuer"
        ),
        pytest.param(
            [version("1", "SUPERSEDED", "2"), version("2", "SUPERSEDED", "1")], ["1", "2"], id="they point in a circle"
        ),
        pytest.param([version("1", "VALID", "1")], ["1"], id="it points at itself"),
    ],
)
def test_the_newest_version_of_a_number_is_meant(rows: list[StoredCertificate], left: list[str]) -> None:
    assert [one.identifier for one in current(rows)] == left
