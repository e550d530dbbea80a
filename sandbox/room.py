"""What can be done to the meetings and to the wires beside Slack: join, leave, and faults at a switch."""

import random
from collections.abc import Callable

from sandbox.example import stir, vote
from sandbox.faults import Fault
from sandbox.limits import Json
from sandbox.person import Cannot
from sandbox.slack import SlackFault
from sandbox.stage import Stage
from sandbox.world import Meeting, Participant

_REALTIMEKIT: dict[str, Callable[[], Fault] | None] = {
    "normal": None,
    "slow (2 s)": lambda: Fault("delay", seconds=2),
    "hanging": lambda: Fault("hang"),
    "failing (500)": lambda: Fault("status", 500),
    "limiting (429)": lambda: Fault("status", 429, body="{}", headers={"Retry-After": "30"}),
    "refusing the token (403)": lambda: Fault("status", 403, body="{}"),
    "unreachable": lambda: Fault("reset"),
}
_SLACK: dict[str, Callable[[], SlackFault] | None] = {
    "normal": None,
    "slow (2 s)": lambda: SlackFault(seconds=2),
    "limiting (429)": lambda: SlackFault("ratelimited", retry_after=5),
    "failing (500)": lambda: SlackFault(status=500),
}
_ACKS: dict[str, float] = {"in time": 0.0, "late (4 s)": 4.0}


class Room:
    """The meetings as one sees them from outside, and the switches.

    Attributes:
        changes: grows whenever there is something new to see.
        lively: whether people come, go and vote by themselves.
    """

    def __init__(self, on: Stage) -> None:
        self._on = on
        self._dice = random.Random()  # noqa: S311 - who joins next is no secret
        self.changes = 0
        self.lively = True
        self.switches = {"realtimekit": "normal", "slack": "normal", "acks": "in time"}
        on.world.listeners.append(lambda _: self._changed())

    def _changed(self) -> None:
        self.changes += 1

    def stir(self) -> None:
        """Let somebody come, go and vote, if the rooms are lively."""
        if self.lively:
            stir(self._on.world, self._dice)
            vote(self._on.world, self._dice)
            self._changed()

    def offered(self) -> dict[str, list[str]]:
        """What each switch can be set to."""
        return {"realtimekit": list(_REALTIMEKIT), "slack": list(_SLACK), "acks": list(_ACKS)}

    def do(self, order: Json) -> Json:
        """Do what the page asks for.

        Raises:
            Cannot, LookupError: there is no such thing to do.
        """
        match order["what"]:
            case "lively":
                self.lively = bool(order["on"])
            case "switch":
                self._switch(str(order["name"]), str(order["to"]))
            case "join":
                self._join(self._on.world.meetings[order["meeting"]], str(order["name"]).strip())
            case "leave":
                meeting = self._on.world.meetings[order["meeting"]]
                meeting.leave(next(one for one in meeting.participants if one.id == order["person"]))
            case other:
                raise Cannot(f"nobody can {other}")
        self._changed()
        return {}

    def _join(self, meeting: Meeting, name: str) -> None:
        """Let somebody in: a person whom the meeting knows, else a new one. An inactive meeting takes nobody."""
        if meeting.status != "ACTIVE":
            raise Cannot("the meeting is locked")
        known = next((one for one in meeting.participants if one.name == name and not one.deleted), None)
        meeting.join(known or Participant(name or None, f"{name.lower().replace(' ', '.')}@people.example"))

    def _switch(self, name: str, to: str) -> None:
        if name == "realtimekit":
            made = _REALTIMEKIT[to]
            self._on.realtimekit.faults = {"*": made()} if made else {}
        elif name == "slack":
            said = _SLACK[to]
            self._on.slack.faults = {"*": said()} if said else {}
        else:
            self._on.slack.ack_delay = _ACKS[to]
        self.switches[name] = to
