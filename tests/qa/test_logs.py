"""What a process writes on standard error, in a process of its own: logging is the process's."""

import json
import re
import subprocess
import sys

import pytest

HEAD = """
import asyncio, logging, threading, warnings
from qa.logs import REQUEST_ID, install
from qa.settings import Settings
install(Settings(log_level={level!r}, log_format={format!r}))
log = logging.getLogger("qa.something")
"""
SECRET = "my secret question"
FAILING = f"""
def deep():
    raise KeyError({SECRET!r})
def failing():
    try:
        deep()
    except KeyError as error:
        raise ValueError("{SECRET}") from error
"""


def said(code: str, level: str = "info", kind: str = "json") -> str:
    """What the code writes on standard error."""
    program = HEAD.format(level=level, format=kind) + code
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout == ""
    return run.stderr


def objects(code: str, level: str = "info") -> list[dict[str, object]]:
    return [json.loads(line) for line in said(code, level).splitlines()]


def test_a_line_of_json_has_the_time_the_level_the_logger_and_the_message() -> None:
    (line,) = objects('log.warning("%d of %s", 3, "ünï")')
    time = line.pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(time))
    assert line == {"level": "warning", "logger": "qa.something", "message": "3 of ünï"}


def test_a_line_has_the_requests_id_and_the_fields_of_its_record() -> None:
    code = 'REQUEST_ID.set("4f0c"); log.info("done", extra={"fields": {"status": 200, "ms": 5.7}})'
    (line,) = objects(code)
    assert (line["request_id"], line["status"], line["ms"]) == ("4f0c", 200, 5.7)


def test_a_line_of_text_is_for_people() -> None:
    text = said('log.info("one"); REQUEST_ID.set("4f0c"); log.error("two")', kind="text")
    first, second = text.splitlines()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{time} INFO qa\.something one", first)
    assert re.fullmatch(rf"{time} ERROR qa\.something \[4f0c\] two", second)


@pytest.mark.parametrize("line", ['log.error("a\\nb")', 'log.error("\\ud800 \\x85")'])
def test_an_object_is_one_line_whatever_is_in_it(line: str) -> None:
    assert len(objects(line)) == 1


@pytest.mark.parametrize(
    ("level", "seen"),
    [("debug", "diwe"), ("info", "iwe"), ("warning", "we"), ("error", "e")],
)
def test_what_is_below_the_level_is_not_logged(level: str, seen: str) -> None:
    code = 'log.debug("d"); log.info("i"); log.warning("w"); log.error("e")'
    assert "".join(str(line["message"]) for line in objects(code, level)) == seen


def test_other_packages_are_heard_from_warnings_on() -> None:
    code = 'other = logging.getLogger("mcp"); other.info("no"); other.warning("yes")'
    assert [line["message"] for line in objects(code, "debug")] == ["yes"]


def test_the_servers_own_lines_look_like_all_others() -> None:
    code = """
import uvicorn
uvicorn.Config("x:y", log_config=None, log_level="info", access_log=False)
logging.getLogger("uvicorn.error").info("started")
logging.getLogger("uvicorn.access").info("GET /v1/ask?q=secret")
"""
    assert [(line["logger"], line["message"]) for line in objects(code)] == [
        ("uvicorn.error", "started")
    ]


def test_installed_again_it_says_everything_once() -> None:
    code = 'install(Settings(log_level="info", log_format="json")); log.info("once")'
    assert len(objects(code)) == 1


@pytest.mark.parametrize("kind", ["text", "json"])
@pytest.mark.parametrize(
    "code",
    [
        'try:\n    failing()\nexcept ValueError:\n    log.exception("it failed")',
        "thread = threading.Thread(target=failing); thread.start(); thread.join()",
        "failing()",
        "async def soon(): failing()\n"
        "async def main():\n"
        "    task = asyncio.create_task(soon())\n"
        "    await asyncio.sleep(0)\n"
        "asyncio.run(main())",
    ],
    ids=["logged", "in-a-thread", "uncaught", "in-a-task"],
)
def test_of_an_error_its_kind_and_place_are_told_and_not_what_it_says(code: str, kind: str) -> None:
    text = said(FAILING + code, kind=kind)
    assert SECRET not in text.replace('raise ValueError("my secret question")', "")
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in deep" in text
    if kind == "json":
        (line,) = map(json.loads, text.splitlines())
        assert "which came of" in line["error"]


def test_warnings_of_the_code_are_lines_too() -> None:
    (line,) = objects('warnings.warn("old way")')
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")


def test_a_stop_by_the_keyboard_is_no_fault() -> None:
    assert "the process ends" not in said("raise KeyboardInterrupt")
