"""The sandbox as a newcomer meets it: typed lines in, text out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

TYPED = """\
/session status
/poll "Lunch?" "Pizza" "Salad"
/kick
1 = Ada
send
99
7 = x
as mike
/kick Grace
as nobody
in no-bot-here
/session who
hello
quit
"""


@pytest.mark.slow
def test_a_newcomer_s_first_minute() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SLACK_BOT_TOKEN": "not-a-token"},
        input=TYPED,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    for expected in (
        "# Weekly standup",
        "End meeting…]",
        "1. Pizza",
        "== Remove people ==",
        "@alice removed *",
        "That didn't work: there's no button or field 99",
        "Only hosts of this channel can do that. No one was removed.",
        "That person or channel doesn't exist.",
        "mike in #no-bot-here>",
        "*2 here*",
    ):
        assert expected in ended.stdout, expected
