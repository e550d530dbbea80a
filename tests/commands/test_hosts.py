import pytest

from tests.scene import REFUSED, Actor, Scene

pytestmark = pytest.mark.databases


async def test_a_manager_makes_a_member_a_host_of_this_channel_only(scene: Scene, alice: Actor, mike: Actor) -> None:
    await alice.types("/session hosts add <@U0MIKE0001|mike>")
    assert "@alice made @mike a host of this channel." in alice.read(scene.public()[0])
    await mike.types("/kick Grace")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
    elsewhere = scene.person("mike", "secret")
    await elsewhere.types("/kick Ada")
    assert "Only hosts of this channel can do that." in elsewhere.screen


async def test_taken_away_again_the_right_is_gone(scene: Scene, alice: Actor, mike: Actor) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session hosts remove <@U0MIKE0001>")
    await mike.types("/kick Grace")
    assert REFUSED.search(mike.read(mike.last))
    assert len(scene.standup.names()) == 3


async def test_several_people_and_groups_are_added_at_once(scene: Scene, alice: Actor) -> None:
    await alice.types("/session hosts add <@U0MIKE0001> <!subteam^S0HOSTS001|@hosts> <@U0MIKE0001>")
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session hosts")
    assert alice.read(alice.last).count("@mike") == 1
    hostess = scene.person("max")
    await hostess.types("/kick Grace")
    assert "Grace Hopper" not in scene.standup.names()


async def test_everybody_sees_who_may_act_and_only_managers_how_to_change_it(alice: Actor, mike: Actor) -> None:
    await mike.types("/session hosts")
    assert "*Hosts of this channel:* none yet" in mike.screen
    assert "Workspace admins can add or remove hosts." in mike.screen
    await alice.types("/session hosts")
    assert "`/session hosts add @name`" in alice.screen


async def test_a_host_is_no_manager(scene: Scene, alice: Actor, mike: Actor) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    await mike.types("/session hosts add <@U0MAXMAX01>")
    assert "Only workspace admins can change hosts" in mike.read(mike.last)
    assert "No hosts were changed." in mike.read(mike.last)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("add", "Who should I add?"),
        ("add @mike", "I couldn't find “@mike” in Slack"),
        ("make <@U0MIKE0001>", "Use `add` or `remove`, not “make”."),
    ],
)
async def test_what_makes_no_sense_is_said_and_changes_nothing(alice: Actor, words: str, said: str) -> None:
    await alice.types(f"/session hosts {words}")
    assert said in alice.screen
    assert "Usage: `/session hosts" in alice.screen


@pytest.mark.settings(bot_hosts="U0MAXMAX01,*")
async def test_bot_hosts_are_shown_too(alice: Actor) -> None:
    await alice.types("/session hosts")
    assert "all full members, @max" in alice.screen


@pytest.mark.parametrize(
    ("member", "why"),
    [
        ("<@U0GUS00001|gus>", "@gus can't be a host: guests can see and join meetings, but can't change them."),
        ("<@U0ED000001>", "can't be a host: they aren't in this workspace."),
        ("<@U0ROBOT001>", "can't be a host: that's a bot."),
        ("<@U0GONE0001>", "can't be a host: their account is deactivated."),
        ("<@U0NOBODY99>", "can't be a host: Slack doesn't recognize them."),
        ("<!subteam^S0GONE0001|@gone>", "can't be a host: Slack won't say who's in that user group."),
    ],
)
async def test_who_cannot_be_a_host_is_not_made_one_and_it_says_why(alice: Actor, member: str, why: str) -> None:
    await alice.types(f"/session hosts add <@U0MIKE0001> {member}")
    assert why in alice.screen
    assert "No hosts were changed." in alice.screen
    await alice.types("/session hosts")
    assert "none yet" in alice.read(alice.last)


async def test_what_changes_nothing_says_so_and_tells_nobody(alice: Actor, scene: Scene) -> None:
    await alice.types("/session hosts remove <@U0MIKE0001>")
    assert "@mike isn't a host of this channel." in alice.read(alice.last)
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session hosts add <@U0MIKE0001>")
    assert "@mike is already a host of this channel." in alice.read(alice.last)
    assert len(scene.public()) == 1


@pytest.mark.settings(bot_hosts="S0GONE0001")
async def test_a_group_that_slack_no_longer_knows_is_named_to_managers(alice: Actor, mike: Actor) -> None:
    await alice.types("/session hosts")
    assert "Slack no longer recognizes `S0GONE0001`. Remove them from the host list." in alice.screen
    await mike.types("/session hosts")
    assert "take it out" not in mike.screen
