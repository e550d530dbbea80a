"""Personal links: who gets one, into which place, and who does not."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from bot.store.records import digest
from bot.store.tables import metadata, places
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.surfaces import Message, View
from sandbox.world import TEAM, Meeting, Participant
from tests.scene import Actor, Scene


def url_in(person: Actor, surface: Message | View) -> str:
    """The personal link that somebody was given."""
    return str(next(url for spot in person.spots(surface) if (url := spot.element.get("url"))))


def token_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


def place_of(scene: Scene, url: str) -> tuple[Meeting, Participant]:
    """Where a link leads, and as whom."""
    return scene.realtimekit.places.admitted(token_in(url))


async def join(person: Actor, words: str = "") -> str:
    await person.types(f"/session join {words}".strip())
    return url_in(person, person.last)


async def enters(person: Actor, scene: Scene, words: str = "") -> Participant:
    """Opens their link, as in a browser."""
    url = await join(person, words)
    async with scene.on.http.get(url) as page:
        assert "You are in" in await page.text()
    return place_of(scene, url)[1]


def made(scene: Scene, name: str) -> list[Participant]:
    """The places of somebody who joined from Slack."""
    custom_id = f"slack-{TEAM}-{scene.world.user(name).id}"
    return [
        one for meeting in scene.world.meetings.values() for one in meeting.participants if one.custom_id == custom_id
    ]


async def test_a_link_is_for_the_asker_alone_and_lets_them_in_under_their_slack_name(mike: Actor, scene: Scene) -> None:
    person = await enters(mike, scene)
    assert mike.last.ephemeral_to == mike.user.id
    assert "It's only for you, so don't share it." in mike.screen
    assert (person.name, person.preset) == ("mike", "group_call_participant")
    assert person.custom_id == f"slack-{TEAM}-{mike.user.id}"
    assert person.picture == f"https://avatars.example/{mike.user.id}.png"
    assert "mike" in scene.standup.names()


async def test_who_asks_again_gets_a_fresh_token_for_the_same_place(mike: Actor, scene: Scene) -> None:
    first, second = await join(mike), await join(mike)
    assert token_in(first) != token_in(second)
    assert place_of(scene, first) == place_of(scene, second)
    assert len(made(scene, "mike")) == 1


async def test_hosts_get_the_host_preset_and_it_follows_their_rights(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    assert place_of(scene, await join(alice))[1].preset == "group_call_host"
    presets = []
    for command in ("", f"/session hosts add <@{mike.user.id}>", f"/session hosts remove <@{mike.user.id}>"):
        if command:
            await alice.types(command)
        presets.append(place_of(scene, await join(mike))[1].preset)
    assert presets == ["group_call_participant", "group_call_host", "group_call_participant"]
    assert len(made(scene, "mike")) == 1


async def test_a_host_of_the_meeting_s_channel_is_a_host_wherever_they_click(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session hosts add <@U0MIKE0001>")
    elsewhere = scene.person("mike", "no-bot-here")
    assert place_of(scene, await join(elsewhere, "weekly"))[1].preset == "group_call_host"


async def test_a_place_that_is_gone_is_made_anew_once(mike: Actor, scene: Scene) -> None:
    place_of(scene, await join(mike))[1].deleted = True
    again = place_of(scene, await join(mike))[1]
    assert [one for one in made(scene, "mike") if not one.deleted] == [again]


@pytest.mark.parametrize("kind", ["reset_after", "cut"])
async def test_where_the_answer_was_lost_the_place_is_found_and_not_made_twice(
    mike: Actor, scene: Scene, kind: str
) -> None:
    scene.realtimekit.faults["add_participant"] = Fault(kind, times=1)
    assert place_of(scene, await join(mike))[1] in made(scene, "mike")
    assert len(made(scene, "mike")) == 1


async def test_where_nobody_can_tell_whether_it_was_made_the_next_join_looks_first(mike: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["add_participant"] = Fault("reset_after", times=1)
    scene.realtimekit.faults["meeting_participants"] = Fault("status", status=500)
    await mike.types("/session join")
    assert "You can safely try again." in mike.screen
    scene.realtimekit.faults.clear()
    await join(mike)
    assert len(made(scene, "mike")) == 1
    assert len(scene.realtimekit.calls("add_participant")) == 1


async def test_of_clicks_on_several_processes_one_makes_the_place(alice: Actor, scene: Scene) -> None:
    everyone = [scene.person(name) for name in ("alice", "mike", "grace")]
    scene.realtimekit.faults["add_participant"] = Fault("delay", seconds=0.05)
    for person in everyone:
        person.patient = False
    await asyncio.gather(*(person.types("/session join") for person in everyone * 10))
    await scene.idle()
    assert [len(made(scene, person.user.name)) for person in everyone] == [1, 1, 1]
    assert len({token_in(url_in(one, each)) for one in everyone for each in one.messages()}) == 30


async def test_a_locked_meeting_says_so_and_gives_hosts_the_way_to_unlock_it(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session lock")
    await mike.types("/session join")
    assert "*Weekly standup* is locked. No one can join until a host unlocks it." in mike.read(mike.last)
    assert mike.labels(mike.last) == []
    await alice.types("/session join")
    await alice.clicks(alice.last, "Unlock")
    await join(mike)
    assert made(scene, "alice") == []


async def test_who_is_kept_out_gets_no_link_until_they_are_allowed_back(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await enters(mike, scene)
    await alice.types(f"/kick <@{mike.user.id}>")
    result = scene.public()[-1]
    await alice.clicks(result, "Keep them out")
    await mike.types("/session join")
    assert "You can't join *Weekly standup*: a host is keeping you out." in mike.screen
    assert [one.deleted for one in made(scene, "mike")] == [True]
    await alice.clicks(result, "Allow")
    await enters(mike, scene)


async def test_keeping_out_by_mention_bans_the_slack_user_whatever_they_joined_as(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    scene.standup.join(Participant("Mike Member", "m@site.example"))
    scene.world.user("mike").real_name = "Mike Member"
    await alice.types(f"/kick <@{mike.user.id}>")
    result = scene.public()[-1]
    await alice.clicks(result, "Keep them out")
    await mike.types("/session join")
    assert "a host is keeping you out" in mike.screen
    await alice.clicks(result, "Allow")
    await join(mike)


async def test_who_is_kept_out_while_their_place_is_made_gets_none(alice: Actor, mike: Actor, scene: Scene) -> None:
    waits = scene.realtimekit.faults["add_participant"] = Fault("wait")
    mike.patient = False
    await mike.types("/session join")
    await scene.until(lambda: scene.realtimekit.calls("add_participant"))
    custom_id = f"slack-{TEAM}-{mike.user.id}"
    bans = scene.on.bot[USHER].store.bans
    await bans.add(scene.standup.id, [custom_id], None, alice.user.id, datetime.now(UTC))
    waits.until.set()
    await scene.idle()
    assert "a host is keeping you out" in mike.screen
    assert [one.deleted for one in made(scene, "mike")] == [True]
    assert digest(custom_id) in await bans.of(scene.standup.id)


async def test_two_people_of_one_name_are_told_apart_by_who_joined_from_slack(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    other = Participant("mike", "other@site.example")
    scene.standup.join(other)
    person = await enters(mike, scene)
    await alice.types(f"/session mute <@{mike.user.id}>")
    session = scene.standup.live()
    assert session
    assert [peer.participant for peer in session.present() if peer.muted] == [person]
    await alice.types(f"/kick <@{mike.user.id}>")
    assert scene.standup.names().count("mike") == 1
    assert other in session.people()


async def test_a_guest_joins_the_meeting_of_their_channel_and_no_other_without_an_invitation(
    alice: Actor, scene: Scene
) -> None:
    await alice.types("/session use rust")
    gus = scene.person("gus")
    await enters(gus, scene)
    await gus.types("/session join hands")
    assert "As a guest, you can only join the current channel's meeting." in gus.screen
    hands = scene.person("alice", "no-bot-here")
    await hands.types("/session use hands")
    await hands.types(f"/session invite <@{gus.user.id}>")
    assert place_of(scene, await join(gus, "hands"))[0] is scene.hall
    async with scene.on.bot[USHER].store.database.writing() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await connection.execute(update(places).values(invited_until=past))
    await gus.types("/session join hands")
    assert "As a guest" in gus.read(gus.last)


async def test_a_stranger_gets_no_link(scene: Scene) -> None:
    ed = scene.person("ed")
    await ed.types("/session join")
    assert "It's only for people in this workspace." in ed.screen
    assert scene.realtimekit.calls("add_participant") == []


@pytest.mark.settings(realtimekit_member_preset="no_such_preset")
async def test_a_preset_that_is_not_there_is_named_to_whoever_can_tell_the_admin(mike: Actor, scene: Scene) -> None:
    await mike.types("/session join")
    assert "RealtimeKit has no preset called “no_such_preset”." in mike.screen
    assert made(scene, "mike") == []


@pytest.mark.settings(join_url=None)
async def test_without_a_page_to_join_nothing_is_made_and_no_card_has_the_button(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    for command in ("/session join", '/session invite "Pat Doe"'):
        await alice.types(command)
        assert "`JOIN_URL`" in alice.read(alice.last)
        await mike.types(command)
        assert "JOIN_URL" not in mike.screen
    await alice.types("/session")
    assert "Join" not in alice.labels(alice.last)
    await alice.types("/session watch")
    assert "Join" not in alice.labels(scene.public()[-1])
    await alice.opens_home()
    assert "Join" not in alice.labels(scene.slack.homes[alice.user.id])
    assert scene.realtimekit.calls("add_participant") == []


async def test_on_the_home_tab_the_link_is_in_a_modal(mike: Actor, scene: Scene) -> None:
    await mike.opens_home()
    await mike.clicks(scene.slack.homes[mike.user.id], "Join")
    assert mike.modal
    assert place_of(scene, url_in(mike, mike.modal))[0] is scene.standup


async def test_everyone_who_clicks_join_on_a_live_card_gets_a_link_of_their_own(
    alice: Actor, mike: Actor, scene: Scene
) -> None:
    await alice.types("/session watch")
    card = scene.public()[-1]
    for person in (alice, mike):
        await person.clicks(card, "Join")
        assert place_of(scene, url_in(person, person.last))[1].name == person.user.name


async def test_a_token_is_nowhere_but_in_the_answer_to_whom_it_belongs(
    alice: Actor, mike: Actor, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await enters(mike, scene)
    await alice.types('/session invite "Pat Doe" <@U0MIKE0001>')
    await alice.opens_home()
    await alice.clicks(scene.slack.homes[alice.user.id], "Join")
    for kind in ("cut", "reset_after", "status"):
        for endpoint in ("participant_token", "update_participant", "add_participant"):
            scene.realtimekit.faults[endpoint] = Fault(kind, times=1)
            await scene.person("grace").types("/session join")
            await mike.types("/session join")
    scene.realtimekit.faults.clear()
    secrets = {
        token.split("/")[1].split(".")[0]: person for token, (_, person) in scene.realtimekit.places.tokens.items()
    }
    assert len(secrets) > 8
    guests = {alice.user.id}
    for message in scene.slack.messages:
        held = {secret for secret in secrets if secret in str(message.payload)}
        owners = {
            secrets[secret].custom_id.rpartition("-")[2] for secret in held if "slack-" in secrets[secret].custom_id
        }
        assert not held or message.ephemeral_to in (owners or guests)
    stored = ""
    async with scene.on.bot[USHER].store.database.reading() as connection:
        for table in metadata.tables.values():
            stored += str((await connection.execute(select(table))).all())
    views = "".join(str(view.spec.get("private_metadata")) for view in scene.slack.views.values())
    metrics = scene.on.bot[USHER].metrics.page().decode()
    assert not [secret for secret in secrets if secret in caplog.text + stored + views + metrics]


async def test_whoever_was_kept_out_at_once_can_be_allowed_back(alice: Actor, mike: Actor, scene: Scene) -> None:
    await enters(mike, scene)
    await alice.types(f"/kick <@{mike.user.id}> --block")
    result = next(one for one in scene.public() if "removed *mike*" in alice.read(one))
    await mike.types("/session join")
    assert "a host is keeping you out" in mike.screen
    scene.standup.end()
    scene.standup.sessions.clear()
    scene.time_goes_by()
    await alice.clicks(result, "Allow")
    await join(mike)


async def test_a_ban_that_could_not_be_saved_is_not_said_to_hold(alice: Actor, mike: Actor, scene: Scene) -> None:
    await enters(mike, scene)
    async with scene.on.bot[USHER].store.database.writing() as connection:
        await connection.exec_driver_sql("CREATE TRIGGER no BEFORE INSERT ON blocks BEGIN SELECT broken(); END")
    await alice.types(f"/kick <@{mike.user.id}> --block")
    assert "I can't confirm that mike will be kept out." in alice.screen


async def test_a_guest_s_direct_messages_have_no_meeting(scene: Scene) -> None:
    gus = scene.person("gus", scene.slack.direct(scene.world.user("gus").id).id)
    await gus.types("/session join")
    assert "As a guest" in gus.screen


async def test_a_host_who_joins_from_the_home_tab_stays_one(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session hosts add <@U0MIKE0001>")
    assert place_of(scene, await join(mike))[1].preset == "group_call_host"
    await mike.opens_home()
    await mike.clicks(scene.slack.homes[mike.user.id], "Join")
    assert mike.modal
    assert place_of(scene, url_in(mike, mike.modal))[1].preset == "group_call_host"


async def test_who_is_no_host_any_more_is_none_wherever_they_click(alice: Actor, mike: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session hosts add <@U0MIKE0001>")
    assert place_of(scene, await join(mike))[1].preset == "group_call_host"
    direct = scene.person("mike", scene.slack.direct(mike.user.id).id)
    await direct.types("/session join weekly")
    assert place_of(scene, url_in(direct, direct.last))[1].preset == "group_call_host"
    await alice.types("/session hosts remove <@U0MIKE0001>")
    await direct.types("/session join weekly")
    assert place_of(scene, url_in(direct, direct.last))[1].preset == "group_call_participant"
