"""Identifiers against the vectors of REQUIREMENTS §3.4 (public code of running systems) and python-stdnum as an oracle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from node.library.identifier import (
    Identifier,
    IdentifierError,
    Quality,
    check_character,
    legacy_check_character,
    make,
    parse,
)

TYPE, ISSUER = "11100000MB03271699022", "11310000MB2F056267"
WORKED = f"1.2.156.3005.2.{TYPE}.{ISSUER}.20240501000000000001.001.4"  # the worked example of REQUIREMENTS §3.4
CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param(WORKED, (), id="the worked example is clean"),
        pytest.param(
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            (),
            id="a Hunan certificate is clean",
        ),
        pytest.param(
            "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
            (),
            id="a Zhejiang certificate is clean",
        ),
        pytest.param(
            "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
            (Quality.NONSTANDARD_ISSUER,),
            id="an area code as issuer is accepted and flagged",
        ),
        pytest.param(
            "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
            (Quality.LEGACY_CHECK,),
            id="the legacy check character is accepted and flagged",
        ),
        pytest.param(
            WORKED.replace("3005", "3003"),
            (Quality.FOREIGN_ROOT,),
            id="the other vendor's root is accepted and flagged",
        ),
    ],
)
def test_an_identifier_in_circulation_is_accepted(text: str, warnings: tuple[Quality, ...]) -> None:
    parsed = parse(f" {text}\n")

    assert warnings == parsed.warnings
    assert text == str(parsed.identifier)


def test_the_parts_are_what_stands_between_the_dots() -> None:
    expected = Identifier(type_code=TYPE, issuer_code=ISSUER, serial="20240501000000000001", version=1, check="4")

    assert expected == parse(WORKED).identifier


def test_the_legacy_sample_has_another_right_character() -> None:
    body = "11100000000013661B006113700000045046442209FA4E88F9E4C878F3E9BED2CE7EA49001"

    assert (check_character(body), legacy_check_character(body)) == ("D", "M")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        pytest.param(WORKED[:-1] + "5", "check character is wrong", id="a wrong check character is refused"),
        pytest.param(WORKED.replace("1.2.156", "1.2.840"), "begins with", id="an unknown root is refused"),
        pytest.param(WORKED + ".4", "five parts", id="a part too many is refused"),
        pytest.param(WORKED.replace(TYPE, TYPE[:-1]), "type code", id="a short type code is refused"),
        pytest.param(WORKED.replace(ISSUER, "3401"), "issuer code", id="a short issuer code is refused"),
        pytest.param(WORKED.replace("2024", "2o24"), "serial", id="a small letter in the serial is refused"),
        pytest.param(WORKED.replace(".001.", ".1."), "three digits", id="a short version is refused"),
        pytest.param(WORKED.replace(".001.", ".000."), "001 to 999", id="version 000 is refused"),
        pytest.param(WORKED.replace(".001.", ".٠٠١."), "three digits", id="digits of another script are refused"),
        pytest.param(WORKED[:-2], "five parts", id="a missing check character is refused"),
        pytest.param(WORKED.replace("2024", "2" * 80), "at most 128", id="an overlong text is refused"),
        pytest.param("", "begins with", id="an empty text is refused"),
    ],
)
def test_a_broken_rule_is_named(text: str, rule: str) -> None:
    with pytest.raises(IdentifierError, match=rule):
        parse(text)


def test_the_next_version_of_the_worked_example_has_check_2() -> None:
    assert WORKED.replace(".001.4", ".002.2") == make(TYPE, ISSUER, "20240501000000000001", 2)


@pytest.mark.parametrize("version", [0, 1000])
def test_versions_outside_three_digits_are_not_made(version: int) -> None:
    with pytest.raises(IdentifierError, match="001 to 999"):
        make(TYPE, ISSUER, "1", version)


@given(st.text(CAPITALS, min_size=1, max_size=80))
@settings(deadline=None, max_examples=100)
def test_the_check_character_is_the_one_python_stdnum_computes(body: str) -> None:
    assert mod_37_36.calc_check_digit(body) == check_character(body)


@given(st.text(CAPITALS, min_size=1, max_size=50), st.integers(1, 999))
@settings(deadline=None, max_examples=100)
def test_what_is_made_is_read_back_without_warning(serial: str, version: int) -> None:
    parsed = parse(make(TYPE, ISSUER, serial, version))

    assert (serial, version, ()) == (parsed.identifier.serial, parsed.identifier.version, parsed.warnings)
