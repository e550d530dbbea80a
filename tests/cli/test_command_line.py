"""What an operator types: `migrate`, `check`, `journal`."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.process import run_bot
from tests.test_settings import GOOD


def run(folder: Path, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
    away = {"SLACK_API_URL": "http://127.0.0.1:9/", "CLOUDFLARE_BASE_URL": "http://127.0.0.1:9"}
    return run_bot(*words, **({"DATABASE_URL": f"sqlite:///{folder}/usher.db"} | GOOD | changed | away))


@pytest.mark.slow
def test_migrate_makes_the_schema_that_the_journal_is_printed_from(tmp_path: Path) -> None:
    ended = run(tmp_path, "migrate")
    assert (ended.returncode, ended.stderr) == (0, "")
    printed = run(tmp_path, "journal", "--since", "2026-11-01")
    assert printed.stdout == "at,user_id,channel_id,what,meeting_id,title,people,detail,state,outcome\n"
    refused = run(tmp_path, "journal", "--since", "lately")
    assert refused.returncode == 2
    assert refused.stderr.startswith("--since must be")


def test_what_is_logged_does_not_get_between_the_lines_of_a_journal(tmp_path: Path) -> None:
    ended = run(tmp_path, "journal", DATABASE_URL="postgres://127.0.0.1:9/usher?keepalives=1")
    assert ended.returncode == 3
    assert "database url parameters ignored" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.slow
def test_migrate_takes_the_schema_back_where_an_older_usher_is_to_follow(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "migrate", "--to", "0001").returncode == 0
    refused = run(tmp_path, "migrate", "--to", "base")
    assert refused.returncode == 3
    assert "no revision is 'base'" in refused.stderr


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run(tmp_path, HOST="127.0.0.1", PORT=str(taken.getsockname()[1]))
    assert ended.returncode == 5
    assert "Usher can't listen on 127.0.0.1:" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_check_lists_what_is_wrong_and_leaves_with_1(tmp_path: Path) -> None:
    ended = run(tmp_path, "check")
    assert ended.returncode == 1
    marks = [line[:15] for line in ended.stdout.splitlines() if not line.startswith(" ")]
    assert marks == ["✓ settings: all", "✗ slack: can't ", "✗ realtimekit: ", "– join: JOIN_UR", "✗ database: sch"]
    assert "Traceback" not in ended.stdout + ended.stderr


def test_check_names_bad_settings(tmp_path: Path) -> None:
    ended = run(tmp_path, "check", PORT="x")
    assert ended.returncode == 2
    assert "✗ PORT " in ended.stderr


def test_the_journal_of_a_file_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    ended = run_bot("journal", DATABASE_URL=f"sqlite:///{tmp_path}/mistyped.db")
    assert (ended.returncode, "that file doesn't exist" in ended.stderr) == (3, True)
    assert list(tmp_path.iterdir()) == []
