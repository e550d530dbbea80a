"""Everything that goes out to Slack, over one kept connection pool.

Bolt's own `respond` opens a connection for each answer and does not raise on 404, 429 or 500, and slack_sdk's client
opens one for each call unless it is given a session: hence this room. https://docs.slack.dev/reference/methods
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog
from async_lru import alru_cache
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ask import Ask
from bot.errors import CannotCheck, DialogNotOpened

log = structlog.get_logger(__name__)

SECONDS = 10.0
"""For one call."""
PATIENCE = 15.0
"""The longest `Retry-After` (s) that is waited for."""
AT_ONCE = 10
"""Answers that leave at the same time: a thousand people who waited for one call must not starve the next ack."""
REMEMBERED = 300.0
"""Seconds for which Slack's word on a person or a group is believed."""

_MOVED_ON = {"not_found", "hash_conflict"}
_STRANGERS = {"user_not_found", "user_not_visible", "users_not_found"}


class Message(Protocol):
    """What can be said: blocks, and the same as text for screen readers and notifications."""

    @property
    def text(self) -> str:
        """The whole content, escaped."""

    @property
    def blocks(self) -> Sequence[Block]:
        """At most 50."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The workspace that the bot is installed in, and the bot itself."""

    team_id: str
    bot_user_id: str
    enterprise_id: str | None = None


class SlackFailed(Exception):
    """A call that Slack refused or did not answer.

    Attributes:
        code: Slack's own, such as `not_in_channel`, or `unreachable`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Slack:
    """The Web API and the `response_url`s of one workspace."""

    def __init__(self, token: SecretStr, api_url: str) -> None:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=50),
            timeout=aiohttp.ClientTimeout(total=SECONDS, sock_connect=4.0),
        )
        self._web = AsyncWebClient(
            token=token.get_secret_value(), base_url=api_url, session=self._http, retry_handlers=[]
        )
        self._not_before: dict[str, float] = {}
        self._answers = asyncio.Semaphore(AT_ONCE)
        self.identity = alru_cache(maxsize=1)(self._identity)
        self.user = alru_cache(maxsize=5000, ttl=REMEMBERED)(self._user)
        self.group = alru_cache(maxsize=100, ttl=REMEMBERED)(self._group)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    # Who is who

    async def _identity(self) -> Identity:
        """`auth.test`. Raises `CannotCheck`."""
        found = await self._look_up("auth.test", self._web.auth_test)
        return Identity(str(found.get("team_id")), str(found.get("user_id")), found.get("enterprise_id"))

    async def _user(self, user_id: str) -> Mapping[str, Any]:
        """Slack's `user` object (https://api.slack.com/types/user); empty for somebody whom it does not show."""
        found = await self._look_up("users.info", lambda: self._web.users_info(user=user_id))
        user = found.get("user")
        return user if isinstance(user, dict) else {}

    async def _group(self, group_id: str) -> frozenset[str]:
        """The ids of a user group's members."""
        found = await self._look_up(
            "usergroups.users.list", lambda: self._web.usergroups_users_list(usergroup=group_id)
        )
        return frozenset(found.get("users") or ())

    async def ready(self) -> bool:
        """Whether Slack takes our token."""
        try:
            await self._call("auth.test", self._web.auth_test)
        except SlackFailed:
            return False
        return True

    async def _look_up(self, method: str, send: Callable[[], Awaitable[AsyncSlackResponse]]) -> Mapping[str, Any]:
        try:
            return await self._call(method, send, repeatable=True)
        except SlackFailed as failed:
            if failed.code in _STRANGERS:
                return {}
            log.warning("slack could not be asked", method=method, code=failed.code)
            raise CannotCheck from None

    # Saying something

    async def reply(self, ask: Ask, message: Message, *, replace: bool = False) -> None:
        """Tell the asker, and only them: by the `response_url`, in the channel, or in a direct message.

        Args:
            replace: put it in the place of the message that was clicked on.
        """
        how = {"response_type": "ephemeral", "replace_original": replace}
        if ask.response_url and await self._answer(ask.response_url, message, how):
            return
        for send in (self._whisper, self._direct):
            try:
                await send(ask, message)
            except SlackFailed as failed:
                log.info("an answer took another way", request=ask.request_id, code=failed.code)
            else:
                return
        log.warning("an answer could not be delivered", request=ask.request_id, user=ask.user_id)

    async def announce(self, ask: Ask, message: Message) -> None:
        """Tell the channel; where the bot may not post there, by the `response_url`; else at least the asker."""
        if ask.channel_id:
            channel = ask.channel_id
            try:
                await self._post("chat.postMessage", message, channel=channel)
            except SlackFailed as failed:
                log.info("an announcement took another way", request=ask.request_id, code=failed.code)
            else:
                return
        how = {"response_type": "in_channel", "replace_original": False}
        if not (ask.response_url and await self._answer(ask.response_url, message, how)):
            await self.reply(ask, message)

    async def _whisper(self, ask: Ask, message: Message) -> None:
        if not ask.channel_id:
            raise SlackFailed("no_channel")
        await self._post("chat.postEphemeral", message, channel=ask.channel_id, user=ask.user_id)

    async def _direct(self, ask: Ask, message: Message) -> None:
        opened = await self._call("conversations.open", lambda: self._web.conversations_open(users=ask.user_id))
        await self._post("chat.postMessage", message, channel=opened["channel"]["id"])

    async def _post(self, method: str, message: Message, **where: str) -> Mapping[str, Any]:
        blocks = _dicts(message)

        def send() -> Awaitable[AsyncSlackResponse]:
            return self._web.api_call(method, json={**where, "text": message.text, "blocks": blocks})

        async with self._answers:
            try:
                return await self._call(method, send)
            except SlackFailed as failed:
                # A picture that Slack cannot fetch makes it refuse the whole message.
                if failed.code != "invalid_blocks" or (bare := _without_images(blocks)) == blocks:
                    raise
                blocks = bare
            return await self._call(method, send)

    async def _answer(self, url: str, message: Message, how: Mapping[str, Any]) -> bool:
        blocks = _dicts(message)
        bare = _without_images(blocks)
        async with self._answers:
            status = await self._post_answer(url, {**how, "text": message.text, "blocks": blocks})
            if status == 400 and bare != blocks:
                status = await self._post_answer(url, {**how, "text": message.text, "blocks": bare})
        if status != 200:
            log.info("a response_url did not take the answer", status=status)
        return status == 200

    async def _post_answer(self, url: str, payload: Mapping[str, Any]) -> int:
        """The HTTP status; 0 where there was none, 429 where waiting would take too long."""
        body = json.dumps(payload).encode()
        for _ in range(3):
            if not await self._wait_for("response_url"):
                return 429
            try:
                async with self._http.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                    await response.read()
                    if response.status != 429:
                        return response.status
                    self._hold("response_url", response.headers)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                return 0
        return 429

    # Modals

    async def open_modal(self, trigger_id: str | None, view: View, *, push: bool = False) -> str:
        """Open a modal, or put one on top of the open one; the view's id.

        Raises:
            DialogNotOpened: the trigger has expired, was used, or Slack did not answer.
        """
        if not trigger_id:
            raise DialogNotOpened
        spec = view.to_dict()
        try:
            if push:
                opened = await self._call("views.push", lambda: self._web.views_push(trigger_id=trigger_id, view=spec))
            else:
                opened = await self._call("views.open", lambda: self._web.views_open(trigger_id=trigger_id, view=spec))
        except SlackFailed as failed:
            log.info("a modal did not open", code=failed.code)
            raise DialogNotOpened from None
        return str(opened["view"]["id"])

    async def update_modal(self, view_id: str, view: View, view_hash: str | None = None) -> bool:
        """Put another view in the place of an open one; False where the person has closed it or it has moved on.

        Raises:
            DialogNotOpened: Slack did not take the view, or did not answer.
        """
        spec = view.to_dict()
        try:
            await self._call(
                "views.update",
                lambda: self._web.views_update(view_id=view_id, view=spec, hash=view_hash),
                repeatable=True,
            )
        except SlackFailed as failed:
            log.info("a modal was not updated", code=failed.code)
            if failed.code not in _MOVED_ON:
                raise DialogNotOpened from None
            return False
        return True

    async def publish_home(self, user_id: str, view: View) -> None:
        """Set somebody's Home tab; where that fails they see the old one."""
        spec = view.to_dict()
        try:
            await self._call(
                "views.publish", lambda: self._web.views_publish(user_id=user_id, view=spec), repeatable=True
            )
        except SlackFailed as failed:
            log.warning("a home tab was not set", user=user_id, code=failed.code)

    # How a call is made

    async def _call(
        self, method: str, send: Callable[[], Awaitable[AsyncSlackResponse]], *, repeatable: bool = False
    ) -> Mapping[str, Any]:
        """The answer's body. A 429 is waited for; a lost connection is tried again only where that does no harm."""
        code = "ratelimited"
        for attempt in range(3):
            if not await self._wait_for(method):
                raise SlackFailed("ratelimited")
            try:
                data = (await send()).data
                return data if isinstance(data, dict) else {}
            except SlackApiError as error:
                # Where the answer is broken JSON, slack_sdk puts aiohttp's own response into the error.
                answer = error.response if isinstance(error.response, AsyncSlackResponse) else None
                if answer is not None and answer.status_code == 429:
                    self._hold(method, answer.headers)
                    continue
                body = answer.data if answer is not None else None
                code = str(body.get("error", "unknown")) if isinstance(body, dict) else "not_json"
                failing = answer is None or answer.status_code >= 500
                if not (repeatable and failing and attempt == 0):
                    raise SlackFailed(code) from None
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                if isinstance(error, TimeoutError) or not repeatable or attempt:
                    raise SlackFailed("unreachable") from None
        raise SlackFailed(code)

    def _hold(self, method: str, headers: Mapping[str, str]) -> None:
        lowered = {key.lower(): value for key, value in headers.items()}
        try:
            seconds = float(lowered.get("retry-after", 1))
        except ValueError:
            seconds = 1.0
        self._not_before[method] = asyncio.get_running_loop().time() + seconds

    async def _wait_for(self, method: str) -> bool:
        """Wait until Slack takes this method again; False where that is too far off."""
        wait = self._not_before.get(method, 0.0) - asyncio.get_running_loop().time()
        if wait > PATIENCE:
            return False
        if wait > 0:
            await asyncio.sleep(wait)
        return True


def _dicts(message: Message) -> list[dict[str, Any]]:
    return [block.to_dict() for block in message.blocks]


def _without_images(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks without the pictures in their small print, the only ones that we send."""
    bare = []
    for block in blocks:
        if block.get("type") == "context":
            block = block | {"elements": [one for one in block["elements"] if one.get("type") != "image"]}
        bare.append(block)
    return bare
