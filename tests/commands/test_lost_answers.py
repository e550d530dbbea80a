"""After an uncertain call nothing but a consistent answer proves that it took effect."""

import json

import pytest

from bot.store.records import State
from bot.web import USHER
from sandbox.faults import Fault
from tests.scene import Actor, Scene

GATEWAY = {"success": False, "errors": [{"code": 7003, "message": "Could not route to /accounts/x"}], "messages": []}
NO_SESSION = {"success": False, "error": {"code": 404, "message": "No active session found for meeting_id x"}}
EMPTY = {"success": True, "data": {"participants": [], "sessions": []}, "paging": {"total_count": 0}}
HALF = {"success": True, "data": {"participants": [{}], "sessions": [{}]}}
ANSWERS = {
    "gateway 404": Fault("status", 404, json.dumps(GATEWAY)),
    "html 404": Fault("status", 404, "<html>Not Found</html>", content_type="text/html"),
    "no session": Fault("status", 404, json.dumps(NO_SESSION)),
    "500": Fault("status", 500),
    "html 200": Fault("status", 200, "<html>Welcome</html>", content_type="text/html"),
    "empty list": Fault("status", 200, json.dumps(EMPTY)),
    "no list": Fault("status", 200, '{"success":true,"data":{}}'),
    "half a row": Fault("status", 200, json.dumps(HALF)),
    "null": Fault("status", 200, "null"),
    "nothing": Fault("status", 200, ""),
}
READS = ("active_session", "session_participants", "sessions")
DEEDS = {"kick": "/kick Ada Grace", "kick_all": "/session end"}


async def does(alice: Actor, deed: str) -> None:
    await alice.types(DEEDS[deed])
    if alice.modal:
        await alice.submits()


async def state_of_last(alice: Actor, scene: Scene) -> State:
    (entry, *_) = await scene.on.bot[USHER].store.journal.page(alice.channel.id, offset=0, limit=1)
    return entry.state


def break_reads_after(scene: Scene, deed: str, reads: tuple[str, ...], answer: Fault, lost: Fault) -> None:
    """Lose the answer to the deed; from then on these reads answer so."""
    seen = scene.realtimekit.calls

    class Later(dict[str, Fault]):
        def get(self, name: str, default: object = None) -> Fault | None:  # type: ignore[override]
            if name == deed:
                return lost
            return answer if name in reads and seen(deed) else None

    scene.realtimekit.faults = Later()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("read", [*READS, "all"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_what_was_not_done_is_never_said_to_be_whatever_the_reads_answer(
    alice: Actor, scene: Scene, deed: str, read: str, answer: str
) -> None:
    break_reads_after(scene, deed, READS if read == "all" else (read,), ANSWERS[answer], Fault("reset"))
    await does(alice, deed)
    assert len(scene.standup.names()) == 3
    assert "can't tell if" in alice.screen
    assert "removed *" not in alice.screen
    assert "removed everyone" not in alice.screen
    assert "Try again" not in alice.screen
    assert await state_of_last(alice, scene) is State.UNKNOWN


@pytest.mark.parametrize("deed", DEEDS)
async def test_what_was_done_is_found_to_be_by_reads_that_agree(alice: Actor, scene: Scene, deed: str) -> None:
    scene.realtimekit.faults[deed] = Fault("reset_after")
    await does(alice, deed)
    assert len(scene.standup.names()) == (1 if deed == "kick" else 0)
    assert "may or may not" not in alice.screen
    assert await state_of_last(alice, scene) is State.DONE
