"""Where features register with Bolt. A listener checks what needs no I/O, acknowledges, and starts the work.

def register(listeners: Listeners, feature: Kick) -> None:
    listeners.command("/kick", feature.by_name, needs=Right.HOST)                    # app.command
    listeners.command("/session end", feature.ask, needs=Right.HOST)                 # app.command("/session")
    listeners.action("session.who", feature.show, needs=Right.VIEW)                  # app.action
    listeners.menu("more")                                                           # app.action, for overflow menus
    listeners.view("kick", feature.submit, needs=Right.HOST, validate=_validate)     # app.view
    listeners.options("kick.people", feature.offer_people, needs=Right.HOST)         # app.options
    listeners.shortcut("poll.from_message", feature.from_message, needs=Right.HOST)  # app.message_shortcut
    listeners.event("app_home_opened", feature.open, needs=Right.VIEW)               # app.event

`Runner.run` refuses whoever does not have the right; the other options are explained at `ListenerOptions`.
"""

import dataclasses
from typing import Any, Unpack

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.errors import Right
from bot.meetings import id_in
from bot.sanitize import json_object
from bot.slack.app import REQUEST
from bot.slack.context import Handler, ListenerOptions, OptionsHandler, Route, first_word, target_value
from bot.slack.request import Kind, SlackRequest
from bot.slack.runner import Runner
from bot.views import failures
from bot.views import help as help_view
from bot.views.failures import RETRY, RetryButton
from bot.views.help import Entry
from bot.views.parts import encode, truncate

log = structlog.get_logger(__name__)

COMMANDS = ("/session", "/kick", "/poll")
"""Registered first: Bolt asks its listeners in turn whether they are meant, and each costs a request 20 microseconds
(slack_bolt/kwargs_injection/async_utils.py). For the same reason `app.py` registers the most used features first."""
HELP_WORDS = ("help", "?", "--help", "-h")


class Listeners:
    """Registers with a Bolt app.

    Attributes:
        names: of all listeners, by kind.
        commands: by command and subcommand, such as `("/session", "who")`; the subcommand may be empty.
        help: the lines of the help, with the right that each needs.
    """

    def __init__(self, app: AsyncApp, runner: Runner) -> None:
        self._app, self._runner = app, runner
        self.names = {(Kind.ACTION, RETRY)}
        self.commands: dict[tuple[str, str], Route] = {}
        self._actions: dict[str, Route] = {}
        self.help: list[tuple[Right, Entry]] = []
        app.error(self._handle_error)
        for name in COMMANDS:
            app.command(name)(self._command_listener)

    def retry(self) -> None:
        """Register the button that types a failed command again."""
        self._app.action(RETRY)(self._retry_listener)

    def command(
        self, name: str, handler: Handler, *, usage: str = "", summary: str = "", **options: Unpack[ListenerOptions]
    ) -> None:
        """Register a command, or a subcommand such as `/session who`; usage and summary are its line in the help."""
        command, _, subcommand = name.partition(" ")
        self._claim(Kind.COMMAND, name)
        if command not in COMMANDS and not any(known == command for known, _ in self.commands):
            self._app.command(command)(self._command_listener)
        self.commands[command, subcommand] = Route(handler, {"retry": retype, **options})
        if usage:
            self.help.append((options["needs"], Entry(usage, summary)))

    def action(self, action_id: str, handler: Handler, **options: Unpack[ListenerOptions]) -> None:
        """Register what a click or a choice does."""
        self._claim(Kind.ACTION, action_id)
        route = self._actions[action_id] = Route(handler, {"retry": click_again, **options})
        self._app.action(action_id)(self._listener(route))

    def menu(self, action_id: str) -> None:
        """Register an overflow menu, each of whose options names the action that it stands for (`do`)."""
        self._claim(Kind.ACTION, action_id)
        self._app.action(action_id)(self._menu_listener)

    def view(self, callback_id: str, handler: Handler, **options: Unpack[ListenerOptions]) -> None:
        """Register what the submission of a modal does."""
        self._claim(Kind.VIEW, callback_id)
        self._app.view(callback_id)(self._listener(Route(handler, options)))

    def shortcut(self, callback_id: str, handler: Handler, **options: Unpack[ListenerOptions]) -> None:
        """Register what a message shortcut does."""
        self._claim(Kind.SHORTCUT, callback_id)
        self._app.message_shortcut(callback_id)(self._listener(Route(handler, options)))

    def options(self, action_id: str, handler: OptionsHandler, *, needs: Right) -> None:
        """Register what a searchable menu offers."""
        self._claim(Kind.OPTIONS, action_id)

        @self._app.options(action_id)
        async def listener(ack: AsyncAck, context: AsyncBoltContext) -> None:
            await ack(options=await self._runner.load_options(handler, needs, context[REQUEST]))

    def event(self, event_type: str, handler: Handler, *, needs: Right) -> None:
        """Register what follows an event."""
        self._claim(Kind.EVENT, event_type)
        self._app.event(event_type)(self._listener(Route(handler, {"needs": needs})))

    def redraw_home_by(self, handler: Handler, *, needs: Right) -> None:
        """Have this run after everything that was done on the Home tab, so that it shows what came of it."""
        self._runner.home = Route(handler, {"needs": needs})

    def _claim(self, kind: Kind, name: str) -> None:
        if (kind, name) in self.names:
            raise ValueError(f"two listeners for the {kind} {name!r}")
        self.names.add((kind, name))

    # What Bolt calls

    def _listener(self, route: Route) -> Any:
        async def listener(ack: AsyncAck, context: AsyncBoltContext) -> None:
            await self._accept(ack, route, context[REQUEST])

        return listener

    async def _command_listener(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        request: SlackRequest = context[REQUEST]
        route, args = self._find_command(request)
        await self._accept(ack, route, request, args)

    async def _retry_listener(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        clicked: SlackRequest = context[REQUEST]
        request = retyped(clicked)
        route, args = self._find_command(request)
        # Slack shows no body in the acknowledgment of a click.
        await self._accept(ack, route, request, args, received=clicked.kind)

    async def _menu_listener(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        clicked: SlackRequest = context[REQUEST]
        request = dataclasses.replace(clicked, name=str(json_object(clicked.value).get("do") or ""))
        if route := self._actions.get(request.name):
            await self._accept(ack, route, request)
        else:
            await ack(self._unhandled(request))

    async def _accept(
        self, ack: AsyncAck, route: Route, request: SlackRequest, args: str = "", *, received: Kind | None = None
    ) -> None:
        """Acknowledge, with whatever the person must correct; then start the work. Nothing here waits for anything."""
        context = self._runner.make_context(route, request, args)
        if refusal := self._runner.refusal():
            await ack(self._runner.refuse(context, refusal, received or request.kind))
            return
        validate = route.options.get("validate")
        if validate and (errors := validate(request)):
            await ack(response_action="errors", errors=dict(errors))
            return
        if request.kind is Kind.VIEW:
            await ack(response_action="clear")
        else:
            await ack()
        self._runner.start(route, context)

    def _find_command(self, request: SlackRequest) -> tuple[Route, str]:
        """The route of a typed command, and what is left of its text."""
        word, args = first_word(request.text)
        route, text = self.commands.get((request.name, word.lower())), request.text.strip()
        if (args if route else text).strip().lower() in HELP_WORDS:
            # Also after a subcommand: nobody invites a guest called "help". In quotes it's a name.
            return self.commands["/session", "help"], ""
        if route and not (args and route.options.get("alone")):
            return route, args
        # `/kick Ada` has no subcommand; `/session wat` has an unknown one, which its handler explains.
        return self.commands.get((request.name, "")) or self.commands["/session", "help"], text

    # What fails before the acknowledgment

    async def _handle_error(self, error: Exception, context: AsyncBoltContext) -> BoltResponse:
        """Bolt's `app.error`: one plain answer, never a bare 500."""
        request: SlackRequest | None = context.get(REQUEST)
        if request is None:
            # Our own bug in reading the payload. Slack shows this text to whoever typed a command.
            log.error("payload not read", exc_info=error)
            return BoltResponse(status=200, body={"text": failures.describe(error, failures.FailureText()).text})
        if not isinstance(error, BoltUnhandledRequestError):
            log.error("listener failed", request=request.request_id, name=request.name, exc_info=error)
            body = self._runner.refuse(self._runner.make_context(None, request), error, request.kind)
            return BoltResponse(status=200, body=body or "")
        # Choices in a modal that is read on submission have no listener of their own, and need none.
        return BoltResponse(status=200, body=self._unhandled(request))

    def _unhandled(self, request: SlackRequest) -> dict[str, Any] | str:
        self._runner.count(request, "unhandled", name="unknown")
        match request.kind:
            case Kind.COMMAND:
                entries = [entry for _, entry in self.help]
                message = help_view.overview(entries, unknown=request.name, host=True)
                return {"response_type": "ephemeral", "text": message.text, "blocks": message.json}
            case Kind.OPTIONS:
                return {"options": []}
            case _:
                return ""


def retype(request: SlackRequest) -> RetryButton | None:
    """A button that types the command again, in its channel; None if it does not fit into one."""
    typed = {"command": request.name, "text": request.text, "c": request.channel_id, "n": request.request_id}
    value = encode(typed | ({"m": request.meeting_id} if request.meeting_id else {}))
    return RetryButton(RETRY, value) if value else None


def retyped(request: SlackRequest) -> SlackRequest:
    """The command behind that button, as if the person had typed it. Clicks in one rendering are one intent."""
    values = json_object(request.value)
    return dataclasses.replace(
        request,
        kind=Kind.COMMAND,
        name=str(values.get("command") or ""),
        text=str(values.get("text") or ""),
        meeting_id=id_in(str(values.get("m") or "")) or "",
        container_id=f"{request.container_id}:{request.value}",
    )


def click_again(request: SlackRequest) -> RetryButton | None:
    """A button that does the same as the one that was clicked, as a new rendering."""
    values = json_object(request.value)
    fresh = {"n": request.request_id} | target_value(request)
    value = encode(values | fresh) if "n" in values else truncate(request.value, 2000)
    return RetryButton(request.name, value) if value else None
