"""What went wrong, in words: what happened, what was and was not done, what to do next. One text for each exception.

The class decides on the words (`_words`), the attempt on what is said of its outcome (`FailureText`).
"""

import math
from dataclasses import dataclass
from functools import singledispatch

from slack_sdk.models.blocks import Block, ButtonElement, PlainTextObject, StaticSelectElement
from slack_sdk.models.views import View

from bot import errors
from bot.errors import Right
from bot.realtimekit import errors as api
from bot.store import errors as store
from bot.views import parts
from bot.views.parts import Message

RETRY = "again"
"""The action of a button that types a command again."""


@dataclass(frozen=True, slots=True)
class RetryButton:
    """A button that stands for a whole attempt."""

    action: str
    value: str
    label: str = "Try again"

    @property
    def button(self) -> ButtonElement | None:
        """It as an element."""
        return parts.button(self.label, self.action, self.value)


@dataclass(frozen=True, slots=True)
class FailureText:
    """What a failure says about the attempt.

    Attributes:
        not_done: if it certainly did not happen.
        unknown: if it may have happened.
    """

    not_done: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said of a failure.

    Attributes:
        text: mrkdwn; what happened and what to do next.
        retryable: whether trying again can help.
    """

    text: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The text of one exception, whatever was attempted.

    Attributes:
        what: happened.
        next_step: what to do about it, if it certainly did not take effect.
        retryable: whether trying again can help.
        says_outcome: `what` says itself what was done.
    """

    what: str
    next_step: str = ""
    retryable: bool = False
    says_outcome: bool = False


def describe(error: Exception, failure: FailureText) -> Failure:
    """A failure in words."""
    words = _words(error)
    if errors.may_have_happened(error):
        # What may have been done is not offered again.
        return Failure(_join(words.what, failure.unknown))
    not_done = "" if words.says_outcome else failure.not_done
    return Failure(_join(words.what, not_done, words.next_step), words.retryable)


@singledispatch
def _words(error: Exception) -> Words:
    return Words("Something went wrong inside Usher. It has been logged.")


def message(
    error: Exception, *, failure: FailureText, retry: RetryButton | None, request_id: str, resume: str | None = None
) -> Message:
    """A failure as a message; `resume` is the action that goes on with a meeting chosen from several."""
    described = describe(error, failure)
    blocks = _blocks(error, described, request_id)
    if isinstance(error, errors.AmbiguousMeeting) and resume:
        blocks += parts.actions(_meeting_menu(error, resume))
    elif isinstance(error, errors.NotLinked) or (isinstance(error, errors.MeetingNotFound) and error.linked):
        blocks += parts.actions(parts.button("Link a meeting…", "use.open", "open"))
    elif retry and described.retryable:
        blocks += parts.actions(retry.button)
    return parts.card(described.text, *blocks)


def view(error: Exception, *, title: str, failure: FailureText, request_id: str) -> View:
    """A failure in the modal that was open when it came."""
    return parts.modal(title, _blocks(error, describe(error, failure), request_id))


def _blocks(error: Exception, described: Failure, request_id: str) -> list[Block | None]:
    blocks: list[Block | None] = [parts.section(described.text)]
    if isinstance(error, api.RealtimeKitError) and not isinstance(error, api.NoSession):
        facts = error.facts
        codes = [
            f"HTTP {facts.status}" if facts.status else "",
            f"cf-ray {parts.safe(facts.cf_ray, 40)}" if facts.cf_ray else "",
        ]
        blocks.append(parts.context_block(" · ".join([code for code in codes if code] + [f"request {request_id}"])))
    elif described.retryable or not isinstance(error, errors.Refusal):
        blocks.append(parts.context_block(f"request {request_id}"))
    return blocks


def _meeting_menu(error: errors.AmbiguousMeeting, resume: str) -> StaticSelectElement:
    options = parts.meeting_options(error.choices[:100])
    return StaticSelectElement(
        placeholder=PlainTextObject(text="Choose a meeting", emoji=False), action_id=resume, options=options
    )


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence).replace(" \n", "\n")


def _register(kind: type[Exception], what: str, next_step: str = "", *, retryable: bool = False) -> None:
    """Give a class a fixed text."""
    _words.register(kind)(lambda _: Words(what, next_step, retryable))


SOON = "Please try again in a moment."

# Usher itself says no

_register(errors.Refusal, "That can't be done.")
_register(errors.Busy, "Usher has too much to do right now.", SOON, retryable=True)
_register(errors.Interrupted, "Usher is restarting.", "Please try again in a minute.", retryable=True)
_register(errors.DialogNotOpened, "Slack did not open the dialog in time.", "Please try again.", retryable=True)
_register(
    errors.CannotPost, "I can't write in this channel.", "Type `/invite @Usher` here, then do it again.", retryable=True
)
_register(
    errors.NotLinked,
    "No meeting is chosen for this channel, so I don't know which one you mean.",
    "Link the channel to one with `/session use`, or name one: `/session status Weekly standup`.",
)


REINSTALL = "Whoever runs Usher must reinstall the app in Slack, and set `SLACK_BOT_TOKEN` to its new token."


@_words.register
def _cannot_check(error: errors.CannotCheck) -> Words:
    who = "whom you mean" if error.of_others else "who you are"
    if error.permanent:
        return Words(f"Slack does not let Usher look up {who} (`{parts.safe(error.code, 40)}`).", REINSTALL)
    return Words(f"I couldn't check with Slack {who}.", SOON, retryable=True)


@_words.register
def _slack_refused(error: errors.SlackRefused) -> Words:
    what = f"Slack did not take it (`{parts.safe(error.code, 40)}`)."
    return Words(what, REINSTALL if error.permanent else SOON if error.transient else "", error.transient)


@_words.register
def _not_allowed(error: errors.NotAllowed) -> Words:
    if error.outsider:
        return Words("You can't use Usher here: only full members of this workspace can.")
    if error.guest:
        what = "look at meetings in channels they are in" if error.needed is Right.VIEW else "look, but not act"
        return Words(f"You can't do that: guests may {what}.", "Ask a host of this channel to do it.")
    who = "hosts" if error.needed is Right.HOST else "workspace admins, and people named in `BOT_HOSTS`,"
    return Words(f"You can't do that: only {who} can.", "Ask a workspace admin, or whoever runs Usher here.")


@_words.register
def _misused(error: errors.Misused) -> Words:
    return Words(parts.safe(error.why, 300), f"\nType: `{parts.escape(error.usage)}`")


@_words.register
def _people_unknown(error: errors.PeopleUnknown) -> Words:
    people = parts.count_people(error.count)
    return Words(f"RealtimeKit counts {people} in the meeting, but does not say who they are.", retryable=True)


@_words.register
def _not_live(error: errors.NotLive) -> Words:
    what = f"Nobody is in {parts.bold_title(error.meeting.title, error.meeting.id)}"
    what += " right now." if error.running else ": no session is live right now."
    if error.ended_at and error.peak:
        peak = parts.count_people(error.peak)
        what += f" Its last session ended {parts.date_and_time(error.ended_at)}, with {peak} at most."
    if error.locked:
        what += " The meeting is inactive: nobody can join it before it is made active again."
    return Words(what, retryable=True)


@_words.register
def _not_found(error: errors.MeetingNotFound) -> Words:
    words = parts.safe(error.words, 80)
    if error.linked:
        return Words(
            f"The meeting that this channel is linked to, “{words}”, does not exist any more.",
            "Link the channel to another one with `/session use`, or unlink it with `/session forget`.",
        )
    if error.by_default:
        return Words(
            "The default meeting that Usher was set up with does not exist.",
            "Whoever runs Usher must check `REALTIMEKIT_MEETING_ID`. Until then link this channel to a meeting with "
            "`/session use`.",
        )
    how = "Name it by its id, by a link that holds the id, or by words of its title."
    return Words(f"There is no meeting “{words}”.", how)


@_words.register
def _ambiguous(error: errors.AmbiguousMeeting) -> Words:
    what = f"Several meetings are called something like “{parts.safe(error.words, 80)}”."
    return Words(what, "Which one do you mean?", says_outcome=True)


@_words.register
def _repeated(error: errors.Repeated) -> Words:
    if error.may_have_happened:
        return Words("I tried that just now, and got no clear answer. I did not do it twice.")
    return Words("That was done already, by this very button or form. Ask anew to do it again.", says_outcome=True)


# RealtimeKit fails

_register(api.RealtimeKitError, "RealtimeKit failed.", SOON, retryable=True)
_register(api.NotFound, "RealtimeKit couldn't find that.")
_register(api.NoSession, "Nobody is in the meeting any more: no session is live.", retryable=True)
_register(api.NoSuchParticipant, "That person is not in the meeting any more.")
_register(api.NoSuchMeeting, "RealtimeKit doesn't know this meeting.", "Name another one.")
_register(api.Conflict, "RealtimeKit has that already.")
_register(api.Rejected, "RealtimeKit did not take the request.")
_register(api.TimedOut, "RealtimeKit did not answer in time.", SOON, retryable=True)
_register(api.Unavailable, "RealtimeKit can't be reached, or fails, at the moment.", SOON, retryable=True)
_register(api.NotUnderstood, "RealtimeKit gave an answer that I couldn't understand.", SOON, retryable=True)
_register(
    api.CircuitOpen,
    "RealtimeKit has not been answering, so I did not ask it again.",
    "Please try again in some seconds.",
    retryable=True,
)
_register(
    api.NotAuthorized,
    "Cloudflare did not accept Usher's API token.",
    "Whoever runs Usher must check that `CLOUDFLARE_API_TOKEN` is of this account, with the permission *Realtime*.",
)
_register(
    api.MalformedToken,
    "Cloudflare can't read Usher's API token: it is malformed.",
    "Whoever runs Usher must set `CLOUDFLARE_API_TOKEN` again, without quotes, spaces or line breaks.",
)
_register(
    api.NoRoute,
    "Cloudflare doesn't know the account or the app that Usher is set up with.",
    "Whoever runs Usher must check `CLOUDFLARE_ACCOUNT_ID` and `REALTIMEKIT_APP_ID`.",
)


@_words.register
def _rate_limited(error: api.RateLimited) -> Words:
    wait = error.retry_after
    if wait is None or wait < 1:
        when = "in a few minutes"
    elif wait > 3600:
        when = f"in {math.ceil(wait / 3600)} hours"
    else:
        when = f"in {math.ceil(wait)} seconds" if wait < 90 else f"in {math.ceil(wait / 60)} minutes"
    what = "RealtimeKit is getting too many requests from this account."
    return Words(what, f"Please try again {when}.", retryable=True)


# Usher's own database fails

_register(store.StoreError, "Usher's own database failed.", "Please try again in a minute.", retryable=True)
_register(store.Unreachable, "Usher can't reach its own database.", "Please try again in a minute.", retryable=True)
_register(store.NewerSchema, "Usher's database is newer than Usher.", "Whoever runs Usher must update it.")
_register(store.BadRevision, "Usher's database can't be taken back to there.")
_register(store.BadUrl, "Usher has no database.", "Whoever runs Usher must check `DATABASE_URL`.")
