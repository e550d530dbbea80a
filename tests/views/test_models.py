"""slack_sdk's models check and write what we draw, though in less time."""

import importlib.util
from datetime import UTC, datetime

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models import blocks, views
from slack_sdk.models.basic_objects import JsonObject

import bot.views
from bot.errors import Right
from bot.realtimekit.models import Person, Session
from bot.views import kick, people, status
from bot.views.control import Conditions


def every(kind: type[JsonObject]) -> set[type[JsonObject]]:
    return {kind, *(found for one in kind.__subclasses__() for found in every(one))}


def test_each_check_of_each_model_is_found() -> None:
    kinds = every(JsonObject)  # type: ignore[type-abstract]
    assert {blocks.SectionBlock, blocks.Option, views.View} <= kinds
    for kind in kinds:
        checks = {name for name in dir(kind) if hasattr(getattr(kind, name, None), "validator")}
        assert set(bot.views._validators(kind)) == checks


def test_what_slack_would_refuse_is_refused_by_its_models() -> None:
    with pytest.raises(SlackObjectFormationError):
        blocks.HeaderBlock(text="x" * 151).to_dict()
    with pytest.raises(SlackObjectFormationError):
        blocks.ActionsBlock(elements=[blocks.ButtonElement(text="x", action_id="a" * 256)]).to_dict()


NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
EVERYONE = tuple(Person(key=f"{n:08}-0000-4000-8000-000000000000", name=f"Ada {n}", joined_at=NOW) for n in range(30))
SESSION = Session(id="s", people=30)
LISTED = people.PeopleList(SESSION, "m", EVERYONE, 30, NOW, Right.MANAGE, "n")
DRAWN = [
    *people.message(LISTED).blocks,
    people.modal(LISTED, private_metadata=""),
    kick.form(SESSION, "m", EVERYONE, now=NOW, private_metadata="{}", chosen=[EVERYONE[0].key]),
    *status.card(
        SESSION, "m", EVERYONE, now=NOW, right=Right.MANAGE, nonce="n", conditions=Conditions(True, None, True)
    ).blocks,
    blocks.ActionsBlock(elements=[]),
    blocks.DividerBlock(block_id=""),
]


@pytest.mark.parametrize("drawn", DRAWN, ids=lambda drawn: type(drawn).__name__)
def test_an_object_is_written_as_slack_sdk_would(drawn: JsonObject) -> None:
    spec = importlib.util.find_spec(JsonObject.__module__)
    assert spec
    assert spec.loader
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    theirs = untouched.JsonObject.get_non_null_attributes
    assert theirs is not JsonObject.get_non_null_attributes
    assert drawn.get_non_null_attributes() == theirs(drawn)
