"""Inviting people of the workspace, and guests from outside."""

import re

import pytest

from bot.commands.invite_text import Guests, guest_id, parse
from bot.errors import Misused
from sandbox.faults import Fault
from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.commands.test_join import place_of, url_in
from tests.scene import Actor, Scene

LINK = re.compile(r"<(http[^|]+)\|personal link>")


def links(scene: Scene, person: Actor) -> list[str]:
    """The guests' links that somebody was given."""
    return [url.replace("&amp;", "&") for url in LINK.findall(str(person.last.payload))]


def guests(scene: Scene) -> list[Participant]:
    return [one for one in scene.standup.participants if one.custom_id.startswith("guest-")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("<@U0MIKE0001|mike> <@U0GRACE001>", Guests(people=("U0MIKE0001", "U0GRACE001"))),
        ("<!subteam^S0HOSTS001|@hosts> Pat", Guests(groups=("S0HOSTS001",), names=("Pat",))),
        ('"Pat Doe", “Kim &amp; Co” ', Guests(names=("Pat Doe", "Kim & Co"))),
        ("Pat, Kim, pat", Guests(names=("Pat", "Kim"))),
        ('"Pat" --preset webinar_viewer', Guests(names=("Pat",), preset="webinar_viewer")),
        ('—preset="my preset" "Pat"', Guests(names=("Pat",), preset="my preset")),
        ("", Guests()),
    ],
)
def test_people_groups_names_and_the_preset_are_told_apart(typed: str, expected: Guests) -> None:
    assert parse(typed) == expected


@pytest.mark.parametrize("typed", ["Pat Doe", "@nobody", '"Pat" --preset', '"Pat" --perset x', f'"{"x" * 101}"'])
def test_what_could_be_one_guest_or_two_or_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Misused):
        parse(typed)


def test_the_same_name_is_the_same_guest_and_nobody_of_slack() -> None:
    assert guest_id("Pat  Doe") == guest_id("pat doe") != guest_id("Pat Do")
    assert not guest_id("slack-T1-U1").startswith("slack")


async def test_who_is_mentioned_gets_a_message_with_join(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types(f"/session invite <@{mike.user.id}>")
    direct = scene.person("mike", scene.slack.direct(mike.user.id).id)
    assert "@alice invited you to *Weekly standup*." in direct.read(direct.last)
    await direct.clicks(direct.last, "Join")
    meeting, person = place_of(scene, url_in(direct, direct.last))
    assert (meeting, person.name, person.preset) == (scene.standup, "mike", "group_call_participant")
    assert "Invited @mike to *Weekly standup*." in alice.screen
    assert "@alice invited 1 person to *Weekly standup*." in alice.screen


async def test_guests_get_places_of_their_own_and_the_host_alone_their_links(alice: Actor, scene: Scene) -> None:
    await alice.types('/session invite "Pat Doe" "Kim & <b>"')
    assert alice.messages()[-2].ephemeral_to == alice.user.id
    private = next(one for one in reversed(alice.messages()) if one.ephemeral_to)
    urls = [url.replace("&amp;", "&") for url in LINK.findall(str(private.payload))]
    assert [place_of(scene, url)[1].name for url in urls] == ["Pat Doe", "Kim & <b>"]
    assert {one.preset for one in guests(scene)} == {"group_call_participant"}
    assert "@alice invited 2 guests to *Weekly standup*." in alice.read(scene.public()[-1])
    await alice.types('/session invite "pat doe"')
    assert len(guests(scene)) == 2


async def test_a_preset_is_checked_against_the_app_s(alice: Actor, scene: Scene) -> None:
    await alice.types('/session invite "Pat" --preset nope')
    assert (
        "RealtimeKit has no preset called “nope”. Use one of these: group_call_guest, group_call_host" in alice.screen
    )
    assert guests(scene) == []
    await alice.types('/session invite "Pat" --preset webinar_viewer')
    assert [one.preset for one in guests(scene)] == ["webinar_viewer"]


async def test_more_than_twenty_are_refused_as_a_whole(alice: Actor, scene: Scene) -> None:
    await alice.types("/session invite " + " ".join(f'"Guest {number}"' for number in range(21)))
    assert "That's 21 people. You can invite up to 20 at once." in alice.screen
    assert guests(scene) == []


async def test_a_group_means_its_members(alice: Actor, scene: Scene) -> None:
    scene.world.groups["S0TEAM0001"] = {"U0MIKE0001", "U0GRACE001"}
    await alice.types("/session invite <!subteam^S0TEAM0001|@team>")
    assert "Invited @grace and @mike to" in alice.screen


async def test_who_cannot_be_invited_or_reached_is_named_with_the_reason(alice: Actor, scene: Scene) -> None:
    ed = scene.world.user("ed").id
    await alice.types(f"/session invite <@{ed}> <@U0NOBODY01>")
    assert "Couldn't invite @ed: they aren't in this workspace." in alice.screen
    assert "Slack doesn't recognize them" in alice.screen
    scene.slack.faults["conversations.open"] = SlackFault("internal_error")
    await alice.types("/session invite <@U0MIKE0001>")
    assert "Couldn't invite @mike: I can't send them a message." in alice.screen


async def test_who_is_kept_out_is_not_invited(alice: Actor, mike: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("mike", f"slack-T0SANDBOX1-{mike.user.id}"))
    await alice.types(f"/kick <@{mike.user.id}> --block")
    await alice.types(f"/session invite <@{mike.user.id}>")
    assert "Couldn't invite @mike: a host is keeping them out." in alice.screen


async def test_a_guest_whose_link_could_not_be_made_is_named(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["add_participant"] = Fault("status", status=500)
    await alice.types('/session invite "Pat" <@U0MIKE0001>')
    assert "Couldn't make a link for *Pat*: try again in a few minutes." in alice.screen
    assert "Invited @mike" in alice.screen


async def test_the_form_asks_for_people_and_names(alice: Actor, scene: Scene) -> None:
    await alice.types("/session")
    await alice.chooses(alice.last, "Invite…")
    assert "Invite people to *Weekly standup*." in alice.screen
    await alice.submits()
    assert alice.modal, "nobody was named"
    await alice.picks("People in this workspace", "mike")
    alice.fills("Outside guests", "Pat Doe\n\nKim Lee\npat doe")
    await alice.submits()
    assert "Invited @mike to *Weekly standup*." in alice.screen
    assert sorted(one.name or "" for one in guests(scene)) == ["Kim Lee", "Pat Doe"]


async def test_a_locked_meeting_is_not_invited_to(alice: Actor, scene: Scene) -> None:
    await alice.types("/session lock")
    await alice.types('/session invite "Pat"')
    assert "is locked" in alice.read(alice.last)
    assert guests(scene) == []


async def test_an_outside_guest_who_is_kept_out_gets_no_link(alice: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("Pat", guest_id("Pat")))
    await alice.types("/kick Pat --block")
    await alice.types('/session invite "Pat"')
    assert "Couldn't make a link for *Pat*: a host is keeping them out." in alice.screen


@pytest.mark.settings(join_url="https://meet.example.com/join/?token=" + "x" * 700 + "{token}")
async def test_twenty_long_links_all_arrive(alice: Actor, scene: Scene) -> None:
    await alice.types("/session invite " + " ".join(f'"Guest Number {n}"' for n in range(20)))
    links = "".join(alice.read(one) for one in alice.messages() if one.ephemeral_to)
    assert [links.count(f"*Guest Number {n}*:") for n in range(20)] == [1] * 20


async def test_the_journal_names_those_who_were_invited(alice: Actor) -> None:
    await alice.types("/session invite <@U0MIKE0001> <@U0GONE0001> <@U0ROBOT001>")
    await alice.types("/session history")
    assert "@alice invited mike to *Weekly standup* · 1 invited, 2 not invited" in alice.screen


@pytest.mark.parametrize("why", ["locked", "failing"])
async def test_guests_that_were_typed_come_back_where_they_could_not_be_invited(
    alice: Actor, scene: Scene, why: str
) -> None:
    await alice.types("/session invite")
    alice.fills("Outside guests", "Pat Doe\nKim Lee")
    view = alice.modal
    scene.time_goes_by()
    if why == "locked":
        scene.standup.status = "INACTIVE"
    else:
        scene.realtimekit.faults["meeting"] = Fault("status", status=500)
    await alice.submits(view)
    assert "Here's what you entered:" in alice.read(alice.last)
    assert "Kim Lee" in alice.read(alice.last)
