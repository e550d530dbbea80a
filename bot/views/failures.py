"""What went wrong, as people read it: what happened, what was and was not done, what to do next.

The exception's class decides on the words (`failure_words.py`), the attempt on what is said of its outcome
(`FailureText`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from bot import errors
from bot.realtimekit import errors as api
from bot.views import hosts, parts
from bot.views.failure_words import words_of
from bot.views.link import meeting_menu
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


def describe(error: Exception, failure: FailureText) -> Failure:
    """A failure in words."""
    words = words_of(error)
    if errors.may_have_happened(error):
        # What may have been done is not offered again.
        return Failure(_join(words.what, failure.unknown))
    not_done = "" if words.says_outcome else failure.not_done
    return Failure(_join(words.what, not_done, words.next_step), words.retryable)


def message(
    error: Exception,
    *,
    failure: FailureText,
    retry: RetryButton | None,
    request_id: str,
    resume: str | None = None,
    typed: Sequence[str] = (),
) -> Message:
    """A failure as a message.

    Args:
        resume: the action that goes on with a meeting chosen from several.
        typed: into the form that failed; given back where no button brings the form back.
    """
    described = describe(error, failure)
    blocks = _blocks(error, described, request_id)
    if isinstance(error, errors.AmbiguousMeeting) and resume:
        blocks += parts.actions(meeting_menu(error.choices, resume))
    elif isinstance(error, errors.NotLinked) or (isinstance(error, errors.MeetingNotFound) and error.linked):
        blocks += parts.actions(parts.button("Link a meeting…", "use.open", "open"))
    elif isinstance(error, errors.Locked) and error.can_unlock:
        blocks += parts.actions(parts.button("Unlock", "session.unlock", {"m": error.meeting.id, "n": request_id}))
    elif isinstance(error, errors.NotAllowed):
        blocks += parts.actions(hosts.ask_button(error.hosts, request_id))
    elif retry and described.retryable:
        blocks += parts.actions(retry.button)
        typed = ()
    if not isinstance(error, errors.Repeated):
        blocks += _given_back(typed)
    return parts.card(described.text, *blocks)


def view(error: Exception, *, title: str, failure: FailureText, request_id: str, typed: Sequence[str] = ()) -> View:
    """A failure in the modal that was open when it came. `typed`: into the form that it takes the place of."""
    return parts.modal(title, [*_blocks(error, describe(error, failure), request_id), *_given_back(typed)])


def _given_back(typed: Sequence[str]) -> list[Block | None]:
    text = parts.typed_text("\n".join(typed))
    return [parts.context_block("Here's what you entered:"), *text] if text else []


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


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence).replace(" \n", "\n")
