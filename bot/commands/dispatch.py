"""From an `Ask` to its handler: acknowledges at once, checks the right, runs the handler, says what went wrong."""

import asyncio
import contextlib
import dataclasses
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import structlog

from bot.access import Access
from bot.ask import Ask, Kind
from bot.commands.routing import AGAIN, Route, Services, Turn, first_word
from bot.errors import Busy, DialogNotOpened, Interrupted, Refusal, Repeated, Right
from bot.metrics import Metrics, timed_parts
from bot.realtimekit.errors import RealtimeKitError
from bot.store.errors import StoreError
from bot.views import faults, help, home, parts
from bot.views.faults import Effect
from bot.views.parts import unpacked
from bot.work import Work

log = structlog.get_logger(__name__)

PATIENCE = 0.4
"""Seconds for which a modal waits for the check of the right, so that a refusal needs no modal; the trigger lives 3."""
MENU_SECONDS = 2.5
"""A searchable menu must be filled within Slack's 3 seconds."""
DELIVERIES = 5000
RUNNING_MOST = 2000
"""Turns that run at once; whoever comes then is told at once that they must come again, and not left waiting."""
HOME = "app_home_opened"

Answer = dict[str, Any] | None
"""The body of an acknowledgement; None for an empty one."""


class Dispatcher:
    """Takes every ask of one process."""

    def __init__(self, services: Services, access: Access, work: Work, metrics: Metrics) -> None:
        self._services, self._access, self._work, self._metrics = services, access, work, metrics
        self._deliveries: OrderedDict[str, None] = OrderedDict()
        router = services.router
        commands = (name for name, _ in router.commands)
        self._names = frozenset({*commands, *router.actions, *router.submissions, *router.events})

    async def receive(self, ask: Ask) -> Answer:
        """Acknowledge an ask, and start answering it.

        Nothing but local work stands before the return, save for a menu's options, which are themselves the answer.
        """
        if ask.kind is Kind.OPTIONS:
            return await self._menu(ask)
        if self._is_redelivery(ask):
            return None
        found = self._find(ask)
        if found is None:
            return None
        route, turn = found
        if self._work.stopping or self._work.running >= RUNNING_MOST:
            return self._refuse(ask, turn, Interrupted() if self._work.stopping else Busy())
        if route.faults and (wrong := route.faults(ask)):
            return {"response_action": "errors", "errors": dict(wrong)}
        self._work.start(self._run(route, turn))
        return {"response_action": "clear"} if ask.kind is Kind.SUBMISSION else None

    def _is_redelivery(self, ask: Ask) -> bool:
        """Whether Slack delivers once more what came to this process already: each intent has a trigger of its own."""
        if ask.trigger_id is None:
            return False
        if ask.trigger_id in self._deliveries:
            return True
        self._deliveries[ask.trigger_id] = None
        if len(self._deliveries) > DELIVERIES:
            self._deliveries.popitem(last=False)
        return False

    def _find(self, ask: Ask) -> tuple[Route, Turn] | None:
        router = self._services.router
        args, route = "", None
        if ask.kind is Kind.ACTION and ask.name == AGAIN:
            ask = _typed(ask)
        if ask.kind is Kind.COMMAND:
            word, args = first_word(ask.text)
            route = router.commands.get((ask.name, word.lower()))
            if route is None and ask.text.strip().lower() in ("help", "?"):
                route = router.commands["/session", "help"]
            if route is None:
                # `/kick Ada` has no subcommand; `/session wat` has one that nobody knows, and gets help.
                route, args = router.commands.get((ask.name, "")), ask.text.strip()
            route = route or Route(_unknown_command, Right.NOTHING)
        elif ask.kind is Kind.ACTION:
            # A menu in a modal that is read on submission has no handler of its own, and needs none.
            route = router.actions.get(ask.name)
        elif ask.kind is Kind.SUBMISSION:
            route = router.submissions.get(ask.name)
        elif ask.kind is Kind.EVENT:
            route = router.events.get(ask.name)
        if route is None:
            return None
        again = route.again(ask) if route.again else None
        turn = Turn(ask, self._services, args, effect=route.effect, again=again, resume=route.resume)
        return route, turn

    async def _run(self, route: Route, turn: Turn) -> None:
        structlog.contextvars.bind_contextvars(request=turn.ask.request_id)
        with timed_parts() as parts:
            await self._run_timed(route, turn, parts)

    async def _run_timed(self, route: Route, turn: Turn, parts: Mapping[str, float]) -> None:
        ask, began, outcome = turn.ask, time.perf_counter(), "cut off"
        try:
            await self._admit(route, turn)
            await route.handle(turn)
            outcome = "done"
        except Repeated as repeated:
            outcome = "repeated"
            if repeated.unsure:
                await self._tell(turn, repeated)
        except (Refusal, RealtimeKitError, StoreError) as error:
            outcome = type(error).__name__
            await self._tell(turn, error)
        except Exception as error:
            outcome = "failed"
            log.exception("a handler failed", request=ask.request_id, name=ask.name)
            await self._tell(turn, error)
        finally:
            spent = time.perf_counter() - began
            who = {"user": ask.user_id, "team": ask.team_id, "channel": ask.channel_id}
            what = {"kind": ask.kind.value, "name": ask.name, "outcome": outcome, "ms": round(spent * 1000)}
            log.info("turn", **what, **who, **{f"{part}_ms": round(ms * 1000) for part, ms in parts.items()})
            self._metrics.turns.labels(ask.kind.value, self._known_name(ask), outcome).inc()
            self._metrics.answers.labels(ask.kind.value).observe(spent)
            if ask.home and turn.modal is None and ask.kind is not Kind.EVENT:
                await self._redraw_home(ask)

    async def _redraw_home(self, ask: Ask) -> None:
        """Show on the Home tab what came of something that was done from there."""
        opened = Ask(Kind.EVENT, HOME, user_id=ask.user_id, team_id=ask.team_id, text="home")
        if found := self._find(opened):
            await self._run(*found)

    async def _admit(self, route: Route, turn: Turn) -> None:
        """Check the right; where a modal is to open at once, do not keep it waiting for that."""
        ask = turn.ask
        loading = route.loading(ask) if route.loading else None
        if loading is None:
            turn.right = await self._access.require(ask, route.needs)
            return
        check = asyncio.create_task(self._access.require(ask, route.needs))
        try:
            await asyncio.wait({check}, timeout=PATIENCE)
            if not check.done():
                turn.modal = await self._services.slack.open_modal(ask.trigger_id, loading, push=route.pushes)
            turn.right = await check
            if turn.modal is None:
                turn.modal = await self._services.slack.open_modal(ask.trigger_id, loading, push=route.pushes)
        except DialogNotOpened:
            await check  # whoever may not do this is told that, whatever became of the modal
            raise
        finally:
            check.cancel()

    async def _tell(self, turn: Turn, error: Exception) -> None:
        """Say what went wrong; where even the words fail, say at least that something did."""
        try:
            await self._explain(turn, error)
        except Exception:
            log.exception("a fault could not be told", request=turn.ask.request_id)
            await turn.reply(parts.message(f"Something went wrong inside Usher (request {turn.ask.request_id})."))

    async def _explain(self, turn: Turn, error: Exception) -> None:
        """Say what went wrong: in the modal where one is open, else to the asker alone."""
        if isinstance(error, RealtimeKitError):
            log.warning("realtimekit failed", request=turn.ask.request_id, error=type(error).__name__, **_facts(error))
        elif isinstance(error, StoreError):
            log.warning("the database failed", request=turn.ask.request_id, error=str(error))
        request_id = turn.ask.request_id
        if turn.ask.kind is Kind.EVENT:
            # Nobody asked anything: the tab that was opened says why it is empty, and no message is sent.
            refusal = home.refused(faults.describe(error, turn.effect).what)
            await self._services.slack.publish_home(turn.ask.user_id, refusal)
            return
        if turn.modal:
            view = faults.view(error, title="Usher", effect=turn.effect, request_id=request_id)
            with contextlib.suppress(DialogNotOpened):
                if await self._services.slack.update_modal(turn.modal, view):
                    return
        message = faults.message(error, effect=turn.effect, again=turn.again, request_id=request_id, resume=turn.resume)
        await turn.reply(message)

    def _refuse(self, ask: Ask, turn: Turn, error: Refusal) -> Answer:
        """The answer of a process that takes nothing new: in the acknowledgement where Slack reads one."""
        self._metrics.turns.labels(ask.kind.value, self._known_name(ask), type(error).__name__).inc()
        if ask.kind is Kind.EVENT:
            return None  # nobody asked anything
        effect = turn.effect if turn.effect.undone else Effect("Nothing was done.")
        if ask.kind is Kind.SUBMISSION:
            view = faults.view(error, title="Usher", effect=effect, request_id=ask.request_id)
            return {"response_action": "update", "view": view.to_dict()}
        said = faults.message(error, effect=effect, again=turn.again, request_id=ask.request_id)
        if ask.kind is Kind.COMMAND:
            return _ephemeral(said)
        if self._work.running < 2 * RUNNING_MOST:
            self._work.start(turn.reply(said))
        return None

    def _known_name(self, ask: Ask) -> str:
        """A name for the metrics: what nobody registered must not make a series each."""
        return ask.name if ask.name in self._names else "unknown"

    async def _menu(self, ask: Ask) -> Answer:
        found = self._services.router.options.get(ask.name)
        if found is None:
            return {"options": []}
        options, needs = found
        turn = Turn(ask, self._services)
        try:
            async with asyncio.timeout(MENU_SECONDS):
                turn.right = await self._access.require(ask, needs)
                return {"options": await options(turn)}
        except (Refusal, RealtimeKitError, StoreError, TimeoutError) as error:
            log.warning("a menu stayed empty", request=ask.request_id, name=ask.name, error=type(error).__name__)
            return {"options": []}


def _typed(ask: Ask) -> Ask:
    """The command behind a Try again button, as if the person had typed it; clicks on one rendering are one intent."""
    values = unpacked(ask.value)
    command, text = str(values.get("c") or ""), str(values.get("t") or "")
    return dataclasses.replace(ask, kind=Kind.COMMAND, name=command, text=text, surface=f"{ask.surface}:{ask.value}")


async def _unknown_command(turn: Turn) -> None:
    entries = [route.entry for route in turn.services.router.commands.values() if route.entry]
    await turn.reply(help.overview(entries, unknown=turn.ask.name, host=True))


def _ephemeral(message: parts.Message) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": message.text, "blocks": message.json}


def _facts(error: RealtimeKitError) -> Mapping[str, Any]:
    facts = error.facts
    return {
        "endpoint": facts.endpoint,
        "status": facts.status,
        "code": facts.code,
        "said": facts.message,
        "cf_ray": facts.cf_ray,
        "may_have_happened": facts.may_have_happened,
    }
