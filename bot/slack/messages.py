"""What goes out to Slack: replies, announcements, live cards, files, modals, the Home tab."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.models.views import View

from bot.errors import DialogNotOpened
from bot.sanitize import json_object
from bot.slack.client import MAX_WAIT, NOT_SHARED, SlackClient, SlackFailed
from bot.slack.request import SlackRequest
from bot.views.parts import Message, card, context_block, encode

log = structlog.get_logger(__name__)

_VIEW_GONE = {"not_found", "hash_conflict"}


class Messages:
    """Sends messages and views to one workspace."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    # To people who asked for something

    async def reply(self, request: SlackRequest, message: Message, *, replace: bool = False) -> None:
        """Answer the person who asked, and only them: by `response_url`, in the channel, or in a direct message.

        Args:
            replace: put it in the place of the message that was clicked in.
        """
        options = {"response_type": "ephemeral", "replace_original": replace}
        if request.response_url and await self._respond(request.response_url, message, options):
            return
        # On the Home tab nobody sees an ephemeral message in a channel.
        for send in (self._send_direct,) if request.from_home else (self._send_ephemeral, self._send_direct):
            try:
                await send(request, message)
            except SlackFailed as failed:
                log.info("reply rerouted", request=request.request_id, code=failed.code)
            else:
                return
        log.warning("reply undeliverable", request=request.request_id, user=request.user_id)

    async def announce(self, request: SlackRequest, message: Message) -> bool:
        """Tell the channel; if that cannot be, at least the person who asked, and return False."""
        if await self.tell_channel(request, message):
            await self.reply(request, message)
            return False
        return True

    async def tell_channel(self, request: SlackRequest, message: Message) -> SlackFailed | None:
        """Tell the channel, by `response_url` where the bot cannot post; why that did not work, otherwise.

        Where the answer was lost, the channel may know already, and is not told again.
        """
        refused = SlackFailed("no_channel")
        if request.channel_id:
            try:
                await self._post("chat.postMessage", message, channel=request.channel_id)
            except SlackFailed as failed:
                log.info("announcement rerouted", request=request.request_id, code=failed.code)
                refused = failed
            else:
                return None
        options = {"response_type": "in_channel", "replace_original": False}
        again = request.response_url and not refused.is_lost
        return None if again and await self._respond(request.response_url or "", message, options) else refused

    async def _send_ephemeral(self, request: SlackRequest, message: Message) -> None:
        if not request.channel_id:
            raise SlackFailed("no_channel")
        await self._post("chat.postEphemeral", message, channel=request.channel_id, user=request.user_id)

    async def _send_direct(self, request: SlackRequest, message: Message) -> None:
        if request.channel_id:
            # "This channel" in a message is not where it is read.
            message = card(message.text, context_block(f"About <#{request.channel_id}>"), *message.blocks)
        blocks = _acting_for(message.json, request.channel_id) if request.channel_id else None
        channel_id = await self.open_direct(request.user_id)
        await self._post("chat.postMessage", message, blocks, channel=channel_id)

    async def open_direct(self, user_id: str) -> str:
        """The channel of a person's direct messages with the bot. Raises `SlackFailed`."""
        opened = await self._client.call("conversations.open", {"users": user_id})
        return str(opened["channel"]["id"])

    # Live cards, which nobody waits for: a rate limit is reported at once, as `SlackFailed`

    async def post(self, channel_id: str, message: Message, thread_ts: str | None = None) -> str:
        """Post to a channel, or into a thread there; the message's `ts`. Raises `SlackFailed`."""
        posted = await self._post("chat.postMessage", message, max_wait=0, channel=channel_id, thread_ts=thread_ts)
        return str(posted.get("ts"))

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Change one of our messages. Raises `SlackFailed`."""
        await self._post("chat.update", message, max_wait=0, channel=channel_id, ts=ts)

    async def upload(
        self, channel_id: str, name: str, content: bytes, comment: str, thread_ts: str | None = None
    ) -> None:
        """Share a file in a channel, or in a thread there. Raises `SlackFailed`.

        https://docs.slack.dev/messaging/working-with-files#uploading_files
        """
        file = {"filename": name, "length": str(len(content))}
        try:
            given = await self._client.call("files.getUploadURLExternal", file, form=True)
            await self._client.upload(str(given["upload_url"]), content)
        except SlackFailed as failed:
            # Until it is shared, nobody sees it.
            raise SlackFailed(NOT_SHARED) if failed.is_lost else failed from None
        share = {"files": [{"id": given["file_id"], "title": name}], "channel_id": channel_id}
        share |= {"initial_comment": comment} | ({"thread_ts": thread_ts} if thread_ts else {})
        await self._client.call("files.completeUploadExternal", share)

    # Views

    async def open_modal(self, trigger_id: str | None, view: View, *, push: bool = False) -> str:
        """Open a modal, or push one onto the open one; the view's id.

        Raises:
            DialogNotOpened: the trigger has expired or was used, or Slack did not answer.
        """
        if not trigger_id:
            raise DialogNotOpened
        method = "views.push" if push else "views.open"
        try:
            opened = await self._client.call(method, {"trigger_id": trigger_id, "view": view.to_dict()})
        except SlackFailed as failed:
            log.info("modal not opened", code=failed.code)
            raise DialogNotOpened from None
        return str(opened["view"]["id"])

    async def update_modal(self, view_id: str, view: View, view_hash: str | None = None) -> bool:
        """Replace an open view; False if the person has closed it or it has moved on.

        Raises:
            DialogNotOpened: Slack did not accept the view, or did not answer.
        """
        given = {"view_id": view_id, "view": view.to_dict()} | ({"hash": view_hash} if view_hash else {})
        try:
            await self._client.call("views.update", given, idempotent=True)
        except SlackFailed as failed:
            log.info("modal not updated", code=failed.code)
            if failed.code not in _VIEW_GONE:
                raise DialogNotOpened from None
            return False
        return True

    async def publish_home(self, user_id: str, view: View) -> None:
        """Set a person's Home tab; if that fails they see the old one."""
        try:
            given = {"user_id": user_id, "view": view.to_dict()}
            await self._client.call("views.publish", given, idempotent=True)
        except SlackFailed as failed:
            log.warning("home tab not published", user=user_id, code=failed.code)

    # Both ways out

    async def _post(
        self,
        method: str,
        message: Message,
        blocks: Sequence[Mapping[str, Any]] | None = None,
        *,
        max_wait: float = MAX_WAIT,
        **where: str | None,
    ) -> Mapping[str, Any]:
        shown = message.json if blocks is None else blocks
        try:
            return await self._client.post(method, _body(message, shown), max_wait=max_wait, **where)
        except SlackFailed as failed:
            # Slack refuses a whole message for one picture that it cannot fetch.
            if failed.code != "invalid_blocks" or (bare := _without_images(shown)) == shown:
                raise
        return await self._client.post(method, _body(message, bare), max_wait=max_wait, **where)

    async def _respond(self, url: str, message: Message, options: dict[str, Any]) -> bool:
        status = await self._client.respond(url, _body(message) | options)
        if status == 400 and (bare := _without_images(message.json)) != message.json:
            status = await self._client.respond(url, _body(message, bare) | options)
        if status != 200:
            log.info("response_url refused", status=status)
        return status == 200


def _body(message: Message, blocks: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.json if blocks is None else blocks}


def _acting_for(blocks: Sequence[Mapping[str, Any]], channel_id: str) -> list[Mapping[str, Any]]:
    """The blocks, with buttons that act for a channel wherever they are clicked on."""

    def acting(element: Mapping[str, Any]) -> Mapping[str, Any]:
        value = json_object(str(element.get("value") or ""))
        named = encode({"c": channel_id} | value) if value else None
        return {**element, "value": named} if named else element

    return [
        {**block, "elements": [acting(one) for one in block["elements"]]} if block.get("type") == "actions" else block
        for block in blocks
    ]


def _without_images(blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The blocks without the images in context blocks, the only ones that we send."""
    bare: list[Mapping[str, Any]] = []
    for block in blocks:
        if block.get("type") == "context":
            block = {**block, "elements": [one for one in block["elements"] if one.get("type") != "image"]}
        bare.append(block)
    return bare
