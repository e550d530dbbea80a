"""`/session notices`: one message for each session, as the channel has chosen."""

import pytest

from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene


@pytest.fixture(autouse=True)
async def _linked(scene: Scene, alice: Actor) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use quiet room")
    scene.slack.messages.clear()


async def one_session(scene: Scene) -> None:
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    scene.quiet.end()
    await scene.settled()


async def test_nothing_is_told_unless_it_is_chosen(alice: Actor, scene: Scene) -> None:
    await one_session(scene)
    assert scene.slack.messages == []
    await alice.types("/session notices")
    assert "I won't post here when *Quiet room* starts or ends." in alice.screen


@pytest.mark.parametrize(("choice", "at_the_end"), [("start", "started"), ("both", "ended")])
async def test_a_session_is_told_once(alice: Actor, scene: Scene, choice: str, at_the_end: str) -> None:
    await alice.types(f"/session notices {choice}")
    before = len(scene.public())
    scene.quiet.join(Participant("Ada", "ada"))
    scene.quiet.join(Participant("Bob", "bob"))
    await scene.settled()
    assert "*Quiet room* started" in alice.read(scene.public()[-1])
    scene.quiet.end()
    await scene.settled()
    assert at_the_end in alice.read(scene.public()[-1])
    assert len(scene.public()) == before + 1
    await one_session(scene)
    assert len(scene.public()) == before + 2


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
@pytest.mark.settings(bot_announce=False)
async def test_a_channel_in_which_nothing_can_be_posted_is_promised_nothing(
    alice: Actor, scene: Scene, code: str
) -> None:
    scene.slack.faults["chat.postMessage"] = SlackFault(code)
    await alice.types("/session notices both")
    assert "I can't post in that channel yet" in alice.screen
    scene.slack.faults.clear()
    await one_session(scene)
    assert scene.public() == []


async def test_off_ends_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notices both")
    await alice.types("/session notices off")
    before = len(scene.public())
    await one_session(scene)
    assert len(scene.public()) == before


async def test_a_session_that_runs_already_is_no_news(alice: Actor, scene: Scene) -> None:
    scene.quiet.join(Participant("Ada", "ada"))
    await alice.types("/session notices both")
    await scene.settled()
    before = len(scene.public())
    scene.quiet.join(Participant("Bob", "bob"))
    await scene.settled()
    assert len(scene.public()) == before


async def test_a_channel_that_watches_has_a_card_and_no_notice_beside_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notices both")
    await alice.types("/session watch")
    before = len(scene.public())
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    assert len(scene.public()) == before + 1
    assert "1 here" in alice.read(scene.public()[-1])


async def test_from_the_notice_one_may_look_and_watch(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session notices start")
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    notice = scene.public()[-1]
    await mike.clicks(notice, "People…")
    assert mike.modal
    assert "*1 here*" in mike.read(mike.modal)
    await mike.clicks(notice, "Turn on live card")
    assert REFUSED.search(mike.screen)
    await alice.clicks(notice, "Turn on live card")
    await scene.settled()
    assert "1 here" in alice.read(scene.public()[-1])


async def test_a_limit_of_slack_s_does_not_lose_it_nor_double_it(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notices start")
    before = len(scene.public())
    scene.slack.faults["chat.postMessage"] = SlackFault("ratelimited", retry_after=0.05, times=1)
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    assert len(scene.public()) == before + 1


async def test_what_is_no_choice_is_refused_and_who_is_no_host_may_not_choose(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session notices sometimes")
    assert "“sometimes” isn't an option" in alice.screen
    await mike.types("/session notices both")
    assert REFUSED.search(mike.screen)


async def test_a_channel_without_a_meeting_is_told_how_to_link_one(alice: Actor, scene: Scene) -> None:
    await alice.types("/session forget")
    await alice.types("/session notices both")
    assert "Link a meeting…" in alice.labels(alice.last)


async def test_a_watching_that_is_stopped_leaves_no_stale_start_behind(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notices both")
    await alice.types("/session watch")
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    await alice.types("/session watch off")
    scene.quiet.join(Participant("Bob", "bob"))
    await scene.settled()
    assert not [message for message in scene.public() if "started" in alice.read(message)]


async def test_an_outage_of_slack_s_at_the_start_delays_the_notice(alice: Actor, scene: Scene) -> None:
    await alice.types("/session notices start")
    before = len(scene.public())
    scene.slack.faults["chat.postMessage"] = SlackFault(status=503, times=1)
    scene.quiet.join(Participant("Ada", "ada"))
    await scene.settled()
    assert len(scene.public()) == before + 1
