"""A blocked person who comes back: the page that issues tokens let them, and the hosts are told."""

from datetime import timedelta

import pytest

from bot.web import USHER
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
    assert "*Ada Lovelace* is in *Weekly standup* with the ID of someone @alice kept out earlier." in alice.read(told)
    assert "Block it there too" in alice.read(told)
    scene.standup.join(Participant("Somebody Else", "else"))
    await scene.settled()
    assert scene.public()[-1] is told
    await alice.clicks(told, "Keep out")
    await scene.settled()
    assert ada not in (session.people() if (session := scene.standup.live()) else [])
    assert ada.deleted
    comes_back(scene)
    await scene.settled()
    assert "with the ID of someone" in alice.read(scene.public()[-1])
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
    assert "with the ID of someone" in alice.read(scene.public()[-1])


async def test_somebody_whom_the_api_still_lists_after_the_kick_is_not_back(alice: Actor, scene: Scene) -> None:
    ada = scene.standup.participants[0]
    await alice.types("/kick Ada --block")
    scene.standup.join(ada, timedelta(minutes=40))
    await scene.settled()
    assert "with the ID of someone" not in alice.screen


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


async def new_session(scene: Scene) -> None:
    scene.standup.end()
    scene.standup.join(Participant("Newcomer", "newcomer"))
    await scene.settled()
    scene.time_goes_by()


@pytest.mark.parametrize("down", [False, True])
async def test_allow_holds_in_a_later_session_and_while_realtimekit_is_down(
    alice: Actor, scene: Scene, down: bool
) -> None:
    await alice.types("/kick Ada Grace --block")
    result = next(one for one in scene.public() if "Allow" in alice.labels(one))
    await new_session(scene)
    if down:
        scene.realtimekit.faults["*"] = Fault("status", status=500)
    await alice.clicks(result, "Allow")
    assert await scene.on.bot[USHER].store.bans.of(scene.standup.id) == {}
    assert "@alice allowed 2 people back into" in alice.read(scene.public()[-1])
    assert "Unnamed" not in alice.screen


async def test_keep_them_out_knows_in_a_later_session_who_it_was(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Grace")
    result = scene.public()[-1]
    await new_session(scene)
    await alice.clicks(result, "Keep them out")
    assert "@alice kept Grace Hopper out of *Weekly standup*." in alice.screen
    assert len(await scene.on.bot[USHER].store.bans.of(scene.standup.id)) == 1


async def test_what_worked_for_some_only_is_not_said_of_all(alice: Actor, scene: Scene) -> None:
    await alice.types("/kick Grace Alan")
    result = scene.public()[-1]
    scene.realtimekit.faults["delete_participant"] = Fault("status", status=403, times=1)
    await alice.clicks(result, "Keep them out")
    assert "Kept out by" not in alice.read(result)
    assert "Keep them out" in alice.labels(result)
    said = next(one for one in reversed(scene.public()) if "Allow" in alice.labels(one))
    await alice.clicks(said, "Allow")
    kept = [one.name for one in scene.standup.participants if one.deleted]
    assert f"allowed *{kept[0]}* back into" in alice.read(scene.public()[-1])


async def test_who_joins_from_slack_needs_no_new_invitation(alice: Actor, mike: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("mike", "slack-T0SANDBOX1-U0MIKE0001"))
    await alice.types(f"/kick <@{mike.user.id}> --block")
    await alice.clicks(next(one for one in scene.public() if "Allow" in alice.labels(one)), "Allow")
    assert "They can join from Slack again." in alice.read(scene.public()[-1])
