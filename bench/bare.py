"""A bare Bolt app, written as its documentation shows: each handler asks upstream and answers. One session is kept."""

import os

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bench.upstream import Upstream, options, who_blocks, words
from bench.upstream import status_blocks as drawn

app = AsyncApp(
    client=AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)
upstream = Upstream()


@app.command("/session")
async def session(ack: AsyncAck, respond: AsyncRespond, command: dict[str, str]) -> None:
    """Answer with the title and the number of people, or with the list of people."""
    await ack()
    if command["text"] == "who":
        await respond(text="Who", blocks=who_blocks(await upstream.people(command["channel_id"])))
        return
    await respond(text="Live", blocks=drawn(await upstream.session(command["channel_id"])))


@app.command("/kick")
async def kick(ack: AsyncAck, respond: AsyncRespond, command: dict[str, str]) -> None:
    """Remove the person of this name."""
    await ack()
    name = await upstream.kick(command["channel_id"], words(command["text"])[0])
    await respond(text=f"Removed {name}", response_type="in_channel")


@app.command("/poll")
async def poll(ack: AsyncAck, respond: AsyncRespond, command: dict[str, str]) -> None:
    """Start a poll."""
    await ack()
    question, *answers = words(command["text"])
    await upstream.poll(command["channel_id"], question, answers)
    await respond(text=f"Started a poll: {question}", response_type="in_channel")


@app.action("session.status")
async def refresh(ack: AsyncAck, respond: AsyncRespond, body: dict[str, dict[str, str]]) -> None:
    """Draw the card again."""
    await ack()
    blocks = drawn(await upstream.session(body["channel"]["id"]))
    await respond(text="Live", blocks=blocks, replace_original=True)


@app.options("kick.people")
async def people(ack: AsyncAck, body: dict[str, dict[str, str]], payload: dict[str, str]) -> None:
    """Offer the people whose names begin so."""
    found = await upstream.people(body["channel"]["id"])
    await ack(options=options(found, payload["value"]))


if __name__ == "__main__":
    app.start(port=int(os.environ["PORT"]))
