"""`python -m bot manifest`: what an operator pastes at Slack's."""

import pytest
import yaml

from bot.__main__ import main
from bot.cli import BAD_SETTINGS, manifest
from tests.process import run_bot
from tests.test_documents import MANIFEST, Manifest


def test_with_an_address_every_url_is_there_and_slack_takes_it() -> None:
    made = yaml.safe_load(manifest.filled_in("https://Usher.Acme.dev:8443/", socket=False))
    Manifest.model_validate(made)
    assert str(made).count("https://usher.acme.dev:8443/slack/events") == 6
    assert "example.com" not in str(made)


def test_an_ipv6_address_keeps_its_brackets() -> None:
    assert "https://[2001:db8::1]:8443/slack/events" in manifest.filled_in("https://[2001:DB8::1]:8443", socket=False)


def test_for_socket_mode_no_url_is_left_and_the_rest_stays_as_it_is() -> None:
    made = yaml.safe_load(manifest.filled_in(None, socket=True))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "https://" not in str(made)
    assert made["oauth_config"] == MANIFEST["oauth_config"]
    assert made["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]
    assert [one["command"] for one in made["features"]["slash_commands"]] == ["/session", "/kick", "/poll"]


def test_each_scope_says_what_it_is_for() -> None:
    assert list(manifest.scopes()) == MANIFEST["oauth_config"]["scopes"]["bot"]
    assert all(len(purpose) > 10 for purpose in manifest.scopes().values())


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "usher.example.com", "http://usher.example.com", "https://", "https://x/path", "https://x?y"),
        *("https://a:b@x", "https://x:port", "https://[x", 'https://x"\n  y: z', "https://x#y", "https://x y"),
    ],
)
def test_what_is_no_address_is_refused_with_a_word_on_how_it_should_look(url: str | None) -> None:
    with pytest.raises(manifest.BadUrl, match=r"public URL|path"):
        manifest.filled_in(url, socket=False)


def test_the_command_needs_no_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--url", "https://usher.acme.dev"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["display_information"]["name"] == "Usher"
    assert main(["manifest"]) == BAD_SETTINGS
    assert "https://usher.example.com" in capsys.readouterr().err


def test_with_nothing_set_five_lines_say_what_to_do_first() -> None:
    ended = run_bot()
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 5
    assert "make sandbox" in ended.stderr
    assert "SLACK_SIGNING_SECRET" in ended.stderr
    checked = run_bot("check")
    assert checked.stderr.count("is missing") == 5
