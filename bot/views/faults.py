"""What went wrong, in words: what happened, what was and was not done, what to do next. One case for each exception."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, Option, PlainTextObject, StaticSelectElement
from slack_sdk.models.views import View

from bot import errors
from bot.errors import Right
from bot.realtimekit import errors as api
from bot.store import errors as store
from bot.views.parts import (
    TEXT_MOST,
    Message,
    actions,
    button,
    cut,
    day,
    escape,
    modal,
    people,
    plain,
    safe,
    section,
    small,
    title_of,
)


@dataclass(frozen=True, slots=True)
class Again:
    """How to offer the same once more: a button that stands for the whole attempt."""

    action: str
    value: str
    label: str = "Try again"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said of one fault.

    Attributes:
        what: mrkdwn, what happened and what to do next.
        worth_again: whether trying again can help.
    """

    what: str
    worth_again: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What an attempt was to bring about.

    Attributes:
        undone: what to say where it certainly did not happen.
        unsure: what to say where it may have happened.
    """

    undone: str = ""
    unsure: str = ""


def describe(error: Exception, effect: Effect) -> Fault:
    """A fault in words."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            fault = words(error, effect.undone)
            if _may_have_happened(error):
                return Fault(f"{fault.what} {effect.unsure}")
            # Where there is nothing to say of the effect, its place in the sentence is empty.
            return Fault(fault.what.replace("  ", " ").rstrip(), fault.worth_again)
    return Fault(f"Something went wrong inside Usher. {effect.unsure} It has been logged.".replace("  ", " "))


def _may_have_happened(error: Exception) -> bool:
    if isinstance(error, errors.Repeated):
        return error.unsure
    return isinstance(error, api.RealtimeKitError) and error.may_have_happened


def message(
    error: Exception, *, effect: Effect, again: Again | None, request_id: str, resume: str | None = None
) -> Message:
    """A fault as a message.

    Args:
        again: the attempt, for a button where trying again can help.
        request_id: finds the attempt in the log.
        resume: the action with which a meeting chosen from several goes on.
    """
    fault = describe(error, effect)
    blocks = _blocks(error, fault, request_id)
    if isinstance(error, errors.AmbiguousMeeting) and resume:
        blocks += actions(_menu(error, resume))
    elif isinstance(error, errors.NotLinked) or (isinstance(error, errors.MeetingNotFound) and error.linked):
        blocks += actions(button("Link a meeting…", "use.open", "open"))
    elif again and fault.worth_again:
        blocks += actions(button(again.label, again.action, again.value))
    return Message(cut(fault.what, TEXT_MOST), blocks)


def view(error: Exception, *, title: str, effect: Effect, request_id: str) -> View:
    """A fault in the modal that was open when it came."""
    return modal(title, _blocks(error, describe(error, effect), request_id))


def _blocks(error: Exception, fault: Fault, request_id: str) -> list[Block]:
    blocks: list[Block] = [section(fault.what)]
    if isinstance(error, api.RealtimeKitError) and not isinstance(error, api.NoSession):
        facts = error.facts
        codes = [
            f"HTTP {facts.status}" if facts.status else "",
            f"cf-ray {safe(facts.cf_ray, 40)}" if facts.cf_ray else "",
        ]
        blocks.append(small(" · ".join([code for code in codes if code] + [f"request {request_id}"])))
    elif fault.worth_again or not isinstance(error, errors.Refusal):
        blocks.append(small(f"request {request_id}"))
    return blocks


def _menu(error: errors.AmbiguousMeeting, resume: str) -> StaticSelectElement:
    options = []
    for choice in error.choices[:100]:
        label = title_of(choice.title, choice.id)
        same = sum(title_of(other.title, other.id) == label for other in error.choices) > 1
        text = f"{cut(label, 60)} ({choice.id[:8]})" if same else label
        options.append(Option(text=plain(text, 75), value=choice.id))
    return StaticSelectElement(
        placeholder=PlainTextObject(text="Choose a meeting", emoji=False), action_id=resume, options=options
    )


def _not_allowed(error: errors.NotAllowed, undone: str) -> Fault:
    if error.outsider:
        return Fault(f"You can't use Usher here: only full members of this workspace can. {undone}")
    if error.guest:
        what = "look at meetings in channels they are in" if error.needed is Right.LOOK else "look, but not act"
        return Fault(f"You can't do that: guests may {what}. {undone} Ask a host of this channel to do it.")
    who = "hosts" if error.needed is Right.ACT else "workspace admins, and people named in `BOT_HOSTS`,"
    return Fault(f"You can't do that: only {who} can. {undone} Ask a workspace admin, or whoever runs Usher here.")


def _misused(error: errors.Misused, undone: str) -> Fault:
    return Fault(f"{safe(error.why, 300)} {undone}\nType: `{escape(error.usage)}`")


def _people_unknown(error: errors.PeopleUnknown, undone: str) -> Fault:
    return Fault(
        f"RealtimeKit counts {people(error.count)} in the meeting, but does not say who they are. {undone}",
        worth_again=True,
    )


def _not_live(error: errors.NotLive, undone: str) -> Fault:
    title = safe(title_of(error.meeting.title, error.meeting.id))
    last = (
        f" Its last session ended {day(error.ended_at)}, with {people(error.peak or 0)} at most."
        if (error.ended_at and error.peak)
        else ""
    )
    if error.inactive:
        last += " The meeting is inactive: nobody can join it before it is made active again."
    return Fault(f"Nobody is in *{title}*: no session is live right now.{last} {undone}", worth_again=True)


def _not_found(error: errors.MeetingNotFound, undone: str) -> Fault:
    if error.linked:
        return Fault(
            f"The meeting that this channel is linked to, “{safe(error.words, 80)}”, does not exist any more. {undone} "
            "Link the channel to another one with `/session use`, or unlink it with `/session forget`."
        )
    if error.by_default:
        return Fault(
            f"The default meeting that Usher was set up with does not exist. {undone} Whoever runs Usher must check "
            "`REALTIMEKIT_MEETING_ID`. Until then link this channel to a meeting with `/session use`."
        )
    return Fault(
        f"There is no meeting “{safe(error.words, 80)}”. {undone} "
        "Name it by its id, by a link that holds the id, or by words of its title."
    )


def _not_linked(error: errors.NotLinked, undone: str) -> Fault:
    return Fault(
        f"No meeting is chosen for this channel, so I don't know which one you mean. {undone} "
        "Link the channel to one with `/session use`, or name one: `/session status Weekly standup`."
    )


def _ambiguous(error: errors.AmbiguousMeeting, undone: str) -> Fault:
    return Fault(f"Several meetings are called something like “{safe(error.words, 80)}”. Which one do you mean?")


def _not_authorised(error: api.NotAuthorised, undone: str) -> Fault:
    return Fault(
        f"Cloudflare did not accept Usher's API token. {undone} Whoever runs Usher must check that "
        "`CLOUDFLARE_API_TOKEN` is valid for this account and has the permission *Realtime*."
    )


def _rate_limited(error: api.RateLimited, undone: str) -> Fault:
    wait = error.retry_after
    if wait is None or not 1 <= wait <= 3600:
        when = "in a few minutes"
    else:
        when = f"in {math.ceil(wait)} seconds" if wait < 90 else f"in {math.ceil(wait / 60)} minutes"
    return Fault(f"RealtimeKit is getting too many requests from this account. {undone} Please try again {when}.", True)


def _repeated(error: errors.Repeated, undone: str) -> Fault:
    if error.unsure:
        return Fault("I tried that just now, and got no clear answer. I did not do it twice.")
    return Fault("That was done already. I did it once.")


def _uncertain(what: str) -> Callable[[api.RealtimeKitError, str], Fault]:
    def words(error: api.RealtimeKitError, undone: str) -> Fault:
        if error.may_have_happened:
            return Fault(what)
        return Fault(f"{what} {undone} Please try again in a moment.", worth_again=True)

    return words


def _say(words: str, *, worth_again: bool = False) -> Callable[[Exception, str], Fault]:
    def fault(_: Exception, undone: str) -> Fault:
        return Fault(words.format(undone=undone), worth_again)

    return fault


_WORDS: tuple[tuple[type[Exception], Callable[..., Fault]], ...] = (
    (errors.NotAllowed, _not_allowed),
    (
        errors.CannotCheck,
        _say("I couldn't check with Slack who you are. {undone} Please try again in a moment.", worth_again=True),
    ),
    (errors.Misused, _misused),
    (errors.NotLinked, _not_linked),
    (errors.MeetingNotFound, _not_found),
    (errors.AmbiguousMeeting, _ambiguous),
    (errors.NotLive, _not_live),
    (errors.PeopleUnknown, _people_unknown),
    (errors.Repeated, _repeated),
    (errors.Busy, _say("Usher has too much to do right now. {undone} Please try again in a moment.", worth_again=True)),
    (errors.Interrupted, _say("Usher is restarting. {undone} Please try again in a minute.", worth_again=True)),
    (
        errors.DialogNotOpened,
        _say("Slack did not open the dialog in time. {undone} Please try again.", worth_again=True),
    ),
    (
        errors.CannotPost,
        _say("I can't write in this channel. {undone} Type `/invite @Usher` here, then do it again.", worth_again=True),
    ),
    (errors.Refusal, _say("That can't be done. {undone}")),
    (api.NoSession, _say("Nobody is in the meeting any more: no session is live. {undone}", worth_again=True)),
    (api.NoSuchParticipant, _say("That person is not in the meeting any more. {undone}")),
    (api.NoSuchMeeting, _say("RealtimeKit doesn't know this meeting. {undone} Name another one.")),
    (api.NotFound, _say("RealtimeKit couldn't find that. {undone}")),
    (api.NotAuthorised, _not_authorised),
    (api.RateLimited, _rate_limited),
    (api.Conflict, _say("RealtimeKit has that already. {undone}")),
    (api.Rejected, _say("RealtimeKit did not take the request. {undone}")),
    (
        api.Failing,
        _say(
            "RealtimeKit has not been answering, so I did not ask it again. {undone} Please try again in some seconds.",
            worth_again=True,
        ),
    ),
    (api.TimedOut, _uncertain("RealtimeKit did not answer in time.")),
    (api.Unavailable, _uncertain("RealtimeKit can't be reached, or fails, at the moment.")),
    (api.NotUnderstood, _uncertain("RealtimeKit gave an answer that I couldn't understand.")),
    (api.RealtimeKitError, _uncertain("RealtimeKit failed.")),
    (
        store.Unreachable,
        _say("Usher can't reach its own database. {undone} Please try again in a minute.", worth_again=True),
    ),
    (store.NewerSchema, _say("Usher's database is newer than Usher. {undone} Whoever runs Usher must update it.")),
    (store.BadRevision, _say("Usher's database cannot be taken back to there. {undone}")),
    (store.BadUrl, _say("Usher has no database. {undone} Whoever runs Usher must check `DATABASE_URL`.")),
    (store.StoreError, _say("Usher's own database failed. {undone} Please try again in a minute.", worth_again=True)),
)
"""The words for each class; the first that fits."""
