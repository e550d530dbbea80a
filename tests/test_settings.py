import os
from pathlib import Path

import pytest

from bot.app import running
from bot.live.timing import Intervals
from bot.settings import BadSettings, load
from tests.process import run_bot

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-secret-token",
    "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
    "CLOUDFLARE_API_TOKEN": "cloudflare-secret",
    "CLOUDFLARE_ACCOUNT_ID": "fedcba9876543210fedcba9876543210",
    "REALTIMEKIT_APP_ID": "5a4db0ad-0000-4000-8000-000000000001",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SLACK_", "CLOUDFLARE_", "REALTIMEKIT_", "BOT_")) or name in ("HOST", "PORT"):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def faults() -> list[str]:
    with pytest.raises(BadSettings) as caught:
        load()
    return caught.value.faults


def test_the_five_required_ones_are_enough() -> None:
    settings = load()
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1-secret-token"
    assert (settings.host, settings.port, settings.bot_announce) == ("0.0.0.0", 3000, True)  # noqa: S104


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_one_is_named_with_where_to_get_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    (line,) = faults()
    assert line.startswith(f"{name} is missing. ")
    assert ".com" in line


@pytest.mark.parametrize("name", GOOD)
def test_an_empty_one_counts_as_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert faults()[0].startswith(f"{name} is missing.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xapp-hunter2"),
        ("SLACK_SIGNING_SECRET", "hunter2"),
        ("SLACK_APP_TOKEN", "hunter2"),
        ("SLACK_API_URL", "hunter2"),
        ("CLOUDFLARE_API_TOKEN", "hunter2 hunter2"),
        ("CLOUDFLARE_ACCOUNT_ID", "hunter2"),
        ("CLOUDFLARE_BASE_URL", "ftp://hunter2"),
        ("CLOUDFLARE_BASE_URL", "http://hunter2.example"),
        ("DATABASE_URL", "mysql://hunter2"),
        ("JOURNAL_DAYS", "0"),
        ("REALTIMEKIT_APP_ID", "../hunter2"),
        ("REALTIMEKIT_MEETING_ID", "hunter2"),
        ("REALTIMEKIT_TIMEOUT", "-1"),
        ("REALTIMEKIT_TIMEOUT", "hunter2"),
        ("JOIN_URL", "http://hunter2.example/{token}"),
        ("JOIN_URL", "https://hunter2.example/?token="),
        ("JOIN_URL", "https://{token}.hunter2.example/"),
        ("JOIN_URL", "https://hunter2.example/{token}?{hunter2}"),
        ("JOIN_URL", "https://hunter2.example/{token}}"),
        ("REALTIMEKIT_HOST_PRESET", ", ,"),
        ("REALTIMEKIT_MEMBER_PRESET", "hunter2" * 20),
        ("BOT_HOSTS", "U0ALICE001, hunter2"),
        ("BOT_ANNOUNCE", "hunter2"),
        ("PORT", "70000"),
        ("PORT", "hunter2"),
        ("LOG_LEVEL", "hunter2"),
        ("LOG_FORMAT", "hunter2"),
    ],
)
def test_a_malformed_one_is_named_and_its_value_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = faults()
    assert line.startswith(f"{name} ")
    assert "hunter2" not in line


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORT", "x")
    assert {line.split()[0] for line in faults()} == {*GOOD, "PORT"}


def test_the_signing_secret_is_not_needed_in_socket_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-token")
    assert load().slack_signing_secret.get_secret_value() == ""


def test_hosts_may_be_separated_in_many_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_HOSTS", " U0ALICE001 ,S0HOSTS001;W0OTHER001 ")
    assert load().bot_hosts == {"U0ALICE001", "S0HOSTS001", "W0OTHER001"}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("around", ['"{}"', "'{}'", "{}\n", "  {} ", '"{}\n"'])
def test_quotes_and_line_breaks_that_tools_leave_around_a_value_are_taken_off(
    monkeypatch: pytest.MonkeyPatch, name: str, around: str
) -> None:
    plain = load().model_dump()
    monkeypatch.setenv(name, around.format(GOOD[name]))
    assert load().model_dump() == plain


def test_an_empty_pair_of_quotes_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", '""')
    assert faults()[0].startswith("CLOUDFLARE_API_TOKEN is missing.")


def test_a_token_that_was_cut_off_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "abc")
    assert faults()[0].startswith("CLOUDFLARE_API_TOKEN is too short.")


def test_one_bad_token_for_socket_mode_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    monkeypatch.setenv("SLACK_APP_TOKEN", "hunter2")
    (line,) = faults()
    assert line.startswith("SLACK_APP_TOKEN must start with xapp-")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["journal", "migrate"])
def test_commands_for_the_database_need_nothing_but_its_url(tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path}/usher.db"
    assert run_bot("migrate", DATABASE_URL=url).returncode == 0
    ended = run_bot(command, DATABASE_URL=url)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_secrets_do_not_show_in_the_settings_text() -> None:
    text = repr(load())
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CLOUDFLARE_API_TOKEN"):
        assert f"='{GOOD[name]}'" not in text
        assert f"SecretStr('{GOOD[name]}')" not in text


def test_a_bad_environment_stops_the_start_without_a_traceback() -> None:
    ended = run_bot(**(GOOD | {"SLACK_BOT_TOKEN": "hunter2", "PORT": "x"}))
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    assert lines[0] == "Usher can't start. Fix these settings:"
    assert [line.split()[0] for line in lines[1:]] == ["PORT", "SLACK_BOT_TOKEN"]
    assert "hunter2" not in ended.stderr + ended.stdout


async def test_oauth_variables_in_the_environment_do_not_switch_bolt_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "x")
    async with running(load(slack_api_url="http://127.0.0.1:9/"), Intervals()) as usher:
        assert usher.bolt.oauth_flow is None
    assert os.environ["SLACK_CLIENT_ID"] == "1.2"
