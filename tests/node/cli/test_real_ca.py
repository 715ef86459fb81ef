"""A real CA, the openssl command line with its database: requests out, certificates and lists in, checked by gmcheck.sh.

What a province does that has a CA of its own already (issue 4.3): nothing here was made by this product but the keys and the requests.
"""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node import keys
from node.cli import app
from tests.light import ROUNDS
from tests.trust.identity.pki import TOOLS, needs_openssl, needs_tools, run
from trust import gm
from trust.checkpoint import Checkpoint, sign_note, verify_note
from trust.errors import IdentityError
from trust.identity import Certificate, Usage

pytestmark = [needs_openssl, needs_tools, pytest.mark.timeout(180)]

PHRASE, NAME, PROVINCE = "correct horse battery", "江苏省大数据局", "320000"
ISSUING = """set -eu; cd {out}; C=openssl-sm2.cnf; ID=distid:1234567812345678
{tools}/mkpki.sh {out} unused >/dev/null 2>&1
for u in signing:v3_sign encryption:v3_enc; do
  openssl req -in ${{u%:*}}.csr -verify -vfyopt $ID -noout
  openssl ca -config $C -batch -notext -utf8 -md sm3 -sigopt $ID -vfyopt $ID -extensions ${{u#*:}} -in ${{u%:*}}.csr -out ${{u%:*}}.crt
  {tools}/gmcheck.sh cert ca.crt ${{u%:*}}.crt
done"""
LISTING = """set -eu; cd {out}; C=openssl-sm2.cnf; ID=distid:1234567812345678
{revoke}
openssl ca -config $C -gencrl -md sm3 -sigopt $ID -crlexts crl_ext -out new.crl
{tools}/gmcheck.sh crl ca.crt new.crl"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's keys folder, its requests beside it, and what `openssl ca` made of them."""
    root = tmp_path_factory.mktemp("real-ca")
    (root / "phrase").touch(mode=0o600)
    (root / "phrase").write_text(PHRASE)
    keys.create(
        root / "keys", province=PROVINCE, name=NAME, passphrase=PHRASE.encode(), now=datetime.now(UTC), rounds=ROUNDS
    )
    (root / "out").mkdir()
    assert command(root / "keys", "request", "--name", NAME, "--out", root / "out").exit_code == 0
    said = run("sh", "-c", ISSUING.format(out=root / "out", tools=TOOLS), SAN=f"URI:urn:certmesh:node:{PROVINCE}")
    assert said.count("OK") == 4, said  # two requests verified, two certificates checked
    assert (root / "out" / "ca.crt").exists(), said
    return root / "keys"


def command(folder: Path, *arguments: str | Path, phrase: bool = True) -> Result:
    secret = ["--passphrase-file", str(folder.parent / "phrase")] if phrase else []
    return CliRunner().invoke(app, ["identity", *map(str, arguments), "--keys", str(folder), *secret])


def made_list(out: Path, revoke: str = "") -> str:
    return run("sh", "-c", LISTING.format(out=out, tools=TOOLS, revoke=revoke), SAN="DNS:unused")


def test_what_openssl_ca_issued_is_installed_and_the_whole_fits(folder: Path) -> None:
    out = folder.parent / "out"
    done = command(folder, "install", *(out / f"{name}.crt" for name in ("ca", "signing", "encryption")))
    shown = json.loads(command(folder, "show", "--json", phrase=False).stdout)
    identity = keys.load_identity(folder, PROVINCE, PHRASE.encode())

    assert done.exit_code == 0, done.output
    assert (shown["good"], shown["problems"], shown["province"]) == (True, [], PROVINCE)
    assert shown["second_opinion"]["signatures"] == 4, "leaf and root of both chains"
    assert identity.signing_certificate.der == Certificate.from_pem((out / "signing.crt").read_bytes()).der
    assert identity.signing_certificate.usages == {Usage.SIGNING}


def test_its_list_is_taken_with_its_number_and_a_revoked_certificate_is_seen(folder: Path) -> None:
    out = folder.parent / "out"
    assert command(folder, "install", *(out / f"{name}.crt" for name in ("ca", "signing", "encryption"))).exit_code == 0
    assert made_list(out).startswith("OK\n")
    first = command(folder, "crl", "install", out / "new.crl", phrase=False)
    good = json.loads(command(folder, "show", "--json", phrase=False).stdout)
    revoke = "openssl ca -config openssl-sm2.cnf -revoke encryption.crt -crl_reason keyCompromise"
    assert made_list(out, revoke).startswith("OK\n")
    second = command(folder, "crl", "install", out / "new.crl", phrase=False)
    bad = json.loads(command(folder, "show", "--json", phrase=False).stdout)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert (good["good"], good["list_state"]) == (True, "fresh")
    assert bad["list"]["number"] == good["list"]["number"] + 1
    assert bad["good"] is False
    assert "encryption: the certificate was revoked at" in bad["problems"][0]
    assert bad["list"]["revoked"][0]["reason"] == "keyCompromise"


@pytest.mark.parametrize("name", ["unused-sign.crt", "unused-enc.crt"])
def test_a_certificate_of_this_ca_for_another_key_is_not_installed(folder: Path, name: str) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = command(folder, "install", folder.parent / "out" / "ca.crt", folder.parent / "out" / name)

    assert isinstance(done.exception, IdentityError)
    assert "is for another key than" in str(done.exception)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_evidence_checkpoint_passes_gmcheck_with_nothing_but_openssl(folder: Path, tmp_path: Path) -> None:
    """CRYPTO.md §7, "Tests to carry" (c): the evidence file."""
    key, certificate = keys.load_signing(folder, PHRASE.encode())
    origin = f"certmesh.cn/{PROVINCE}/evidence"
    note = sign_note(Checkpoint(origin=origin, size=7, root=gm.sm3(b"root")), certificate.public_key, key.sign)
    assert verify_note(note, origin, certificate.public_key).size == 7
    text, _, line = note.partition(b"\n\n")
    (tmp_path / "n.crt").write_text(certificate.pem)
    (tmp_path / "text").write_bytes(text + b"\n")
    (tmp_path / "sig").write_bytes(base64.b64decode(line.split()[-1])[4:])  # behind the key id
    (tmp_path / "other").write_bytes(text.replace(b"\n7\n", b"\n8\n") + b"\n")
    checked = [
        run(TOOLS / "gmcheck.sh", "raw", tmp_path / "n.crt", tmp_path / one, tmp_path / "sig")
        for one in ("text", "other")
    ]

    assert checked == ["OK\n", "FAIL\n"]
