"""Every exception has words for people."""

import gc
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot import errors
from bot.errors import MeetingChoice, Right
from bot.realtimekit import errors as api
from bot.realtimekit.errors import Facts, RealtimeKitError
from bot.store import errors as store
from bot.store.errors import NewerSchema, StoreError, Unreachable
from bot.views import failures
from bot.views.failure_words import words_of
from bot.views.failures import FailureText
from sandbox.limits import check_message, check_view


def tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


MEETING = MeetingChoice("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01", "A <b> & c")
SAMPLES: dict[type[Exception], Exception] = {
    errors.NotAllowed: errors.NotAllowed(Right.HOST),
    errors.Misused: errors.Misused("That's <odd>.", "/kick <x>"),
    errors.MeetingNotFound: errors.MeetingNotFound("<!channel>"),
    errors.AmbiguousMeeting: errors.AmbiguousMeeting("<x>", [MEETING, MEETING]),
    errors.PeopleUnknown: errors.PeopleUnknown(3),
    errors.NoJoinUrl: errors.NoJoinUrl(Right.MANAGE),
    errors.Locked: errors.Locked(MEETING, can_unlock=True),
    errors.Banned: errors.Banned(MEETING),
    errors.NotInvited: errors.NotInvited(MEETING),
    errors.PresetMissing: errors.PresetMissing("<x>"),
    errors.NotLive: errors.NotLive(MEETING, datetime(2026, 1, 2, tzinfo=UTC), 7),
}
CLASSES = [*tree(errors.Refusal), *tree(RealtimeKitError), *tree(StoreError)]


def sample(kind: type[Exception]) -> Exception:
    if issubclass(kind, RealtimeKitError):
        return kind(Facts("kick", 500, 1, "<!here> secret words", "ray", may_have_happened=False, retry_after=5))
    if issubclass(kind, Unreachable):
        return kind("db.example", "secret words")
    if issubclass(kind, NewerSchema):
        return kind("db.example", "9999")
    return SAMPLES.get(kind) or kind()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_exception_has_its_own_words_and_passes_slack_s_limits(kind: type[Exception]) -> None:
    error = sample(kind)
    failure = FailureText("No one was removed.")
    said = failures.message(error, failure=failure, retry=None, request_id="abc", resume=None)
    check_message({"text": said.text, "blocks": [block.to_dict() for block in said.blocks]})
    check_view(failures.view(error, title="Usher", failure=failure, request_id="abc").to_dict())
    assert "secret words" not in str([block.to_dict() for block in said.blocks])
    assert not re.search(r"on our end|Error\b", said.text)
    assert "  " not in said.text
    assert kind in words_of.registry


@pytest.mark.parametrize("kind", list(tree(RealtimeKitError)), ids=lambda kind: kind.__name__)
def test_what_may_have_happened_never_offers_to_try_again(kind: type[RealtimeKitError]) -> None:
    described = failures.describe(kind(Facts("poll", may_have_happened=True)), FailureText("No.", "It may exist."))
    assert described.text.endswith("It may exist.")
    assert "No." not in described.text
    assert not described.retryable


def test_a_class_without_words_of_its_own_gets_its_parent_s() -> None:
    assert words_of.dispatch(type("Narrower", (errors.Busy,), {})) is words_of.dispatch(errors.Busy)
    gc.collect()  # or the tests that walk the tree may still meet it


def test_the_trees_in_the_docstrings_are_the_trees_in_the_code() -> None:
    for module, root in ((errors, errors.Refusal), (api, RealtimeKitError), (store, StoreError)):
        drawn = set(re.findall(r"(?:[├└]── |^ *)([A-Z]\w+)(?:$|  )", module.__doc__ or "", re.MULTILINE))
        assert drawn == {kind.__name__ for kind in tree(root)}


def test_a_surprise_is_told_without_its_insides_and_claims_nothing_about_the_outcome() -> None:
    described = failures.describe(ValueError("inside"), FailureText("No one was removed.", "They may be gone."))
    assert "on our end" in described.text
    assert "ValueError" not in described.text
    assert described.text.endswith("They may be gone.")
    assert "No one was removed." not in described.text
