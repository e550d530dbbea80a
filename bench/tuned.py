"""A well-tuned Bolt app that does the same as `bare`.

It acknowledges first, works in a task of its own, keeps its
sessions, and runs on uvloop. It shares no reads.
"""

import asyncio
import logging
import os
from collections.abc import Coroutine
from typing import Any

import uvloop
from aiohttp import ClientSession, web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bench.upstream import Upstream, options, status_blocks, who_blocks, words

Json = dict[str, Any]


async def authorize() -> AuthorizeResult:
    """Nothing to ask: the workspace is known."""
    return AuthorizeResult(enterprise_id=None, team_id=None)


app = AsyncApp(
    client=AsyncWebClient(base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    authorize=authorize,
    process_before_response=True,
)
upstream = Upstream()
tasks: set[asyncio.Task[None]] = set()
slack: list[ClientSession] = []


def start(job: Coroutine[Any, Any, None]) -> None:
    """Run it after the acknowledgment."""
    task = asyncio.create_task(job)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def respond(url: str, **message: Any) -> None:
    """Answer, over the kept session."""
    await AsyncWebhookClient(url, session=slack[0]).send_dict(message)


@app.command("/session")
async def session(ack: AsyncAck, command: Json) -> None:
    """Answer with the title and the number of people, or with the list of people."""
    await ack()
    start(answer(command))


async def answer(command: Json) -> None:
    """After the acknowledgment."""
    channel_id, url = command["channel_id"], command["response_url"]
    if command["text"] == "who":
        await respond(url, text="Who", blocks=who_blocks(await upstream.people(channel_id)))
    else:
        await respond(url, text="Live", blocks=status_blocks(await upstream.session(channel_id)))


@app.command("/kick")
async def kick(ack: AsyncAck, command: Json) -> None:
    """Remove the person of this name."""
    await ack()
    start(remove(command))


async def remove(command: Json) -> None:
    """After the acknowledgment."""
    name = await upstream.kick(command["channel_id"], words(command["text"])[0])
    await respond(command["response_url"], text=f"Removed {name}", response_type="in_channel")


@app.command("/poll")
async def poll(ack: AsyncAck, command: Json) -> None:
    """Start a poll."""
    await ack()
    start(ask(command))


async def ask(command: Json) -> None:
    """After the acknowledgment."""
    question, *answers = words(command["text"])
    await upstream.poll(command["channel_id"], question, answers)
    await respond(command["response_url"], text=f"Started a poll: {question}", response_type="in_channel")


@app.action("session.status")
async def refresh(ack: AsyncAck, body: Json) -> None:
    """Draw the card again."""
    await ack()
    start(redraw(body))


async def redraw(body: Json) -> None:
    """After the acknowledgment."""
    blocks = status_blocks(await upstream.session(body["channel"]["id"]))
    await respond(body["response_url"], text="Live", blocks=blocks, replace_original=True)


@app.options("kick.people")
async def people(ack: AsyncAck, body: Json, payload: Json) -> None:
    """Offer the people whose names begin so."""
    await ack(options=options(await upstream.people(body["channel"]["id"]), payload["value"]))


async def main() -> None:
    """Serve until killed."""
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    slack.append(ClientSession())
    runner = web.AppRunner(app.web_app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
