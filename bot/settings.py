"""All environment variables that Usher reads, validated at startup.

No other module reads the environment. `load()` reports all errors at once, one per line, and never prints a value.
"""

import re
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MEETING_ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-z]{6}-[a-z]{6}", re.IGNORECASE
)
"""The two shapes of a meeting's id: a UUID, or the old `abcdef-ghijkl` room name. Nothing else goes into a URL path."""

MISSING = "is missing"
MIN_TOKEN = 16
"""Cloudflare tokens have at least 40 characters; anything much shorter was cut off."""
MAX_PRESET = 100
_HOST = re.compile(r"[UWS][A-Z0-9]{5,}")


def _url(value: str) -> str:
    # Tokens go there: in plain text only within this machine, where a stand-in listens.
    if not re.match(r"https://[^\s/?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", value):
        raise ValueError("must be a URL that starts with https://")
    return value


def _shape(pattern: str, expected: str) -> AfterValidator:
    def check(value: str | SecretStr | None) -> str | SecretStr | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not re.fullmatch(pattern, text, re.IGNORECASE):
            raise ValueError(expected)
        return value

    return AfterValidator(check)


def _hosts(value: object) -> object:
    if not isinstance(value, str):
        return value
    hosts = [host for host in re.split(r"[\s,;]+", value) if host]
    for number, host in enumerate(hosts, 1):
        if host != "*" and not _HOST.fullmatch(host):
            raise ValueError(f"entry {number} must be a user ID (U…), a user group ID (S…), or *")
    return frozenset(hosts)


def _presets(value: object) -> object:
    if not isinstance(value, str):
        return value
    presets = tuple(preset.strip() for preset in value.split(",") if preset.strip())
    if not presets or any(len(preset) > MAX_PRESET for preset in presets):
        raise ValueError("must be a preset's name, or several separated by commas")
    return presets


def _join_url(value: str | None) -> str | None:
    if value is None:
        return None
    _url(value)
    host, path = re.findall(r"^(\w+://[^/?#]*)(.*)$", value)[0]
    if "{token}" not in path or "{" in host:
        raise ValueError("must contain {token}, after the host name")
    if set(re.findall(r"\{[^{}]*\}?|\}", value)) - {"{token}", "{meeting_id}", "{name}"}:
        raise ValueError("can't use placeholders other than {token}, {meeting_id} and {name}")
    return value


def join_link(template: str, token: str, meeting_id: str, name: str) -> str:
    """`JOIN_URL` with its placeholders filled in."""
    for field, value in (("meeting_id", meeting_id), ("name", name), ("token", token)):
        template = template.replace(f"{{{field}}}", quote(value, safe=""))
    return template


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < MIN_TOKEN:
        raise ValueError("is too short")
    return value


def _needed_without_socket_mode(value: SecretStr, info: ValidationInfo) -> SecretStr:
    # A token for Socket Mode that is malformed is named already, and is not in the data.
    if not value.get_secret_value() and info.data.get("slack_app_token", "") is None:
        raise ValueError(MISSING)
    return value


Url = Annotated[str, AfterValidator(_url)]


class StoreSettings(BaseSettings):
    """Settings for the commands that need only the database: `migrate` and `journal`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, values: Any) -> Any:
        """Strip the quotes that `docker --env-file` keeps, and line breaks left over from pasting."""
        if not isinstance(values, dict):
            return values
        cleaned = {name: _unquoted(value) if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in cleaned.items() if value != ""}

    database_url: Annotated[
        SecretStr, _shape(r"(postgres|postgresql|sqlite)(\+\w+)?://.+", "must start with postgres:// or sqlite:///")
    ] = Field(
        SecretStr("sqlite:///usher.db"),
        description="Usually set by your platform's PostgreSQL add-on. If unset, Usher uses a local SQLite file",
    )
    sentry_dsn: Annotated[SecretStr | None, _shape(r"https://\S+@\S+", "must be a Sentry DSN (https://…@…)")] = Field(
        None, description="Where to send errors: sentry.io > your project > Client Keys (DSN)"
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
    ] = Field("INFO", description="Log level: DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["console", "json"] | None = Field(
        None, description="Log format: console or json. If unset, console on a terminal, otherwise json"
    )


class Settings(StoreSettings):
    """The environment as typed settings.

    Fields have the variables' names in lowercase; error lines quote their descriptions. They aren't docstrings,
    because having pydantic parse the source at each start adds 4 percent to the cost of all imports.
    """

    slack_bot_token: Annotated[SecretStr, _shape(r"xoxb-\S+", "must start with xoxb-")] = Field(
        description="The Slack app's token, xoxb-…: "
        "api.slack.com/apps > your app > OAuth & Permissions > Bot User OAuth Token"
    )
    slack_app_token: Annotated[SecretStr | None, _shape(r"xapp-\S+", "must start with xapp-")] = Field(
        None,
        description="For Socket Mode instead of HTTP, xapp-…: "
        "api.slack.com/apps > your app > Basic Information > App-Level Tokens",
    )
    slack_signing_secret: Annotated[
        SecretStr,
        _shape(r"([0-9a-z]{16,64})?", "must be the 32-character Signing Secret"),
        AfterValidator(_needed_without_socket_mode),
    ] = Field(
        SecretStr(""),
        validate_default=True,
        description="Verifies that requests come from Slack: "
        "api.slack.com/apps > your app > Basic Information > Signing Secret",
    )
    slack_api_url: Url = Field("https://slack.com/api/", description="Leave it unset to use Slack")
    cloudflare_api_token: Annotated[
        SecretStr,
        _shape(r"[\w.~+/=-]+", "must be a token with no spaces or special characters"),
        AfterValidator(_long_enough),
    ] = Field(description="An API token with the Realtime permission: dash.cloudflare.com > My Profile > API Tokens")
    cloudflare_account_id: Annotated[str, _shape(r"[0-9a-fA-F]{32}", "must be 32 hexadecimal characters")] = Field(
        description="32 hexadecimal characters: dash.cloudflare.com > your account > Account ID"
    )
    cloudflare_base_url: Url = Field(
        "https://api.cloudflare.com/client/v4", description="Leave it unset to use Cloudflare"
    )
    realtimekit_app_id: Annotated[
        str, _shape(r"[A-Za-z0-9-]{1,64}", "must be the App ID from the RealtimeKit dashboard")
    ] = Field(
        description="The app that holds your meetings: dash.cloudflare.com > Realtime > RealtimeKit > your app > App ID"
    )
    realtimekit_meeting_id: Annotated[
        str | None,
        BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value),
        _shape(MEETING_ID.pattern, "must be a meeting ID (a UUID)"),
    ] = Field(
        None, description="Default meeting for channels that aren't linked to one: your RealtimeKit app > Meetings"
    )
    realtimekit_timeout: float = Field(
        10.0, gt=0, le=60, description="Timeout for each RealtimeKit call, in seconds (up to 60)"
    )
    realtimekit_host_preset: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_presets)] = Field(
        ("group_call_host",),
        description="Preset for hosts who join from Slack. "
        "Separate several with commas: people with any of them count as hosts",
    )
    realtimekit_member_preset: Annotated[str, _shape(r"\S.{0,99}", "must be a preset's name")] = Field(
        "group_call_participant",
        description="Preset for everyone else who joins from Slack: your RealtimeKit app > Presets",
    )
    join_url: Annotated[str | None, AfterValidator(_join_url)] = Field(
        None,
        description="The page where people join, such as https://meet.example.com/?authToken={token}. "
        "If unset, there's no Join",
    )
    realtimekit_webhook_keys_url: Url = Field(
        "https://api.realtime.cloudflare.com/.well-known/webhooks.json", description="Leave it unset to use Cloudflare"
    )
    journal_days: int = Field(
        90, ge=1, le=3650, description="How many days to keep names and reasons in the journal (1 to 3650)"
    )
    bot_hosts: Annotated[frozenset[str], NoDecode, BeforeValidator(_hosts)] = Field(
        frozenset(),
        description="Extra hosts for all channels, besides admins: "
        "Slack user IDs, user group IDs, or * for all full members",
    )
    bot_announce: bool = Field(True, description="Post host actions in the channel: true or false")
    metrics_token: Annotated[SecretStr | None, _shape(r"\S{16,}", "must be 16 characters or more, without spaces")] = (
        Field(None, description="Bearer token for Prometheus to read /metrics. Generate one: openssl rand -hex 24")
    )
    host: str = Field(
        "0.0.0.0",  # noqa: S104 - Heroku-like platforms route to every interface of the dyno
        description="The address to listen on",
    )
    port: int = Field(3000, ge=0, le=65535, description="The port to listen on, 0 to 65535")


NEEDED = (
    *("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
    *("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "REALTIMEKIT_APP_ID"),
)
"""Variables required for HTTP. In Socket Mode, `SLACK_APP_TOKEN` replaces the signing secret."""


_Settings = TypeVar("_Settings", bound=StoreSettings)


class BadSettings(Exception):
    """A variable is missing or malformed.

    Attributes:
        faults: one line for each: its name, what's wrong, where to get it.
        untouched: none of the required variables is set, which suggests a first run.
    """

    def __init__(self, faults: list[str], *, untouched: bool = False) -> None:
        super().__init__("\n".join(faults))
        self.faults, self.untouched = faults, untouched


def load(**overrides: Any) -> Settings:
    """Read and check the environment.

    Args:
        overrides: values that take precedence over the environment's, by field name (the sandbox and tests).

    Raises:
        BadSettings: with one line for each variable that is missing or malformed.
    """
    return _load(Settings, overrides)


def load_store() -> StoreSettings:
    """The same for commands that need nothing but the database. Raises `BadSettings`."""
    return _load(StoreSettings, {})


def _load(kind: type[_Settings], overrides: dict[str, Any]) -> _Settings:
    try:
        return kind(**overrides)
    except ValidationError as error:
        faults = error.errors(include_input=False)
        missing = {str(fault["loc"][0]).upper() for fault in faults if _what(dict(fault)) == MISSING}
        untouched = missing >= set(NEEDED)
        raise BadSettings(sorted({_line(dict(fault)) for fault in faults}), untouched=untouched) from None


_SAID = {
    "missing": MISSING,
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be at most {le:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
}
"""Pydantic's errors, in our words."""


def _what(fault: dict[str, Any]) -> str:
    if said := _SAID.get(fault["type"]):
        return said.format(**fault.get("ctx", {})).replace("'", "")
    return str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ")


def _line(fault: dict[str, Any]) -> str:
    name = str(fault["loc"][0]).upper()
    return f"{name} {_what(fault)}. {Settings.model_fields[name.lower()].description}"
