from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import logs
from bot.sandbox.stage import stage
from bot.sandbox.world import World, example
from bot.web import build
from tests.scene import Actor, Scene


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    logs.configure("INFO", "json")


@pytest.fixture
def world() -> World:
    return example()


@pytest.fixture
def overrides(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings for one test: `@pytest.mark.settings(bot_announce=False)`."""
    marker = request.node.get_closest_marker("settings")
    return dict(marker.kwargs) if marker else {}


@pytest.fixture
async def scene(world: World, overrides: dict[str, Any]) -> AsyncIterator[Scene]:
    """Both stand-ins and the real bot; whatever the bot did that Slack would refuse fails the test."""
    async with stage(world, build, **overrides) as on:
        yield Scene(on)
        assert on.slack.refused == []


@pytest.fixture
def alice(scene: Scene) -> Actor:
    """A workspace admin."""
    return scene.person("alice")


@pytest.fixture
def mike(scene: Scene) -> Actor:
    """A plain member."""
    return scene.person("mike")
