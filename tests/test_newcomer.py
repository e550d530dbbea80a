"""Somebody who has nothing but the repository: each command of the documents works for them."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import parser
from tests.test_documents import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def run(folder: Path, command: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a folder, without what the environment of the tests brings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "VIRTUAL_ENV"))}
    return subprocess.run(  # noqa: S603 - our own documents
        shlex.split(command),
        cwd=folder,
        env=kept | variables,
        input=typed,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.skipif("CI" not in os.environ, reason="sets up an environment of its own; CI does so, where CI is set")
@pytest.mark.timeout(300)
def test_the_readme_s_two_commands_set_everything_up_in_a_fresh_folder(tmp_path: Path) -> None:
    listed = run(ROOT, "git ls-files --cached --others --exclude-standard").stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    tried = run(tmp_path, "make sandbox", "/session status\n")
    assert (tried.returncode, "3 people now" in tried.stdout) == (0, True)
    assert "http://" in tried.stdout
    # One test stands for all: those are running right now.
    tested = run(tmp_path, "make test", PYTEST_ADDOPTS="tests/test_settings.py")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def commands(program: str) -> set[str]:
    """What the documents say to type, of one program."""
    every = "\n".join(path.read_text() for path in DOCUMENTS)
    spans = [
        *re.findall(r"`([^`\n]+)`", every),
        *re.findall(r"^(?:heroku run )?(make .*|python -m .*)$", every, re.MULTILINE),
    ]
    found = {span.partition("#")[0].strip() for span in spans}
    typed = {command.removeprefix("heroku run ") for command in found}
    return {command for command in typed if command.startswith(f"{program} ")}


@pytest.mark.parametrize("command", sorted(commands("python -m bot")))
def test_each_command_of_the_documents_is_one_that_is_understood(command: str) -> None:
    words = shlex.split(command.partition("python -m bot")[2])
    if "--version" not in words:
        parser().parse_args(words)


@pytest.mark.parametrize("command", sorted(commands("make")))
def test_each_target_of_the_documents_is_known_to_make(command: str) -> None:
    assert run(ROOT, f"{command} --dry-run").returncode == 0
