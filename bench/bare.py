"""A bare Bolt app, written as its documentation shows: one command, one question upstream, one answer."""

import os

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

app = AsyncApp(
    client=AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)
URL = (
    f"{os.environ['CLOUDFLARE_BASE_URL']}/accounts/{os.environ['CLOUDFLARE_ACCOUNT_ID']}/realtime/kit/"
    f"{os.environ['REALTIMEKIT_APP_ID']}/meetings/{os.environ['REALTIMEKIT_MEETING_ID']}/active-session"
)
HEADERS = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}


@app.command("/session")
async def session(ack: AsyncAck, respond: AsyncRespond) -> None:
    """Answer with the title and the number of people."""
    await ack()
    async with aiohttp.ClientSession() as http, http.get(URL, headers=HEADERS) as response:
        data = (await response.json())["data"]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": data["meeting_display_name"]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*Live* · {data['live_participants']} people now"}},
    ]
    await respond(text="Live", blocks=blocks)


if __name__ == "__main__":
    app.start(port=int(os.environ["PORT"]))
