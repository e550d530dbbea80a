"""A word when people are in a meeting without a host: once for each time, and no call beyond the live look."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.live.hosts import Hosting, hosting
from bot.live.plan import Interest, MeetingState, Retire, WarnNoHost, plan
from bot.live.result import UpdateResult
from bot.realtimekit.models import PeerRow, Session
from bot.store.records import Card, CardKind, CardState, Link
from bot.web import USHER
from sandbox.slack import SlackFault
from sandbox.world import Participant
from tests.scene import REFUSED, Actor, Scene

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MEETING = "bbb00000-0000-4000-8000-000000000001"
LINK = Link("C1", MEETING, "Standup", "U1", NOON, no_host=5)


def row(name: str, joined: float, left: float | None = None) -> PeerRow:
    """Someone who came and went, in minutes after noon; `Host` is one."""

    def at(minute: float) -> str:
        return (NOON + timedelta(minutes=minute)).isoformat()

    given = {"id": f"{name}{joined}", "custom_participant_id": name, "display_name": name, "joined_at": at(joined)}
    return PeerRow.model_validate(given | ({"left_at": at(left)} if left is not None else {}))


def is_host(one: PeerRow) -> bool:
    return one.name == "Host"


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Hosting()),
        ([row("Ada", 0), row("Host", 3)], Hosting(host="Host", host_since=minute(3), waiting=2)),
        ([row("Ada", 2), row("Bob", 4)], Hosting(since=minute(2), waiting=2)),
        ([row("Ada", 0), row("Host", 1, 6)], Hosting(since=minute(6), waiting=1)),
        ([row("Ada", 0, 2), row("Bob", 1, 5), row("Eve", 4)], Hosting(since=minute(0), waiting=1)),
        ([row("Ada", 0, 2), row("Eve", 4)], Hosting(since=minute(4), waiting=1)),
        ([row("Ada", 0, 3)], Hosting()),
        ([row("Ada", 0), row("Ada", 1)], Hosting(since=minute(0), waiting=1)),
    ],
)
def test_it_counts_from_the_first_of_those_who_are_in_or_from_when_the_last_host_left(
    rows: list[PeerRow], expected: Hosting
) -> None:
    assert hosting(rows, is_host, minute(10)) == expected


def test_hosts_and_guests_coming_and_going_500_times_are_warned_of_once_for_each_stretch() -> None:
    dice = random.Random(3)  # noqa: S311 - the same each time
    session = Session.model_validate({"id": "s1", "status": "LIVE", "started_at": NOON.isoformat()})
    rows: list[PeerRow] = [row("Ada", 0)]
    cards: list[Card] = []
    warned, stretches, led = [], 0, True
    for number in range(1, 501):
        name = dice.choice(["Host", "Bob", "Eve"])
        inside = next((one for one in rows if one.name == name and one.left_at is None), None)
        if inside:
            rows[rows.index(inside)] = inside.model_copy(update={"left_at": minute(number)})
        else:
            rows.append(row(name, number))
        found = hosting(rows, is_host, minute(number))
        stretches += led and found.since is not None
        led = found.since is None
        for _ in range(2):  # a second look changes nothing
            interest = Interest(MEETING, (), (), tuple(cards), {}, (LINK,))
            for step in plan(MeetingState(interest, session, rows, (), minute(number), hosting={"C1": found})):
                if isinstance(step, WarnNoHost):
                    warned.append(step.since)
                    cards.append(
                        Card("1", "C1", MEETING, "s1", CardKind.NO_HOST, CardState.LIVE, None, None, "1.2", "", NOON)
                    )
                if isinstance(step, Retire):
                    cards.clear()
    assert len(set(warned)) == len(warned)
    assert 3 < len(warned) <= stretches


@pytest.mark.parametrize(("minutes", "warns"), [(4.9, False), (5, True), (90, True)])
def test_it_is_said_after_the_minutes_that_were_chosen(minutes: float, warns: bool) -> None:
    session = Session.model_validate({"id": "s1", "status": "LIVE", "started_at": NOON.isoformat()})
    found = hosting([row("Ada", 0)], is_host, minute(minutes))
    interest = Interest(MEETING, (), (), (), {}, (LINK,))
    state = MeetingState(interest, session, [row("Ada", 0)], (), minute(minutes), hosting={"C1": found})
    assert any(isinstance(step, WarnNoHost) for step in plan(state)) is warns
    assert not any(isinstance(step, WarnNoHost) for step in plan(replace(state, hosting={})))


async def test_the_channel_s_hosts_are_mentioned_once_and_the_message_says_who_came(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use weekly")
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session notices no-host 1")
    assert "I'll post here if people are in *Weekly standup* for 1 minute without a host." in alice.screen
    await scene.settled()
    assert "There's no host in" not in alice.screen
    old = Participant("Early Bird", "early")
    scene.standup.join(old)
    for peer in scene.standup.sessions[-1].peers:
        if peer.participant.preset == "group_call_host":
            peer.left_at = peer.joined_at + (peer.joined_at - peer.joined_at)
    scene.standup.join(Participant("Late Bird", "late"))
    await scene.settled()
    (warning,) = [one for one in scene.public() if "There's no host in *Weekly standup*." in alice.read(one)]
    assert "@mike" in alice.read(warning)
    scene.standup.join(Participant("One More", "more"))
    await scene.settled()
    assert len([one for one in scene.public() if "There's no host in" in alice.read(one)]) == 1
    scene.standup.join(Participant("Hilda", "hilda", preset="group_call_host"))
    await scene.settled()
    assert "*Hilda* joined *Weekly standup* as a host." in alice.read(warning)


async def test_someone_who_joined_from_slack_and_became_a_host_leads(alice: Actor, scene: Scene) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use quiet")
    await alice.types("/session hosts add <@U0MIKE0001>")
    await alice.types("/session notices no-host 1")
    mike = Participant("mike", "slack-T0SANDBOX1-U0MIKE0001")
    scene.quiet.join(mike, timedelta(minutes=9))
    scene.quiet.join(Participant("Ada", "ada"), timedelta(minutes=9))
    await scene.settled()
    assert "There's no host in" not in alice.screen
    scene.quiet.leave(mike)
    scene.quiet.end()
    await scene.settled()
    assert "There's no host in" not in alice.screen


@pytest.mark.parametrize("words", ["no-host 0.5", "no-host 121", "no-host soon", "nohost -1"])
async def test_minutes_that_are_none_are_refused(alice: Actor, words: str) -> None:
    await alice.types("/session use weekly")
    await alice.types(f"/session notices {words}")
    assert "Enter the number of minutes, 1 to 120, or `off`." in alice.screen


async def test_it_can_be_turned_off_and_is_shown(alice: Actor, mike: Actor) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session notices no host 5 min")
    await alice.types("/session notices")
    assert "for 5 minutes without a host" in alice.read(alice.last)
    await alice.types("/session notices no-host off")
    assert "I won't post if people are in *Weekly standup* without a host." in alice.screen
    await mike.types("/session notices no-host 5")
    assert REFUSED.search(mike.screen)


async def test_a_modal_chooses_both_at_once(alice: Actor, scene: Scene) -> None:
    await alice.types("/session use weekly")
    await alice.types("/session notices")
    await alice.clicks(alice.last, "Change…")
    view = alice.modal
    alice.fills("Warn after this many minutes without a host", "500")
    await alice.submits()
    assert alice.modal is view
    alice.fills("Warn after this many minutes without a host", "10")
    await alice.picks("Starts and ends", "When the meeting starts and ends")
    await alice.submits()
    said = alice.read(scene.public()[-1])
    assert "I'll post here when *Weekly standup* starts, and update that message when it ends." in said
    assert "for 10 minutes without a host." in said
    await alice.types("/session notices off")
    await alice.types("/session notices")
    assert "for 10 minutes without a host." in alice.read(alice.last)


async def test_a_host_on_a_page_that_was_not_read_is_not_missed(scene: Scene) -> None:
    watcher, now = scene.on.bot[USHER].scheduler.updater.host_watcher, minute(60)
    crowd = [row(f"P{number}", number).model_copy(update={"preset": "guest"}) for number in range(30)]
    for rows, partial, found in (
        (crowd, True, []),
        (crowd, False, ["C1"]),
        ([*crowd, row("No role", 3)], False, []),
        ([*crowd, row("Hilda", 0).model_copy(update={"preset": "group_call_host"})], True, ["C1"]),
    ):
        assert [*(await watcher.read([LINK], rows, now, UpdateResult(partial=partial)))] == found


async def test_who_may_be_a_host_by_a_group_that_slack_does_not_tell_of_is_not_missed(
    alice: Actor, scene: Scene
) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use quiet")
    await alice.types("/session hosts add <!subteam^S0HOSTS001> <@U0MIKE0001>")
    await alice.types("/session notices no-host 1")
    scene.on.bot[USHER].directory.group.cache_clear()
    scene.slack.faults["usergroups.users.list"] = SlackFault("internal_error")
    scene.quiet.join(Participant("max", "slack-T0SANDBOX1-U0MAXMAX01"), timedelta(minutes=9))
    await scene.idle()
    await scene.until(lambda: "usergroups.users.list" in scene.slack.calls)
    await scene.idle()
    assert "There's no host in" not in alice.screen


@pytest.mark.parametrize(
    ("typed", "leave", "said"),
    [
        ("/session use weekly", False, "There was no host in *Quiet room*. This channel no longer gets these notices."),
        ("/session notices no-host off", False, "There was no host in *Quiet room*. This channel no longer gets"),
        ("", True, "Everyone left *Quiet room* before I saw a host join."),
    ],
)
async def test_a_warning_that_nobody_waits_for_any_more_ends(
    alice: Actor, scene: Scene, typed: str, leave: bool, said: str
) -> None:
    scene.on.connect_webhooks()
    await alice.types("/session use quiet")
    await alice.types("/session notices no-host 1")
    early = Participant("Early", "early")
    scene.quiet.join(early, timedelta(minutes=9))
    await scene.settled()
    warning = next(one for one in scene.public() if "There's no host in" in alice.read(one))
    if typed:
        await alice.types(typed)
    if leave:
        scene.quiet.leave(early)
    await scene.on.bot[USHER].scheduler.refresh_soon(scene.quiet.id)
    await scene.settled()
    assert said in alice.read(warning)
