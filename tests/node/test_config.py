"""The configuration file: what is wrong is said with the file, the dotted key and the fix, and everything that is wrong at once."""

from pathlib import Path

import pytest

from node.config import MAX_CONFIG_BYTES, load, parse, seconds
from node.errors import ConfigError

GOOD = """\
[node]
province = "320000"
name = "江苏省"
data = "data"
[keys]
folder = "keys"
passphrase_file = "passphrase"
[membership]
file = "membership.json"
[peer]
listen = "0.0.0.0:7320"
[rest]
listen = "127.0.0.1:8320"
[admin]
listen = "127.0.0.1:9320"
[lists]
catalogue = "catalogue.toml"
uselist = "uselist.toml"
[[apps]]
app_id = "a"
token_sm3 = "0000000000000000000000000000000000000000000000000000000000000000"
use_org_code = "11320700DEMA00216P"
use_org_name = "样例"
"""
FOUR = Path(__file__).parents[2] / "config" / "four-provinces"


def write(folder: Path, text: str) -> Path:
    for name in ("catalogue.toml", "uselist.toml"):
        (folder / name).touch()
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """The lines of the error, without the path that each begins with."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_good_file_loads_and_its_paths_count_from_its_folder(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))

    assert (config.node.province, config.node.data) == ("320000", tmp_path / "data")
    assert (config.search.deadline, config.drain.grace, config.sync.interval) == (3.0, 10.0, 60.0)


def test_limits_are_none_unless_they_are_set(tmp_path: Path) -> None:
    set_ = load(write(tmp_path, GOOD + "\n[limits]\npeer_per_minute = 600\n")).limits

    assert (set_.unit_per_day, set_.operator_per_minute, set_.peer_per_minute) == (0, 0, 600)


@pytest.mark.parametrize("province", ["310000", "320000", "330000", "340000"])
def test_the_sample_configurations_load(province: str) -> None:
    assert load(FOUR / f"{province}.toml").node.province == province


CASES = [
    pytest.param('province = "320000"', "", "node.province: is missing; add it", id="a missing key"),
    pytest.param("[node]", "[nodes]", "node: is missing; add it", id="a missing section"),
    pytest.param(
        'data = "data"',
        'data = "data"\ndatta = 1',
        "node.datta: is not a known key; remove it or correct its spelling",
        id="an unknown key",
    ),
    pytest.param(
        "[[apps]]", "[[app]]", "app: is not a known key; remove it or correct its spelling", id="an unknown section"
    ),
    pytest.param('"320000"', '"32000"', "node.province: ", id="a province of five digits"),
    pytest.param('"320000"', '"321000"', "node.province: ", id="a city"),
    pytest.param('"320000"', "320000", "node.province: ", id="a province that is a number"),
    pytest.param('"江苏省"', '""', "node.name: ", id="an empty name"),
    pytest.param(
        'data = "data"', "data = 7", "node.data: write a path; correct the value", id="a path that is a number"
    ),
    pytest.param('data = "data"', 'data = ""', "node.data: write a path; correct the value", id="an empty path"),
    pytest.param(
        'data = "data"',
        'data = "~nobody-of-this-name/x"',
        "node.data: there is no such user's home; correct the value",
        id="the home of a user that does not exist",
    ),
    pytest.param(
        '"0.0.0.0:7320"',
        '"localhost:7320"',
        'peer.listen: write an address and a port, such as "127.0.0.1:7001"; correct the value',
        id="a host name where an address belongs",
    ),
    pytest.param('"0.0.0.0:7320"', '"0.0.0.0:65536"', "peer.listen: ", id="a port too high"),
    pytest.param('"0.0.0.0:7320"', '"0.0.0.0"', "peer.listen: ", id="no port"),
    pytest.param('"0.0.0.0:7320"', "7320", "peer.listen: ", id="a port alone"),
    pytest.param(
        '"127.0.0.1:8320"',
        '"0.0.0.0:8320"',
        "rest.listen: is reachable from outside without TLS; set rest.tls_certificate and rest.tls_key",
        id="REST on all addresses without TLS",
    ),
    pytest.param(
        '"127.0.0.1:8320"',
        '"127.0.0.1:8320"\ntls_key = "x"',
        "rest: give tls_certificate and tls_key together, or neither",
        id="half of a TLS pair",
    ),
    pytest.param(
        '"127.0.0.1:9320"',
        '"0.0.0.0:9320"',
        "admin.listen: must be a loopback address; use 127.0.0.1",
        id="admin outside",
    ),
    pytest.param(
        'passphrase_file = "passphrase"',
        "",
        "keys: give exactly one of passphrase_file, passphrase_env and passphrase_credential",
        id="no passphrase",
    ),
    pytest.param(
        'passphrase_file = "passphrase"',
        'passphrase_file = "passphrase"\npassphrase_env = "X"',
        "keys: give exactly one of passphrase_file, passphrase_env and passphrase_credential",
        id="two passphrases",
    ),
    pytest.param(
        'file = "membership.json"',
        'file = "membership.json"\nfingerprint = "abc"',
        "membership.fingerprint: ",
        id="a short fingerprint",
    ),
    pytest.param('"uselist.toml"', '"none.toml"', "lists.uselist: ", id="a list file that is not there"),
    pytest.param('token_sm3 = "0', 'token_sm3 = "x', "apps.0.token_sm3: ", id="a token that is no digest"),
    pytest.param('"11320700DEMA00216P"', '"1132"', "apps.0.use_org_code: ", id="a short credit code"),
    pytest.param("[lists]", "[search]\ndeadline = 3\n[lists]", "search.deadline: write a duration", id="a bare number"),
    pytest.param("[lists]", '[search]\ndeadline = "0s"\n[lists]', "search.deadline: ", id="no time at all"),
    pytest.param("[lists]", '[search]\ndeadline = "2m"\n[lists]', "search.deadline: ", id="a deadline beyond a minute"),
    pytest.param("[lists]", '[sync]\ninterval = "1ms"\n[lists]', "sync.interval: ", id="a frantic sync"),
    pytest.param("[lists]", '[drain]\ngrace = "1w"\n[lists]', "drain.grace: write a duration", id="an unknown unit"),
    pytest.param(
        "[lists]",
        '[documents]\naccept = ["TAMPERED"]\n[lists]',
        "documents.accept.0: ",
        id="files that were tampered with",
    ),
    pytest.param(
        "[lists]", '[documents]\ncopy_lifetime = "10y"\n[lists]', "documents.copy_lifetime: ", id="a copy for years"
    ),
    pytest.param("[lists]", '[anomaly]\nnight = "22-6"\n[lists]', "anomaly.night: ", id="a night without minutes"),
    pytest.param("[lists]", '[anomaly]\npause = "2d"\n[lists]', "anomaly.pause: ", id="a pause of days"),
    pytest.param("[lists]", '[reviews]\nlifetime = "60d"\n[lists]', "reviews.lifetime: ", id="a review for months"),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_what_is_wrong_is_named_with_the_fix(tmp_path: Path, old: str, new: str, expected: str) -> None:
    lines = problems(tmp_path, GOOD.replace(old, new, 1))

    assert any(line.startswith(expected) for line in lines), lines
    assert all(";" in line or line.startswith(("keys: give", "rest: give")) for line in lines)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    lines = problems(tmp_path, GOOD.replace('"320000"', '"x"').replace('"江苏省"', '""').replace("[peer]", "[pear]"))

    assert [line.partition(":")[0] for line in lines] == ["node.province", "node.name", "peer", "pear"]


def test_two_apps_of_one_name_are_refused(tmp_path: Path) -> None:
    app = GOOD[GOOD.index("[[apps]]") :]

    assert problems(tmp_path, GOOD + app) == ["apps: an app_id stands twice; remove one"]


MANAGER = """
[[managers]]
account = "zhou.jia"
token_sm3 = "1111111111111111111111111111111111111111111111111111111111111111"
roles = ["edit", "publish"]
"""


def test_managers_have_accounts_and_roles(tmp_path: Path) -> None:
    (one,) = load(write(tmp_path, GOOD + MANAGER)).managers

    assert (one.account, one.name, one.roles) == ("zhou.jia", "", ("edit", "publish"))


def test_two_managers_of_one_account_or_one_token_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD + MANAGER + MANAGER) == [
        "managers: an account stands twice; one person has one account",
        "managers: two accounts have one token; make another with certmesh managers token",
    ]


@pytest.mark.parametrize("roles", ["[]", '["rule"]'])
def test_a_manager_has_roles_that_are_known(tmp_path: Path, roles: str) -> None:
    said = problems(tmp_path, GOOD + MANAGER.replace('["edit", "publish"]', roles))

    assert said[0].startswith("managers.0.roles")


def test_an_error_never_shows_a_token(tmp_path: Path) -> None:
    secret = "c0ffee" * 10
    lines = problems(tmp_path, GOOD.replace("0" * 64, secret))

    assert secret not in "".join(lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"[node", "not TOML", id="no TOML"),
        pytest.param(b"\xff", "not TOML", id="no UTF-8"),
        pytest.param(b"#" * (MAX_CONFIG_BYTES + 1), "larger than 1 MiB", id="too large"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "node.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        load(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read \(No such file"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("250ms", 0.25, id="milliseconds"),
        pytest.param("3s", 3.0, id="seconds"),
        pytest.param("1.5m", 90.0, id="a minute and a half"),
        pytest.param("1h", 3600.0, id="an hour"),
    ],
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("value", ["", "3", "s", "-1s", "3 s", "1e3s", "3s\n", 3, None, ["3s"]])
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="write a duration"):
        seconds(value)


def test_ipv6_loopback_is_loopback(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD.replace("127.0.0.1:9320", "[::1]:9320"))).admin.listen == "[::1]:9320"


def test_the_configuration_for_production_is_in_form_and_its_unit_loads_the_credential_that_it_names() -> None:
    deploy = FOUR.parent / "deploy"
    section = parse(deploy / "node.toml").keys
    unit = (deploy / "certmesh.service").read_text(encoding="utf-8")

    assert section.passphrase_credential is not None
    assert f"LoadCredential={section.passphrase_credential}:/" in unit


def test_revocation_lists_are_files_or_urls_by_province(tmp_path: Path) -> None:
    text = (
        GOOD + '[identity]\ncrls = { 310000 = "crls/a.crl", 330000 = "http://127.0.0.1:1/b.crl" }\nstale = "refuse"\n'
    )
    identity = load(write(tmp_path, text)).identity

    assert identity.crls == {"310000": str(tmp_path / "crls" / "a.crl"), "330000": "http://127.0.0.1:1/b.crl"}
    assert (identity.stale, identity.fetch_interval) == ("refuse", 3600.0)


@pytest.mark.parametrize(
    "line",
    [
        'crls = { 310000 = "ftp://ca/x" }',
        'crls = { 310000 = "http://user:secret@ca/x" }',
        'crls = { 310000 = "https:///x" }',
        'crls = { 310000 = "" }',
        "crls = { 310000 = 7 }",
        'crls = { 311 = "a" }',
        'stale = "ignore"',
        'fetch_interval = "1s"',
    ],
)
def test_a_source_that_is_neither_is_named_by_its_key_and_not_repeated(tmp_path: Path, line: str) -> None:
    found = problems(tmp_path, f"{GOOD}[identity]\n{line}\n")

    assert len(found) == 1
    assert found[0].startswith("identity.")
    assert "secret" not in found[0]


HOOK = """\
[[webhooks]]
name = "units"
kind = "issuer"
url = "https://units.example:8443/in"
issuers = ["11330000DEMA00114X"]
timeout = "5s"
[[webhooks]]
name = "app"
kind = "holder-channel"
url = "http://127.0.0.1:9000/notices"
"""


def test_webhooks_are_configured_each_with_its_kind_and_address(tmp_path: Path) -> None:
    units, app = load(write(tmp_path, GOOD + HOOK)).webhooks

    assert (units.name, units.kind, units.issuers, units.timeout) == ("units", "issuer", ("11330000DEMA00114X",), 5.0)
    assert (app.kind, app.url, app.timeout) == ("holder-channel", "http://127.0.0.1:9000/notices", 10.0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(HOOK.replace('"app"', '"units"'), "a name stands twice", id="two of one name"),
        pytest.param(HOOK.replace("127.0.0.1:9000", "app.example"), "not encrypted", id="plain http to elsewhere"),
        pytest.param(HOOK.replace("127.0.0.1:9000", "localhost:9000"), "not encrypted", id="plain http to a name"),
        pytest.param(HOOK.replace('"issuer"', '"holder-channel"'), "issuers", id="a channel of issuers"),
        pytest.param(HOOK.replace('"issuer"', '"holder"'), "webhooks.0.kind", id="an unknown kind"),
        pytest.param(HOOK.replace("https://", "ftp://"), "webhooks.0.url", id="another protocol"),
        pytest.param(HOOK.replace("https://", "https://user:secret@"), "webhooks.0.url", id="an address with a user"),
        pytest.param(HOOK.replace("/in", "/in?a=1"), "webhooks.0.url", id="an address with a query"),
        pytest.param(HOOK.replace('"units"', '"Units/1"'), "webhooks.0.name", id="a name with a slash"),
        pytest.param(HOOK.replace('"5s"', '"5m"'), "webhooks.0.timeout", id="a timeout of minutes"),
    ],
)
def test_a_webhook_that_cannot_be_is_named(tmp_path: Path, text: str, problem: str) -> None:
    found = problems(tmp_path, GOOD + text)

    assert len(found) == 1
    assert problem in found[0]
