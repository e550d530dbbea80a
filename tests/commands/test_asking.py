"""Ask a host: where a member is refused, one click asks those who could do it."""

import pytest

from sandbox.slack import SlackFault
from tests.scene import REFUSED, Actor, Scene


@pytest.fixture(autouse=True)
async def _hosts(alice: Actor) -> None:
    await alice.types("/session hosts add <@U0GRACE001>")


def direct(person: Actor, scene: Scene) -> list[str]:
    return [person.read(one) for one in scene.slack.visible(person.user.id, scene.slack.direct(person.user.id).id)]


async def test_a_refusal_names_the_hosts_and_one_click_asks_them_once_an_hour(mike: Actor, scene: Scene) -> None:
    grace = scene.person("grace")
    await mike.types("/kick Ada")
    assert "Only hosts of this channel can do that. No one was removed. This channel's host: @grace." in mike.screen
    refusal = mike.last
    await mike.clicks(refusal, "Ask a host")
    assert "I asked @grace." in mike.screen
    assert direct(grace, scene) == ["@mike needs a host in #C0GENERAL1."]
    await mike.types("/poll")
    await mike.clicks(mike.last, "Ask a host")
    assert len(direct(grace, scene)) == 1
    assert "You already asked" in mike.read(mike.last)


async def test_a_manager_makes_them_a_host_with_a_click(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session hosts add <@U0ALICE001>")
    await mike.types("/kick Ada")
    await mike.clicks(mike.last, "Ask a host")
    asked = scene.slack.visible(alice.user.id, scene.slack.direct(alice.user.id).id)[-1]
    await mike.clicks(asked, "Make host")
    await mike.types("/kick Ada")
    assert REFUSED.search(mike.read(mike.last))
    await alice.clicks(asked, "Make host")
    assert "@alice made @mike a host" in alice.read(asked)
    await mike.types("/kick Ada")
    assert "Ada Lovelace" not in scene.standup.names()


async def test_who_cannot_be_reached_is_not_said_to_be_asked(mike: Actor, scene: Scene) -> None:
    await mike.types("/kick Ada")
    scene.slack.faults["conversations.open"] = SlackFault("internal_error")
    await mike.clicks(mike.last, "Ask a host")
    assert "I couldn't reach any of the hosts." in mike.screen


async def test_a_guest_and_a_stranger_have_nobody_to_ask(scene: Scene) -> None:
    for name in ("gus", "ed"):
        person = scene.person(name)
        await person.types("/kick Ada")
        assert "Ask a host" not in person.labels(person.last)
