"""The documents say what the code does."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot import VERSION
from bot.cli import BAD_SETTINGS, NO_DATABASE, NO_SOCKET
from bot.metrics import Metrics
from bot.settings import Settings, load
from bot.slack.request import Kind
from bot.web import build
from sandbox.stage import environment
from tests.registered import LISTENERS, names

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
OPERATING = (ROOT / "docs/operating.md").read_text()
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text())
VARIABLES = {name.upper() for name in Settings.model_fields}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


Url = Annotated[str, Field(pattern=r"^https://", max_length=3000)]


class Information(Strict):
    name: Annotated[str, Field(min_length=1, max_length=35)]
    description: Annotated[str, Field(min_length=1, max_length=140)]
    background_color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Home(Strict):
    home_tab_enabled: bool
    messages_tab_enabled: Literal[True]
    messages_tab_read_only_enabled: bool


class BotUser(Strict):
    display_name: Annotated[str, Field(min_length=1, max_length=80)]
    always_online: bool


class Command(Strict):
    command: Annotated[str, Field(pattern=r"^/", min_length=2, max_length=32)]
    url: Url
    description: Annotated[str, Field(min_length=1, max_length=2000)]
    usage_hint: Annotated[str, Field(min_length=1, max_length=1000)]
    should_escape: Literal[True]


class Shortcut(Strict):
    name: Annotated[str, Field(max_length=24)]
    type: Literal["message", "global"]
    callback_id: Annotated[str, Field(max_length=255)]
    description: Annotated[str, Field(max_length=150)]


class Features(Strict):
    shortcuts: Annotated[list[Shortcut], Field(max_length=10)]
    app_home: Home
    bot_user: BotUser
    slash_commands: Annotated[list[Command], Field(min_length=1, max_length=50)]


class Scopes(Strict):
    bot: list[Annotated[str, Field(max_length=50)]]


class OAuth(Strict):
    scopes: Scopes


class Interactivity(Strict):
    is_enabled: Literal[True]
    request_url: Url
    message_menu_options_url: Url


class Events(Strict):
    request_url: Url
    bot_events: Annotated[list[str], Field(min_length=1, max_length=100)]


class AppSettings(Strict):
    interactivity: Interactivity
    event_subscriptions: Events
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Metadata(Strict):
    major_version: Literal[1, 2]


class Manifest(Strict):
    """The part of Slack's manifest schema that we use, with its limits; unknown keys are refused there too."""

    metadata: Metadata = Field(alias="_metadata")
    display_information: Information
    features: Features
    oauth_config: OAuth
    settings: AppSettings


def test_the_manifest_is_one_that_slack_takes() -> None:
    Manifest.model_validate(MANIFEST)


def test_the_manifest_has_just_the_commands_that_are_handled() -> None:
    handled = {command for command, _ in LISTENERS.commands}
    assert {entry["command"] for entry in MANIFEST["features"]["slash_commands"]} == handled


def test_every_url_in_the_manifest_is_the_route_that_is_served() -> None:
    urls = re.findall(r"https://usher\.example\.com(\S*)", (ROOT / "manifest.yml").read_text())
    served = {
        route.resource.canonical
        for route in build(load(**environment("http://localhost", "http://localhost"))).router.routes()
        if route.resource
    }
    assert {url for url in urls if url} == {"/slack/events"}
    assert "/slack/events" in served


def test_the_manifest_asks_for_the_events_that_are_handled() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == names(Kind.EVENT)
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"]


def test_the_manifest_has_just_the_shortcuts_that_are_handled() -> None:
    assert {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]} == names(Kind.SHORTCUT)


def test_each_subcommand_is_in_the_manifest_s_usage_hint() -> None:
    hints = {entry["command"]: entry["usage_hint"] for entry in MANIFEST["features"]["slash_commands"]}
    for command, sub in LISTENERS.commands:
        assert sub in hints[command]


def test_each_command_is_in_the_readme() -> None:
    helped = {entry.usage for _, entry in LISTENERS.help}
    for command, sub in LISTENERS.commands:
        typed = f"{command} {sub}".rstrip()
        assert f"`{typed}" in README
        assert any(usage.startswith(typed) for usage in helped)


def test_each_variable_is_in_the_readme_and_each_in_the_readme_is_one() -> None:
    table = README.partition("## Configuration")[2].partition("## How it is built")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == VARIABLES


def test_each_variable_is_described_once_for_error_lines_and_for_the_deploy_button() -> None:
    described = {name.upper(): field.description for name, field in Settings.model_fields.items()}
    assert all(described.values())
    asked = json.loads((ROOT / "app.json").read_text())["env"]
    assert {name: entry["description"] for name, entry in asked.items()} == {name: described[name] for name in asked}


def test_each_run_time_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    reasons = (ROOT / "CONTRIBUTING.md").read_text().partition("## Dependencies")[2]
    for requirement in project["dependencies"]:
        name = re.split(r"[>=\[]", requirement)[0]
        assert re.search(rf"\| [^|]*{name}[^|]* \| \w", reasons)


def test_each_make_target_of_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for text in (README, (ROOT / "CONTRIBUTING.md").read_text()):
        for target in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def log_lines() -> set[str]:
    """What the bot may write into its log."""
    calls = [
        node
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
    ]
    return {str(ast.literal_eval(call.args[0])) for call in calls}


def test_each_line_of_the_log_is_explained_to_operators_and_no_other() -> None:
    table = OPERATING.partition("Every line that Usher itself can log")[2].partition("On Heroku")[0]
    explained = {
        line
        for row in table.splitlines()
        if row.startswith("| `")
        for line in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert explained | {"request"} == log_lines()


def test_each_figure_that_operators_are_told_of_is_one() -> None:
    page = Metrics(VERSION).page().decode()
    for name in re.findall(r"usher_\w+", OPERATING):
        assert re.sub("_(count|total|info)$", "", name) in page


def test_each_exit_status_is_explained_to_operators() -> None:
    for status in (BAD_SETTINGS, NO_DATABASE, NO_SOCKET):
        assert f"| {status} |" in OPERATING


@pytest.mark.parametrize("path", [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("[A-Z]*.md")], ids=str)
def test_what_the_documents_link_to_is_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        assert target.startswith("https://") or (path.parent / target).exists()


def test_each_command_that_hosts_are_told_of_is_one() -> None:
    commands = {f"{command} {sub}".rstrip() for command, sub in LISTENERS.commands}
    for typed in re.findall(r"`(/[^`]+)`", (ROOT / "docs/hosts.md").read_text()):
        words = typed.split()
        assert " ".join(words[:2]) in commands or words[0] in commands - {"/session"} or typed == "/session"


def test_ci_calls_the_readme_s_test_command() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert "make test" in README


SOURCES = sorted(path for top in ("bot", "sandbox", "bench") for path in (ROOT / top).rglob("*.py"))
MODULES = [f"/{path.relative_to(ROOT)}" for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]]


@pytest.mark.parametrize(
    "document", [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), *SOURCES], ids=lambda path: path.name
)
def test_each_module_that_is_pointed_to_exists(document: Path) -> None:
    named = set(re.findall(r"`([a-z_/]+\.py)`", document.read_text()))
    # What the recipe for a new command would add.
    named = {name for name in named if "ping" not in name}
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in MODULES)] == []
