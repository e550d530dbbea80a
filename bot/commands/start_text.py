"""What a host wants to start: as typed after `/session start`, in the form, and in buttons. Pure."""

from bot.commands.parsing import require_closed, split
from bot.errors import Misused
from bot.realtimekit.client import Switches
from bot.sanitize import json_object
from bot.slack.request import SlackRequest
from bot.views.parts import single_line
from bot.views.start import MAX_TITLE, Plan

USAGE = '/session start ["Title"] [--record] [--notes]'


def parse(text: str) -> Plan:
    """What is typed after `/session start`. Raises `Misused`."""
    words = split(text, ("record", "notes", "no-record"))
    if words.unknown_flags:
        raise Misused(
            f"Unknown option `{words.unknown_flags[0]}`. You can use `--record`, `--no-record` and `--notes`.", USAGE
        )
    require_closed(words, USAGE)
    title = single_line(" ".join(word.text for word in words.words))
    if words.words and not title:
        raise Misused("The title is empty.", USAGE)
    if len(title) > MAX_TITLE:
        raise Misused(f"That title is too long. Use up to {MAX_TITLE} characters.", USAGE)
    flags = words.flags
    if {"record", "no-record"} <= flags:
        raise Misused("Use either `--record` or `--no-record`, not both.", USAGE)
    return Plan(title, record="record" in flags, notes="notes" in flags, unrecorded="no-record" in flags)


def plan_in(request: SlackRequest) -> Plan:
    """What was entered in the form."""
    chosen = request.view.selected("switches")
    return Plan(single_line(request.view.text("title")), record="record" in chosen, notes="notes" in chosen)


def plan_of_button(request: SlackRequest) -> Plan:
    """What a button holds."""
    value = json_object(request.value)
    title, options = single_line(str(value.get("t") or "")), str(value.get("o") or "")
    return Plan(title[:MAX_TITLE], record="r" in options, notes="n" in options, unrecorded="x" in options)


def linked_then(request: SlackRequest) -> str:
    """The id of the channel's meeting when the button was made; empty if there was none."""
    return str(json_object(request.value).get("l") or "")


def switches_of(plan: Plan) -> Switches:
    """What is changed of the meeting."""
    switches = Switches(record_on_start=True) if plan.record else Switches()
    if plan.unrecorded:
        switches = Switches(record_on_start=False)
    if plan.notes:
        switches |= Switches(transcribe_on_end=True, summarize_on_end=True)
    return switches
