"""What happens after the acknowledgment: rights, the loading modal, the handler, and what went wrong."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.models.views import View

from bot.background import Background
from bot.errors import Busy, DialogNotOpened, Interrupted, Refusal, Repeated, Right
from bot.metrics import Metrics, timed_parts
from bot.permissions import Permissions
from bot.realtimekit.errors import RealtimeKitError
from bot.slack.context import Context, OptionsHandler, Route
from bot.slack.messages import Messages
from bot.slack.request import Kind, SlackRequest
from bot.store.errors import StoreError
from bot.store.records import State
from bot.views import failures, home, parts
from bot.views.failures import FailureText

log = structlog.get_logger(__name__)

RIGHT_TIMEOUT = 0.4
"""Seconds for which a modal waits for the check of the right, so that a refusal needs no modal; a trigger lives 3 s."""
OPTIONS_TIMEOUT = 2.5
"""A searchable menu must be filled within Slack's 3 seconds."""
MAX_RUNNING = 2000
"""Requests that run at once; further ones are refused immediately, instead of being queued."""
NOTHING_DONE = FailureText("Nothing was changed.")


@dataclass(eq=False)
class Runner:
    """Runs the handlers of one process. `home`: redraws the Home tab after something was done there."""

    messages: Messages
    permissions: Permissions
    background: Background
    metrics: Metrics
    clock: Callable[[], datetime]
    announces: bool
    home: Route | None = None

    def make_context(self, route: Route | None, request: SlackRequest, args: str = "") -> Context:
        """What the handler of a request is given."""
        context = Context(request, self.messages, self.announces, self.clock, args)
        if route:
            options = route.options
            context.failure, context.resume = options.get("failure", context.failure), options.get("resume")
            context.offer_retry = options.get("retry")
        return context

    def start(self, route: Route, context: Context) -> None:
        """Answer a request, which was acknowledged, in the background."""
        self.background.start(self.run(route, context))

    def refusal(self) -> Refusal | None:
        """Why this process accepts nothing new; None if it does."""
        if self.background.stopping:
            return Interrupted()
        return Busy() if self.background.running >= MAX_RUNNING else None

    def refuse(self, context: Context, error: Exception, kind: Kind) -> dict[str, Any] | str:
        """Say that nothing is done: in the acknowledgment of a payload of this kind, otherwise by a reply."""
        request = context.request
        self.count(request, type(error).__name__)
        if kind is Kind.EVENT:
            return ""
        if kind is Kind.OPTIONS:
            return {"options": []}
        failure = context.failure if context.failure.not_done else NOTHING_DONE
        if kind is Kind.VIEW:
            view = failures.view(
                error, title="Usher", failure=failure, request_id=request.request_id, typed=request.view.typed
            )
            return {"response_action": "update", "view": view.to_dict()}
        message = failures.message(error, failure=failure, retry=context.retry, request_id=request.request_id)
        if kind is Kind.COMMAND:
            return {"response_type": "ephemeral", "text": message.text, "blocks": message.json}
        if self.background.running < 2 * MAX_RUNNING:
            self.background.start(context.reply(message))
        return ""

    def count(self, request: SlackRequest, outcome: str, *, name: str = "") -> None:
        """Count a request in the metrics."""
        self.metrics.requests.labels(request.kind.value, name or request.name, outcome).inc()

    async def load_options(self, handler: OptionsHandler, needs: Right, request: SlackRequest) -> list[dict[str, Any]]:
        """What a searchable menu offers; nothing if that cannot be known in time."""
        context = self.make_context(None, request)
        try:
            async with asyncio.timeout(OPTIONS_TIMEOUT):
                context.right = await self.permissions.require(request, needs)
                return await handler(context)
        except (Refusal, RealtimeKitError, StoreError, TimeoutError) as error:
            log.warning("menu left empty", request=request.request_id, name=request.name, error=type(error).__name__)
            return []

    async def run(self, route: Route, context: Context) -> None:
        """Authorize, handle, explain failures; one log line and one count for each request."""
        request, began, outcome = context.request, time.perf_counter(), "cut off"
        structlog.contextvars.bind_contextvars(request=request.request_id)
        with timed_parts() as spent:
            try:
                outcome = await self._outcome(route, context)
            finally:
                self._record(request, outcome, time.perf_counter() - began, spent)
        if request.from_home and context.view_id is None and request.kind is not Kind.EVENT and self.home:
            opened = replace(request, kind=Kind.EVENT, name="app_home_opened", text="home", channel_id=None)
            await self.run(self.home, self.make_context(self.home, opened))

    async def _outcome(self, route: Route, context: Context) -> str:
        try:
            await self._authorize(route, context)
            await route.handle(context)
        except Repeated as repeated:
            if repeated.may_have_happened or repeated.on_purpose:
                await self._explain(context, repeated)
            return "repeated"
        except (Refusal, RealtimeKitError, StoreError) as error:
            await self._explain(context, error)
            return type(error).__name__
        except Exception as error:
            log.exception("handler failed", request=context.request.request_id, name=context.request.name)
            await self._explain(context, error)
            return "failed"
        # "failed" is a bug of ours, which operators are told to watch for.
        return "not done" if context.outcome is State.FAILED else context.outcome.value

    def _record(self, request: SlackRequest, outcome: str, seconds: float, parts: Mapping[str, float]) -> None:
        who = {"user": request.user_id, "team": request.team_id, "channel": request.channel_id}
        what = {"kind": request.kind.value, "name": request.name, "outcome": outcome, "ms": round(seconds * 1000)}
        log.info("request", **what, **who, **{f"{part}_ms": round(value * 1000) for part, value in parts.items()})
        self.count(request, outcome)
        self.metrics.answers.labels(request.kind.value).observe(seconds)

    async def _authorize(self, route: Route, context: Context) -> None:
        """Check the person's right, and open the modal with which the handler begins, if it has one."""
        modal = route.options.get("loading")
        modal = modal(context.request) if callable(modal) else modal
        if modal:
            await self._open_while_authorizing(route, context, modal)
        else:
            context.right = await self.permissions.require(context.request, route.options["needs"])

    async def _open_while_authorizing(self, route: Route, context: Context, modal: View) -> None:
        """Open a modal without waiting long for the check of the right: its trigger lives for 3 s only."""
        request, push = context.request, route.options.get("pushes", False)
        check = asyncio.create_task(self.permissions.require(request, route.options["needs"]))
        try:
            await asyncio.wait({check}, timeout=RIGHT_TIMEOUT)
            if check.done():
                context.right = check.result()
            context.view_id = await self.messages.open_modal(request.trigger_id, modal, push=push)
            context.right = await check
        except DialogNotOpened:
            await check  # people without the right learn that, whatever became of the modal
            raise
        finally:
            check.cancel()

    async def _explain(self, context: Context, error: Exception) -> None:
        """Say what went wrong; if even that fails, say at least that something did."""
        try:
            await self._send_failure(context, error)
        except Exception:
            log.exception("failure not explained", request=context.request.request_id)
            words = f"Something went wrong on our end (request {context.request.request_id})."
            await context.reply(parts.message(words))

    async def _send_failure(self, context: Context, error: Exception) -> None:
        """In the open modal, otherwise to the person who asked, and only them."""
        request = context.request
        if isinstance(error, RealtimeKitError):
            log.warning("realtimekit failed", request=request.request_id, error=type(error).__name__, **_facts(error))
        elif isinstance(error, StoreError):
            log.warning("database failed", request=request.request_id, error=str(error))
        if request.kind is Kind.EVENT:
            # Nobody asked anything: the tab that was opened says why it is empty, and no message is sent.
            refusal = home.refused(failures.describe(error, context.failure).text)
            await self.messages.publish_home(request.user_id, refusal)
            return
        if context.view_id:
            view = failures.view(error, title="Usher", failure=context.failure, request_id=request.request_id)
            with contextlib.suppress(DialogNotOpened):
                if await self.messages.update_modal(context.view_id, view):
                    return
        message = failures.message(
            error,
            failure=context.failure,
            retry=context.retry,
            request_id=request.request_id,
            resume=context.resume,
            typed=request.view.typed if request.kind is Kind.VIEW else (),
        )
        await context.reply(message)


def _facts(error: RealtimeKitError) -> Mapping[str, Any]:
    facts = error.facts
    return {
        "endpoint": facts.endpoint,
        "status": facts.status,
        "code": facts.code,
        "api_message": facts.message,
        "cf_ray": facts.cf_ray,
        "may_have_happened": facts.may_have_happened,
    }
