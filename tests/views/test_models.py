"""slack_sdk's models check what we draw, though their checks are found once for each class."""

import pytest
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models import blocks, views
from slack_sdk.models.basic_objects import JsonObject

import bot.views


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
