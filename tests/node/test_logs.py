"""Lines are JSON, and what looks like a citizen's number is masked. DESIGN §2.8."""

import asyncio
import io
import json
import logging
import os
import socket

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from node import logs
from node.errors import NodeError
from tests.node.rest.edge import logged, logs_restored, rows

ID_18 = "11010519491231002X"  # the sample of GB 11643
ID_15 = "110105491231002"


def test_a_line_is_one_json_object_with_time_level_and_bound_ids() -> None:
    with logged() as stream, structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("noun.verb", peer="330000", text="中文\n行")
    (line,) = rows(stream)

    assert (line["event"], line["level"], line["peer"], line["request_id"]) == ("noun.verb", "info", "330000", "r-1")
    assert line["timestamp"].endswith("Z")
    assert "中文" in stream.getvalue()


def test_the_standard_library_s_loggers_come_the_same_way() -> None:
    with logged("WARNING") as stream:
        logging.getLogger("grpc").warning("peer %s is slow", "330000", extra={"peer": "330000"})
        logging.getLogger("grpc").info("not severe enough")
    (line,) = rows(stream)

    assert (
        line["event"],
        line["level"],
        line["logger"],
        line["peer"],
    ) == ("peer 330000 is slow", "warning", "grpc", "330000")


def test_a_level_below_the_threshold_is_not_written() -> None:
    with logged("WARNING") as stream:
        structlog.get_logger().info("noun.verb")

    assert stream.getvalue() == ""


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(KeyError):
        logs.configure("LOUD")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param(ID_18, "[masked]", id="18 characters ending in X"),
        pytest.param(ID_18.lower(), "[masked]", id="18 characters ending in x"),
        pytest.param("110105194912310021", "[masked]", id="18 digits"),
        pytest.param(ID_15, "[masked]", id="15 digits"),
        pytest.param(f"证件{ID_18}。", "证件[masked]。", id="amid Chinese text"),
        pytest.param(f"no such holder: {ID_18}.", "no such holder: [masked].", id="at the end of a sentence"),
        pytest.param(f"a={ID_15}&b={ID_18}", "a=[masked]&b=[masked]", id="twice in a query string"),
        pytest.param("91320000MA1XXXXX0T", None, id="an organisation's credit code stays"),
        pytest.param("1772353800123456789", None, id="a time in nanoseconds stays"),
        pytest.param("0123456789012345", None, id="16 digits stay"),
        pytest.param("a123456789012345b", None, id="digits inside a digest stay"),
        pytest.param("1.2.156.113100002024201234.001", None, id="digits inside a dotted identifier stay"),
    ],
)
def test_what_looks_like_a_citizens_number_is_masked(text: str, masked: str | None) -> None:
    with logged() as stream:
        structlog.get_logger().info("noun.verb", text=text)
    (line,) = rows(stream)

    assert (text if masked is None else masked) == line["text"]
    assert (masked is not None) == line.get("redacted", False)


def test_masking_reaches_into_every_corner() -> None:
    with logged() as stream:
        nested = {"list": [{ID_18: 1}, (ID_15,)], "number": 110105194912310021, "count": 15, "share": 0.5, "no": None}
        structlog.get_logger().info(f"odd {ID_18}", nested=nested, key=ID_18.encode())
        logging.getLogger("lib").error("cannot read %s", ID_18)
    text = stream.getvalue()

    assert [one for one in (ID_18, ID_15, "110105194912310021") if one in text] == []
    assert {key: rows(stream)[0]["nested"][key] for key in ("count", "share", "no")} == {
        "count": 15,
        "share": 0.5,
        "no": None,
    }


@given(st.recursive(st.text() | st.integers() | st.none() | st.booleans(), st.lists, max_leaves=8))
@settings(max_examples=60, deadline=None)
def test_any_value_becomes_one_readable_line(value: object) -> None:
    with logged() as stream:
        structlog.get_logger().info("noun.verb", value=value)

    assert len(stream.getvalue().split("\n")[:-1]) == 1
    assert json.loads(stream.getvalue())["event"] == "noun.verb"


def _fail(secret: str) -> None:
    local = secret * 2
    try:
        os.environ[local]
    except KeyError as error:
        raise NodeError("the line is missing") from error


def test_a_traceback_has_places_and_causes_but_no_values() -> None:
    with logged() as stream:
        try:
            _fail("张三")
        except NodeError:
            structlog.get_logger().exception("job.failed")
    (line,) = rows(stream)

    assert [(one["type"], one["message"]) for one in line["exception"]] == [
        ("node.errors.NodeError", "the line is missing"),
        ("builtins.KeyError", "[withheld]"),
    ]
    assert "test_logs.py" in line["exception"][0]["frames"][-1]
    assert "张三" not in stream.getvalue()


def test_every_error_of_a_group_is_described() -> None:
    with logged() as stream:
        group = ExceptionGroup("two tasks", [ValueError("张三"), NodeError("ours")])
        logging.getLogger("asyncio").error("tasks failed", exc_info=group)
    (line,) = rows(stream)

    assert [[one["type"] for one in chain] for chain in line["exception"][0]["errors"]] == [
        ["builtins.ValueError"],
        ["node.errors.NodeError"],
    ]
    assert "张三" not in stream.getvalue()


def test_the_console_form_is_for_people_and_masks_too() -> None:
    stream = io.StringIO()
    with logs_restored():
        logs.configure("INFO", "console", stream=stream)
        structlog.get_logger().info("noun.verb", text=ID_18)
        try:
            _fail("张三")
        except NodeError:
            structlog.get_logger().exception("job.failed")
    text = stream.getvalue()

    assert "noun.verb" in text
    assert "caused by builtins.KeyError" in text
    assert [one for one in (ID_18, "张三") if one in text] == []


async def test_a_malformed_request_is_logged_without_its_bytes() -> None:
    with logged() as stream:
        async with TestServer(web.Application()) as server:
            with socket.create_connection(("127.0.0.1", server.port or 0)) as client:
                client.settimeout(0)
                client.sendall(b"GET /?name=zhangsan HTTP/banana\r\n\r\n")
                await _closed(client)
    text = stream.getvalue()

    assert "malformed HTTP" in text
    assert "zhangsan" not in text


async def _closed(client: socket.socket) -> None:
    while await asyncio.get_running_loop().sock_recv(client, 4096):
        pass
