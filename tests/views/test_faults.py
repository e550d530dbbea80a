"""Every exception has words for people."""

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
from bot.views import faults
from bot.views.faults import Effect
from sandbox.limits import check_message, check_view


def tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


MEETING = MeetingChoice("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01", "A <b> & c")
SAMPLES: dict[type[Exception], Exception] = {
    errors.NotAllowed: errors.NotAllowed(Right.ACT),
    errors.Misused: errors.Misused("That's <odd>.", "/kick <x>"),
    errors.MeetingNotFound: errors.MeetingNotFound("<!channel>"),
    errors.AmbiguousMeeting: errors.AmbiguousMeeting("<x>", [MEETING, MEETING]),
    errors.PeopleUnknown: errors.PeopleUnknown(3),
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
    effect = Effect("Nobody was removed.")
    said = faults.message(error, effect=effect, again=None, request_id="abc", resume=None)
    check_message({"text": said.text, "blocks": [block.to_dict() for block in said.blocks]})
    check_view(faults.view(error, title="Usher", effect=effect, request_id="abc").to_dict())
    assert "secret words" not in str([block.to_dict() for block in said.blocks])
    assert not re.search(r"inside Usher|Error\b", said.text)
    assert "  " not in said.text
    assert kind in {named for named, _ in faults._WORDS}


@pytest.mark.parametrize("kind", list(tree(RealtimeKitError)), ids=lambda kind: kind.__name__)
def test_what_may_have_happened_never_offers_to_try_again(kind: type[RealtimeKitError]) -> None:
    fault = faults.describe(kind(Facts("poll", may_have_happened=True)), Effect("No.", "It may exist."))
    assert fault.what.endswith("It may exist.")
    assert not fault.worth_again


def test_the_words_of_the_narrower_class_come_first() -> None:
    seen: list[type[Exception]] = []
    for kind, _ in faults._WORDS:
        assert not any(issubclass(kind, earlier) for earlier in seen), kind
        seen.append(kind)


def test_the_trees_in_the_docstrings_are_the_trees_in_the_code() -> None:
    for module, root in ((errors, errors.Refusal), (api, RealtimeKitError), (store, StoreError)):
        drawn = set(re.findall(r"(?:[├└]── |^ *)([A-Z]\w+)(?:$|  )", module.__doc__ or "", re.MULTILINE))
        assert drawn == {kind.__name__ for kind in tree(root)}


def test_a_surprise_is_told_without_its_insides() -> None:
    fault = faults.describe(ValueError("inside"), Effect())
    assert "inside Usher" in fault.what
    assert "ValueError" not in fault.what
