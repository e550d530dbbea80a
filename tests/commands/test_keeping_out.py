"""A blocked person who comes back: the page that issues tokens let them, and the hosts are told."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene


@pytest.fixture(autouse=True)
def _connected(scene: Scene) -> None:
    scene.on.connect_webhooks()


def comes_back(scene: Scene) -> Participant:
    """Ada clicks on the join link once more, and the page gives her a new place."""
    ada = Participant("Ada Lovelace", "ada@people.example")
    scene.standup.join(ada)
    return ada


@pytest.mark.parametrize("how", ["words", "menu"])
async def test_the_hosts_are_told_once_of_each_return(alice: Actor, scene: Scene, how: str) -> None:
    if how == "words":
        await alice.types("/kick Ada --block")
    else:
        await alice.types("/kick")
        await alice.picks("Who should leave?", "Ada")
        await alice.picks("If they try to rejoin", "Keep")
        await alice.submits()
    ada = comes_back(scene)
    await scene.settled()
    told = scene.public()[-1]
    assert "*Ada Lovelace* is back in *Weekly standup*. @alice kept them out earlier." in alice.read(told)
    assert "Block them there too" in alice.read(told)
    scene.standup.join(Participant("Somebody Else", "else"))
    await scene.settled()
    assert scene.public()[-1] is told
    await alice.clicks(told, "Keep out")
    await scene.settled()
    assert ada not in (session.people() if (session := scene.standup.live()) else [])
    assert ada.deleted
    comes_back(scene)
    await scene.settled()
    assert "is back" in alice.read(scene.public()[-1])
    assert scene.public()[-1] is not told


async def test_somebody_who_was_only_kicked_may_come_back_unannounced(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Ada")
    before = len(scene.public())
    comes_back(scene)
    await scene.settled()
    assert len(scene.public()) == before


async def test_they_can_be_let_in_again(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/kick Ada --block")
    ada = comes_back(scene)
    await scene.settled()
    told = scene.public()[-1]
    for label in ("Allow", "Keep out"):
        await mike.clicks(told, label)
        assert REFUSED.search(mike.screen)
    await alice.clicks(told, "Allow")
    assert "allowed *Ada Lovelace* back into *Weekly standup*" in alice.screen
    scene.standup.leave(ada)
    before = len(scene.public())
    scene.standup.join(ada)
    await scene.settled()
    assert len(scene.public()) == before


async def test_a_look_that_fails_does_not_lose_the_return(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Ada --block")
    scene.realtimekit.faults["active_session"] = Fault("status", 500, times=3)
    comes_back(scene)
    await scene.settled()
    assert "is back" in alice.read(scene.public()[-1])


async def test_somebody_whom_the_api_still_lists_after_the_kick_is_not_back(alice: Actor, scene: Scene) -> None:
    ada = scene.standup.participants[0]
    await alice.types("/kick Ada --block")
    scene.standup.join(ada, timedelta(minutes=40))
    await scene.settled()
    assert "is back" not in alice.screen


@pytest.mark.settings(bot_announce=False)
async def test_a_host_may_act_from_the_direct_message_as_in_the_channel(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    await mike.types("/kick Ada --block")
    ada = comes_back(scene)
    await scene.settled()
    direct = scene.slack.direct(mike.user.id)
    told = scene.slack.visible(mike.user.id, direct.id)[-1]
    await mike.clicks(told, "Keep out")
    assert ada.deleted


@pytest.mark.settings(bot_announce=False)
async def test_where_nothing_is_announced_the_one_who_blocked_is_told(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Ada --block")
    comes_back(scene)
    await scene.settled()
    direct = scene.slack.direct(alice.user.id)
    assert [message.channel for message in scene.public()] == [direct.id]
