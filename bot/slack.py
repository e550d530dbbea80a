"""Everything that goes out to Slack: answers, announcements, modals, cards, files; and who somebody is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from async_lru import alru_cache
from pydantic import SecretStr
from slack_sdk.models.views import View

from bot.ask import Ask
from bot.errors import CannotCheck, DialogNotOpened
from bot.slack_web import PATIENCE, SlackFailed, SlackWeb

log = structlog.get_logger(__name__)

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
    def json(self) -> Sequence[Mapping[str, Any]]:
        """The blocks, at most 50, as Slack takes them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The workspace that the bot is installed in, and the bot itself."""

    team_id: str
    bot_user_id: str
    enterprise_id: str | None = None


class Slack:
    """The Web API and the `response_url`s of one workspace."""

    def __init__(
        self, token: SecretStr, api_url: str, observe: Callable[[str, str, float], None] = lambda *_: None
    ) -> None:
        self._web = SlackWeb(token, api_url, observe)
        self._answers = asyncio.Semaphore(AT_ONCE)
        self.identity = alru_cache(maxsize=1)(self._identity)
        self.user = alru_cache(maxsize=5000, ttl=REMEMBERED)(self._user)
        self.group = alru_cache(maxsize=100, ttl=REMEMBERED)(self._group)

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()

    # Who is who

    async def _identity(self) -> Identity:
        """`auth.test`. Raises `CannotCheck`."""
        found = await self._look_up("auth.test")
        return Identity(str(found.get("team_id")), str(found.get("user_id")), found.get("enterprise_id"))

    async def _user(self, user_id: str) -> Mapping[str, Any]:
        """Slack's `user` object (https://api.slack.com/types/user); empty for somebody whom it does not show."""
        found = await self._look_up("users.info", user=user_id)
        user = found.get("user")
        return user if isinstance(user, dict) else {}

    async def _group(self, group_id: str) -> frozenset[str]:
        """The ids of a user group's members."""
        found = await self._look_up("usergroups.users.list", usergroup=group_id)
        return frozenset(found.get("users") or ())

    async def ready(self) -> bool:
        """Whether Slack takes our token."""
        try:
            await self._web.call("auth.test")
        except SlackFailed:
            return False
        return True

    async def _look_up(self, method: str, **arguments: str) -> Mapping[str, Any]:
        try:
            return await self._web.call(method, arguments, form=True, repeatable=True)
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
        # On the Home tab nobody sees what is whispered in a channel.
        for send in (self._direct,) if ask.home else (self._whisper, self._direct):
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
        await self._post("chat.postMessage", message, channel=await self.direct(ask.user_id))

    async def direct(self, user_id: str) -> str:
        """The channel of somebody's direct messages with the bot. Raises `SlackFailed`."""
        opened = await self._web.call("conversations.open", {"users": user_id})
        return str(opened["channel"]["id"])

    async def _post(
        self, method: str, message: Message, *, patience: float = PATIENCE, **where: str | None
    ) -> Mapping[str, Any]:
        content = {key: value for key, value in where.items() if value} | {"text": message.text}
        async with self._answers:
            try:
                return await self._web.call(method, content | {"blocks": message.json}, patience=patience)
            except SlackFailed as failed:
                # A picture that Slack cannot fetch makes it refuse the whole message.
                if failed.code != "invalid_blocks" or (bare := _without_images(message.json)) == message.json:
                    raise
            return await self._web.call(method, content | {"blocks": bare}, patience=patience)

    async def _answer(self, url: str, message: Message, how: Mapping[str, Any]) -> bool:
        async with self._answers:
            status = await self._web.answer(url, {**how, "text": message.text, "blocks": message.json})
            if status == 400 and (bare := _without_images(message.json)) != message.json:
                status = await self._web.answer(url, {**how, "text": message.text, "blocks": bare})
        if status != 200:
            log.info("a response_url did not take the answer", status=status)
        return status == 200

    # Cards, which nobody waits for: a limit of Slack's is told at once, by `SlackFailed`

    async def post(self, channel_id: str, message: Message, thread: str | None = None) -> str:
        """Post to a channel, or into a thread there; the message's `ts`. Raises `SlackFailed`."""
        posted = await self._post("chat.postMessage", message, patience=0, channel=channel_id, thread_ts=thread)
        return str(posted.get("ts"))

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Put something else in the place of a message of ours. Raises `SlackFailed`."""
        await self._post("chat.update", message, patience=0, channel=channel_id, ts=ts)

    async def upload(self, channel_id: str, name: str, content: bytes, comment: str, thread: str | None = None) -> None:
        """Share a file in a channel, or in a thread there. Raises `SlackFailed`.

        https://docs.slack.dev/messaging/working-with-files#uploading_files
        """
        place = {"filename": name, "length": str(len(content))}
        given = await self._web.call("files.getUploadURLExternal", place, form=True)
        await self._web.send_file(str(given["upload_url"]), content)
        share = {"files": [{"id": given["file_id"], "title": name}], "channel_id": channel_id}
        share |= {"initial_comment": comment} | ({"thread_ts": thread} if thread else {})
        await self._web.call("files.completeUploadExternal", share)

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
            method = "views.push" if push else "views.open"
            opened = await self._web.call(method, {"trigger_id": trigger_id, "view": spec})
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
            given = {"view_id": view_id, "view": spec} | ({"hash": view_hash} if view_hash else {})
            await self._web.call("views.update", given, repeatable=True)
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
            await self._web.call("views.publish", {"user_id": user_id, "view": spec}, repeatable=True)
        except SlackFailed as failed:
            log.warning("a home tab was not set", user=user_id, code=failed.code)


def _without_images(blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The blocks without the pictures in their small print, the only ones that we send."""
    bare: list[Mapping[str, Any]] = []
    for block in blocks:
        if block.get("type") == "context":
            block = {**block, "elements": [one for one in block["elements"] if one.get("type") != "image"]}
        bare.append(block)
    return bare
