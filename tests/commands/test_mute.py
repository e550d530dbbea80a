import pytest

from bot.store.records import State
from bot.web import USHER
from sandbox.faults import Fault
from sandbox.world import Participant
from tests.scene import Actor, Scene


def muted(scene: Scene) -> list[str | None]:
    session = scene.standup.live()
    assert session
    return [peer.participant.name for peer in session.present() if peer.muted]


async def test_those_who_are_named_are_muted_and_nobody_else(alice: Actor, scene: Scene) -> None:
    await alice.types('/session mute Ada "Grace Hopper"')
    assert muted(scene) == ["Ada Lovelace", "Grace Hopper"]
    assert "@alice muted Ada Lovelace and Grace Hopper in *Weekly standup*." in alice.screen


async def test_everyone_is_muted_and_may_unmute_unless_held(alice: Actor, scene: Scene) -> None:
    await alice.types("/session mute all")
    assert (len(muted(scene)), scene.standup.held) == (3, False)
    assert "muted 3 people in *Weekly standup*. They can unmute themselves." in alice.screen
    await alice.types("/session mute all --hold")
    assert scene.standup.held
    assert "They can't unmute until a host allows it" in alice.screen


async def test_by_mention_and_into_the_history(alice: Actor, scene: Scene) -> None:
    await alice.types("/session mute <@U0GRACE001>")
    assert muted(scene) == ["Grace Hopper"]
    await alice.types("/session history")
    assert "@alice muted Grace Hopper in *Weekly standup*" in alice.screen


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Who should I mute?"),
        ("Zebedee", "No one in the meeting matches “Zebedee”."),
        ("Ada --hold", "`--hold` only works with `all`"),
        ("all --loudly", "Unknown option `--loudly`."),
    ],
)
async def test_what_is_missing_or_wrong_is_said_and_nobody_is_muted(
    alice: Actor, scene: Scene, words: str, said: str
) -> None:
    await alice.types(f"/session mute {words}")
    assert said in alice.screen
    assert muted(scene) == []


async def test_an_ambiguous_name_mutes_nobody_and_names_those_who_are_meant(alice: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("Ada Byron", "byron"))
    await alice.types("/session mute Ada")
    assert "More than one person matches “Ada”: Ada Byron and Ada Lovelace. Pick the right one below." in alice.screen
    assert muted(scene) == []


async def test_a_failure_in_between_is_tried_again_since_twice_does_no_harm(alice: Actor, scene: Scene) -> None:
    scene.realtimekit.faults["mute"] = Fault("reset_after", times=1)
    await alice.types("/session mute Ada")
    assert muted(scene) == ["Ada Lovelace"]
    assert len(scene.realtimekit.calls("mute")) == 2


async def test_where_one_of_several_has_left_the_others_are_muted_and_it_says_so(alice: Actor, scene: Scene) -> None:
    gone = '{"success":false,"error":{"code":404,"message":"No user found with id x"}}'
    scene.realtimekit.faults["mute"] = Fault("status", 404, body=gone, times=2)
    await alice.types("/session mute Ada Grace")
    assert "Ada Lovelace couldn't be muted." in alice.screen  # she is still in, whatever the API says
    await alice.types("/session who")
    scene.standup.leave(scene.standup.participants[0])
    await alice.types('/session mute "Ada Lovelace" Grace')
    assert "@alice muted Grace Hopper in *Weekly standup*." in alice.screen
    assert "Ada Lovelace already left." in alice.screen


async def test_all_in_quotes_is_somebody_s_name(alice: Actor, scene: Scene) -> None:
    scene.standup.join(Participant("All", "all-of-us"))
    await alice.types('/session mute "all"')
    assert muted(scene) == ["All"]


async def test_who_was_muted_before_a_failure_is_said_to_be_and_the_journal_agrees(alice: Actor, scene: Scene) -> None:
    gone = '{"success":false,"error":{"code":404,"message":"No user found with id x"}}'
    answers = iter(
        [
            Fault("status", 404, body=gone),  # all of them at once
            None,  # Ada
            Fault("status", 429, headers={"Retry-After": "60"}),  # Grace
            Fault("status", 404, body=gone),  # Alan
        ]
    )

    class Each(dict[str, Fault]):
        def get(self, name: str, default: object = None) -> Fault | None:  # type: ignore[override]
            return next(answers) if name == "mute" else None

    scene.realtimekit.faults = Each()
    await alice.types("/session mute ada grace alan")
    assert muted(scene) == ["Ada Lovelace"]
    assert "@alice muted Ada Lovelace in *Weekly standup*." in alice.screen
    assert "Grace Hopper and Alan Turing couldn't be muted." in alice.screen
    (entry,) = await scene.on.bot[USHER].store.journal.page(alice.channel.id, offset=0, limit=9)
    assert (entry.state, entry.people, entry.outcome) == (State.PARTLY, ("Ada Lovelace",), "1 muted, 2 not muted")
    assert "Try again" not in alice.screen
