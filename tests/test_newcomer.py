"""Somebody who has nothing but the repository: each command of the documents works for them."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import parser
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.stage import environment, serving
from sandbox.world import World
from tests.test_documents import ROOT

README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


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


def commands(program: str, *documents: Path) -> set[str]:
    """What these documents say to type, of one program."""
    every = "\n".join(path.read_text() for path in documents)
    spans = [
        *re.findall(r"`([^`\n]+)`", every),
        *re.findall(r"^(?:heroku run )?(make .*|python -m .*)$", every, re.MULTILINE),
    ]
    found = {span.partition("#")[0].strip() for span in spans}
    typed = {command.removeprefix("heroku run ") for command in found}
    return {command for command in typed if command.startswith(f"{program} ")}


QUICK = "PYTEST_ADDOPTS=tests/test_settings.py"
"""One test stands for all: those are running right now."""
SHORTER = {
    "make sandbox": "make sandbox",
    "make test": f"make test {QUICK}",
    "make check": f"make check {QUICK}",
    "make bench": "make bench OPTIONS='--repetitions 1 --seconds 0.2 --latencies 0 --no-hang'",
    "make bench OPTIONS=--growth": "make bench OPTIONS='--growth --repetitions 1'",
}
"""The make commands of the README in the order in which they are typed, and how each of them ended soon."""


def test_each_make_command_of_the_readme_is_tried_below() -> None:
    assert commands("make", README) <= set(SHORTER)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_each_command_of_the_readme_and_the_docs_works_in_a_fresh_folder(tmp_path: Path, world: World) -> None:
    listed = run(ROOT, "git ls-files --cached --others --exclude-standard").stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for command, shorter in SHORTER.items():
        ended = await asyncio.to_thread(run, tmp_path, shorter, "/session status\n")
        assert (command, ended.returncode) == (command, 0), ended.stdout + ended.stderr
        if command == "make sandbox":
            assert "3 here" in ended.stdout
    slack, kit = StandInSlack(world), StandInRealtimeKit(world)
    async with serving(slack.app()) as slack.url, serving(kit.app()) as kit_url:
        settings = environment(slack.url, kit_url) | {"database_url": f"sqlite:///{tmp_path}/usher.db"}
        variables = {name.upper(): str(value) for name, value in settings.items() if value is not None}
        for command in ["python -m bot migrate", *sorted(commands("python -m bot", *DOCUMENTS))]:
            ended = await asyncio.to_thread(run, tmp_path, f".venv/bin/{command}", **variables)
            assert (command, ended.returncode) == (command, 0), ended.stdout + ended.stderr


@pytest.mark.parametrize("command", sorted(commands("python -m bot", *DOCUMENTS)))
def test_each_command_of_the_documents_is_one_that_is_understood(command: str) -> None:
    words = shlex.split(command.partition("python -m bot")[2])
    if "--version" not in words:
        parser().parse_args(words)


@pytest.mark.parametrize("command", sorted(commands("make", *DOCUMENTS)))
def test_each_target_of_the_documents_is_known_to_make(command: str) -> None:
    assert run(ROOT, f"{command} --dry-run").returncode == 0
