import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import stamina
import uvloop
from hypothesis import HealthCheck, settings

from bot import logs
from bot.web import build
from sandbox.example import example
from sandbox.stage import stage
from sandbox.world import World
from tests.databases import close_folder, fresh_sqlite, open_folder, postgres
from tests.scene import PACE, Actor, Scene, still

# On a machine that never ran them, the first inputs take seconds: that says nothing of the code.
settings.register_profile("usher", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("usher")


def pytest_configure(config: pytest.Config) -> None:
    """One folder for the databases of all workers; an xdist worker ends without running what `atexit` promises."""
    if not hasattr(config, "workerinput"):
        open_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also where the run was interrupted."""
    if not hasattr(config, "workerinput"):
        close_folder()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `slow` take long, many at the real pace; they run where `CI` is set, as in `.ci/run`."""
    if item.get_closest_marker("slow") and "CI" not in os.environ:
        pytest.skip("it takes long, and runs where CI is set")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `databases` run on each where `CI` is set, else on one of the two, by the test's name."""
    if metafunc.definition.get_closest_marker("databases") and "database_url" in metafunc.fixturenames:
        both = ["sqlite", "postgres"]
        one = crc32(metafunc.definition.nodeid.encode()) % 2
        metafunc.parametrize("database_url", both if "CI" in os.environ else [both[one]], indirect=True)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that serves, in tests too."""
    return {"uvloop": uvloop.new_event_loop}


SLOW = ("test_newcomer", "test_live", "tests/e2e", "test_rolling_restart", "test_serving", "test_fault_matrix")


def is_sampled(item: pytest.Item) -> bool:
    """Whether a case of a test marked `sampled(n)` runs: all where `CI` is set, else one in n, by its name."""
    marker = item.get_closest_marker("sampled")
    return marker is None or "CI" in os.environ or crc32(item.nodeid.encode()) % marker.args[0] == 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest goes first, so that no worker is left alone with it."""
    config.hook.pytest_deselected(items=[item for item in items if not is_sampled(item)])
    items[:] = filter(is_sampled, items)
    items.sort(key=lambda item: next((place for place, name in enumerate(SLOW) if name in item.nodeid), len(SLOW)))


def pytest_collection_finish() -> None:
    """What was loaded by now stays: the garbage collector need not look at it again and again, nor so often.

    That takes a fifth of the tests' CPU time away.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session", autouse=True)
def _logs() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere:  # `caplog` has them
        logs.configure("INFO", "json", nowhere, as_records=True)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waits_between_retries() -> None:
    """Retries happen, up to three times, without the waits between them."""
    stamina.set_testing(True, attempts=3, cap=True)


@pytest.fixture
def world() -> World:
    return example()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own for the test, with the current schema."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield fresh_sqlite(tmp_path)
        return
    yield postgres().emptied()


@pytest.fixture
def overrides(request: pytest.FixtureRequest, database_url: str) -> dict[str, Any]:
    """Settings for one test: `@pytest.mark.settings(bot_announce=False)`."""
    marker = request.node.get_closest_marker("settings")
    return {"database_url": database_url} | (dict(marker.kwargs) if marker else {})


@pytest.fixture
async def scene(world: World, overrides: dict[str, Any]) -> AsyncIterator[Scene]:
    """Both stand-ins and the real bot; whatever the bot did that Slack would refuse fails the test."""
    async with stage(world, partial(build, intervals=PACE), still, **overrides) as on:
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
