"""The text of each exception: what happened, and what to do next. The attempt adds what was and was not done."""

import math
from dataclasses import dataclass
from functools import singledispatch

from bot import errors
from bot.errors import Right
from bot.realtimekit import errors as api
from bot.realtimekit.models import is_uuid
from bot.store import errors as store
from bot.views import hosts, parts


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


@singledispatch
def words_of(error: Exception) -> Words:
    """The text of an exception, by its class."""
    return Words("Something went wrong on our end. We've logged it.")


def _register(kind: type[Exception], what: str, next_step: str = "", *, retryable: bool = False) -> None:
    """Give a class a fixed text."""
    words_of.register(kind)(lambda _: Words(what, next_step, retryable))


SOON = "Try again in a moment."

# Usher itself says no

_register(errors.Refusal, "I can't do that.")
_register(errors.Busy, "Usher is busy right now.", SOON, retryable=True)
_register(errors.Interrupted, "Usher is restarting.", "Try again in a minute.", retryable=True)
_register(errors.DialogNotOpened, "Slack couldn't open the form.", "Try again.", retryable=True)
_register(
    errors.NotLinked,
    "This channel isn't linked to a meeting yet.",
    "Link one below, or add its title to the command: `/session status Weekly standup`.",
)


REINSTALL = "Ask your Usher admin to reinstall the app in Slack and set `SLACK_BOT_TOKEN` to the new token."


@words_of.register
def _cannot_check(error: errors.CannotCheck) -> Words:
    if error.permanent:
        return Words(f"Slack won't let Usher look people up (`{parts.safe(error.code, 40)}`).", REINSTALL)
    who = "look up the people you named in Slack" if error.of_others else "verify your account with Slack"
    return Words(f"I couldn't {who}.", SOON, retryable=True)


@words_of.register
def _cannot_post(error: errors.CannotPost) -> Words:
    if error.direct:
        return Words("Apps can't post in direct messages between people.", "Use a channel for that.")
    return Words(
        "I can't post in that channel yet.", "Invite me there with `/invite @Usher`, then try again.", retryable=True
    )


@words_of.register
def _slack_refused(error: errors.SlackRefused) -> Words:
    what = f"Slack rejected the request (`{parts.safe(error.code, 40)}`)."
    if error.code == "unreachable":
        what = "Slack didn't answer."
    return Words(what, REINSTALL if error.permanent else SOON if error.transient else "", error.transient)


@words_of.register
def _not_allowed(error: errors.NotAllowed) -> Words:
    if error.outsider:
        return Words("You can't use Usher here. It's only for people in this workspace.")
    if error.guest:
        if error.needed is Right.VIEW:
            return Words("Guests can see meetings only in the channels they belong to.")
        return Words("Only hosts can do that.", "As a guest, you can still use `/session` to see who's in.")
    if error.needed is not Right.HOST:
        return Words("Only workspace admins can change hosts.")
    return Words("Only hosts of this channel can do that.", hosts.whom_to_ask(error.hosts))


@words_of.register
def _misused(error: errors.Misused) -> Words:
    return Words(parts.safe(error.why, 300), f"\nUsage: `{parts.escape(error.usage)}`")


@words_of.register
def _people_unknown(error: errors.PeopleUnknown) -> Words:
    if error.count is None:
        return Words("RealtimeKit didn't list everyone in the meeting.", SOON, retryable=True)
    people = f"{parts.count_people(error.count)} {'is' if error.count == 1 else 'are'}"
    return Words(f"RealtimeKit says {people} in the meeting but isn't returning their names.", SOON, retryable=True)


@words_of.register
def _not_live(error: errors.NotLive) -> Words:
    title = parts.bold_title(error.meeting.title, error.meeting.id)
    what = f"No one is in {title} right now." if error.running else f"{title} isn't live right now."
    what += f" Its last session ended {parts.date_and_time(error.ended_at)}." if error.ended_at else ""
    if error.locked:
        what += " It's locked: no one can join until a host unlocks it."
    return Words(what, retryable=True)


@words_of.register
def _no_join_url(error: errors.NoJoinUrl) -> Words:
    if error.right is Right.MANAGE:
        return Words("No one can join from Slack yet.", "Ask whoever runs Usher to set `JOIN_URL`.")
    return Words("Joining from Slack isn't set up in this workspace.", "Ask a workspace admin about it.")


@words_of.register
def _locked(error: errors.Locked) -> Words:
    title = parts.bold_title(error.meeting.title, error.meeting.id)
    return Words(f"{title} is locked. No one can join until a host unlocks it.", says_outcome=True)


@words_of.register
def _banned(error: errors.Banned) -> Words:
    title = parts.bold_title(error.meeting.title, error.meeting.id)
    return Words(f"You can't join {title}: a host is keeping you out.", "Ask a host to allow you back in.")


@words_of.register
def _not_invited(error: errors.NotInvited) -> Words:
    title = parts.bold_title(error.meeting.title, error.meeting.id)
    return Words(
        f"As a guest, you can only join the current channel's meeting. {title} is a different one.",
        "Try `/session join` in its channel, or ask a host to invite you.",
    )


@words_of.register
def _preset_missing(error: errors.PresetMissing) -> Words:
    return Words(
        f"RealtimeKit has no preset called “{parts.safe(error.preset, 60)}”.",
        "Ask your Usher admin to check `REALTIMEKIT_HOST_PRESET` and `REALTIMEKIT_MEMBER_PRESET`.",
    )


@words_of.register
def _not_found(error: errors.MeetingNotFound) -> Words:
    words = parts.safe(error.words, 80)
    if error.linked:
        return Words(
            f"This channel's meeting, “{words}”, no longer exists.",
            "Pick another with `/session use`, or unlink the channel with `/session forget`.",
        )
    if error.by_default:
        return Words(
            "Usher's default meeting doesn't exist.",
            "Ask your Usher admin to check `REALTIMEKIT_MEETING_ID`. Meanwhile, link this channel with `/session use`.",
        )
    if is_uuid(error.words):
        return Words("I couldn't find a meeting with that ID.", "To see your meetings, type `/session use`.")
    return Words(f"I couldn't find a meeting called “{words}”.", "Try part of its title, its ID, or a link to it.")


@words_of.register
def _ambiguous(error: errors.AmbiguousMeeting) -> Words:
    return Words(f"More than one meeting matches “{parts.safe(error.words, 80)}”. Which one?", says_outcome=True)


@words_of.register
def _repeated(error: errors.Repeated) -> Words:
    if error.may_have_happened:
        return Words("I already tried that and couldn't confirm the result. I didn't try again.")
    done = "That's already done. To do it again, type the command again."
    return Words("That's still in progress." if error.running else done, says_outcome=True)


# RealtimeKit fails

_register(api.RealtimeKitError, "RealtimeKit ran into a problem.", SOON, retryable=True)
_register(api.NotFound, "RealtimeKit couldn't find that.")
_register(api.NoSession, "The meeting just ended.", retryable=True)
_register(api.NoSuchParticipant, "That person already left.")
_register(api.NoSuchMeeting, "RealtimeKit doesn't recognize this meeting.", "Try another one.")
_register(api.NoRecording, "RealtimeKit no longer has that recording.")
_register(api.NotReady, "RealtimeKit doesn't have that file.")
_register(api.Conflict, "That already exists in RealtimeKit.")
_register(api.Rejected, "RealtimeKit couldn't handle that request.")
_register(api.TimedOut, "RealtimeKit took too long to respond.", SOON, retryable=True)
_register(api.Unavailable, "RealtimeKit is unavailable right now.", SOON, retryable=True)
_register(api.NotUnderstood, "RealtimeKit sent an unexpected response.", SOON, retryable=True)
_register(api.CircuitOpen, "RealtimeKit isn't responding.", "Try again in a few seconds.", retryable=True)
_register(
    api.NotAuthorized,
    "Cloudflare rejected Usher's API token.",
    "Ask your Usher admin to check that `CLOUDFLARE_API_TOKEN` is valid and has the *Realtime* permission.",
)
_register(
    api.MalformedToken,
    "Usher's API token for Cloudflare is malformed.",
    "Ask your Usher admin to set `CLOUDFLARE_API_TOKEN` again, without quotes, spaces or line breaks.",
)
_register(
    api.NoRoute,
    "Cloudflare doesn't recognize Usher's account or app.",
    "Ask your Usher admin to check `CLOUDFLARE_ACCOUNT_ID` and `REALTIMEKIT_APP_ID`.",
)


@words_of.register
def _rate_limited(error: api.RateLimited) -> Words:
    wait = error.retry_after
    if wait is None or wait < 1:
        when = "in a few minutes"
    elif wait > 3600:
        when = f"in {math.ceil(wait / 3600)} hours"
    else:
        when = f"in {parts.count_of(math.ceil(wait), 'second')}" if wait < 90 else f"in {math.ceil(wait / 60)} minutes"
    what = "This account has sent too many requests to RealtimeKit."
    return Words(what, f"Try again {when}.", retryable=True)


# Usher's own database fails

_register(store.StoreError, "Usher's database ran into a problem.", "Try again in a minute.", retryable=True)
_register(store.Unreachable, "Usher can't reach its database.", "Try again in a minute.", retryable=True)
_register(
    store.NewerSchema, "Usher's database was upgraded by a newer version.", "Ask your Usher admin to update Usher."
)
_register(store.BadRevision, "Usher's database can't be downgraded to that version.")
_register(store.BadUrl, "Usher's database isn't configured.", "Ask your Usher admin to check `DATABASE_URL`.")
