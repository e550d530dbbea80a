"""The wheel that `pip install .` and `uvx --from . usher` make."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot import VERSION
from tests.process import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own command
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the console script `usher` runs."""
    command = "import sys; sys.argv[0] = 'usher'; from bot.__main__ import main; sys.exit(main())"
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-c", command, *words],
        cwd=installed.parent,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_holds_the_bot_and_its_manifest_and_no_sandbox_and_no_tests(installed: Path) -> None:
    assert {path.name for path in installed.iterdir()} == {"bot", f"usher-{VERSION}.dist-info"}
    assert (installed / "bot/manifest.yml").read_text() == (ROOT / "manifest.yml").read_text()
    script = (installed / f"usher-{VERSION}.dist-info/entry_points.txt").read_text()
    assert "usher = bot.__main__:main" in script


@pytest.mark.slow
def test_its_commands_work_away_from_the_checkout(installed: Path) -> None:
    assert run(installed, "--version").stdout == f"Usher {VERSION}\n"
    assert "socket_mode_enabled: true" in run(installed, "manifest", "--socket").stdout
    checked = run(installed, "check")
    assert (checked.returncode, checked.stderr.count("is missing")) == (2, 5)
    assert "usage: usher" in run(installed, "--help").stdout


def test_it_migrates_a_database(installed: Path, tmp_path: Path) -> None:
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "0" * 32,
        "CLOUDFLARE_API_TOKEN": "0" * 40,
        "CLOUDFLARE_ACCOUNT_ID": "0" * 32,
        "REALTIMEKIT_APP_ID": "5a4db0ad-0000-4000-8000-000000000001",
        "DATABASE_URL": f"sqlite:///{tmp_path}/usher.db",
    }
    command = "from bot.__main__ import main; raise SystemExit(main(['migrate']))"
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-P", "-c", command],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
