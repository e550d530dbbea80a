import pytest

from sandbox.slack import SlackFault
from tests.scene import REFUSED, Actor, Scene

HARM = ["/kick Grace", "/kick all", "/kick", '/poll "Lunch?" "Pizza" "Salad"', "/poll", "/session end"]
VIEW = ["/session status", "/session who", "/session help"]


def untouched(scene: Scene) -> bool:
    return not scene.realtimekit.calls("kick", "kick_all", "poll", "delete_participant")


@pytest.mark.parametrize("command", HARM)
@pytest.mark.parametrize("name", ["mike", "gus", "ed"])
async def test_who_is_no_host_can_do_no_harm_and_is_told_why_alone(scene: Scene, name: str, command: str) -> None:
    person = scene.person(name)
    await person.types(command)
    assert REFUSED.search(person.screen)
    assert person.modal is None
    assert scene.public() == []
    assert untouched(scene)


@pytest.mark.parametrize("command", VIEW)
@pytest.mark.parametrize("name", ["alice", "mike", "gus"])
async def test_members_and_guests_of_the_channel_may_look(scene: Scene, name: str, command: str) -> None:
    person = scene.person(name)
    await person.types(command)
    assert not REFUSED.search(person.screen)
    assert len(person.messages()) == 1


@pytest.mark.parametrize("command", VIEW)
@pytest.mark.parametrize("name", ["ed", "robot"])
async def test_people_from_elsewhere_and_bots_may_not_even_look(scene: Scene, name: str, command: str) -> None:
    person = scene.person(name)
    await person.types(command)
    assert "It's only for people in this workspace." in person.screen
    assert scene.realtimekit.seen == []


async def test_a_deactivated_person_may_do_nothing(scene: Scene) -> None:
    scene.world.user("alice").deleted = True
    alice = scene.person("alice")
    await alice.types("/session status")
    assert scene.realtimekit.seen == []


@pytest.mark.settings(bot_hosts="U0MIKE0001")
async def test_bot_hosts_names_people(scene: Scene, mike: Actor) -> None:
    await mike.types("/kick Grace")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
    grace = scene.person("grace")
    await grace.types("/kick Ada")
    assert "Only hosts of this channel can do that." in grace.screen


@pytest.mark.settings(bot_hosts="S0HOSTS001")
async def test_bot_hosts_names_groups_whose_members_are_looked_up_once(scene: Scene, mike: Actor) -> None:
    hostess = scene.person("max")
    await hostess.types("/kick Grace")
    await hostess.types("/kick Ada")
    await mike.types("/kick Alan")
    assert scene.standup.names() == ["Alan Turing"]
    assert scene.slack.calls.count("usergroups.users.list") == 1


@pytest.mark.settings(bot_hosts="S0GONE0001 S0HOSTS001")
@pytest.mark.parametrize("code", ["no_such_subteam", "plan_upgrade_required", "missing_scope"])
async def test_a_group_that_slack_does_not_tell_of_locks_nobody_out(
    scene: Scene, alice: Actor, mike: Actor, code: str
) -> None:
    if code != "no_such_subteam":
        scene.slack.faults["usergroups.users.list"] = SlackFault(code, times=1)
    await alice.types("/session hosts")
    for looking in ("/session help", "/session status", "/session who"):
        await mike.types(looking)
        assert "couldn't check" not in mike.screen
        assert not REFUSED.search(mike.screen)
    await mike.types("/kick Grace")
    assert "Only hosts of this channel can do that." in mike.screen
    await scene.person("max").types("/kick Ada")
    assert scene.standup.names() == ["Grace Hopper", "Alan Turing"]


@pytest.mark.settings(bot_hosts="S0HOSTS001")
@pytest.mark.parametrize("fault", [SlackFault("internal_error"), SlackFault(status=500), SlackFault(reset=True)])
async def test_looking_does_not_depend_on_a_group_that_cannot_be_asked_now_and_acting_does(
    scene: Scene, mike: Actor, fault: SlackFault
) -> None:
    scene.slack.faults["usergroups.users.list"] = fault
    await mike.types("/session status")
    assert "3 here" in mike.screen
    await mike.types("/kick Grace")
    assert "I couldn't verify your account with Slack. No one was removed." in mike.screen
    assert len(scene.standup.names()) == 3


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "missing_scope", "invalid_auth"])
async def test_what_only_an_operator_can_mend_is_said_to_be_so(scene: Scene, mike: Actor, code: str) -> None:
    scene.slack.faults["users.info"] = SlackFault(code)
    await mike.types("/kick Grace")
    assert f"(`{code}`)" in mike.screen
    assert "Ask your Usher admin to reinstall the app in Slack" in mike.screen
    assert "in a moment" not in mike.screen
    assert "Try again" not in mike.screen


@pytest.mark.settings(bot_hosts="*")
async def test_a_star_makes_every_full_member_a_host_but_no_guest(scene: Scene, mike: Actor) -> None:
    await mike.types("/kick Grace")
    await scene.person("gus").types("/kick Ada")
    await scene.person("ed").types("/kick Alan")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]


async def test_a_person_is_looked_up_once_for_many_commands(alice: Actor, scene: Scene) -> None:
    for _ in range(5):
        await alice.types("/session status")
    assert scene.slack.calls.count("users.info") == 1
    assert scene.slack.calls.count("auth.test") == 1


@pytest.mark.parametrize("command", ["/kick", "/poll", "/kick all"])
async def test_a_modal_sent_off_in_a_member_s_name_does_nothing(
    alice: Actor, mike: Actor, scene: Scene, command: str
) -> None:
    view = await alice.opens_filled(command)
    mike.patient = False
    await alice.submits(view, as_user=mike)
    assert untouched(scene)
    assert "Only hosts of this channel can do that." in mike.screen
    assert not REFUSED.search(alice.screen)


async def test_a_button_clicked_in_a_member_s_name_does_nothing(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session who")
    button = alice.item(alice.last, "Remove")
    await mike.clicks_spot(*button)
    assert untouched(scene)


async def test_a_right_that_is_taken_away_is_gone_at_the_submission(alice: Actor, scene: Scene) -> None:
    """People are believed for five minutes; here that time ended."""
    await alice.types("/kick")
    await alice.picks("Who should leave?", "Ada")
    scene.world.user("alice").admin = False
    scene.redact_people()
    await alice.submits()
    assert untouched(scene)
    assert REFUSED.search(alice.screen)


@pytest.mark.parametrize(
    "fault", [SlackFault(error="internal_error"), SlackFault(status=503), SlackFault("fatal_error")]
)
async def test_where_slack_cannot_say_who_somebody_is_nothing_is_done(
    alice: Actor, scene: Scene, fault: SlackFault
) -> None:
    scene.slack.faults["users.info"] = fault
    await alice.types("/kick Grace")
    assert "I couldn't verify your account with Slack. No one was removed." in alice.screen
    assert untouched(scene)
    scene.slack.faults.clear()
    await alice.clicks(alice.last, "Try again")
    assert scene.standup.names() == ["Ada Lovelace", "Alan Turing"]
