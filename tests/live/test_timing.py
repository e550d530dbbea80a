"""When a meeting is read again."""

import pytest

from bot.live.result import UpdateResult
from bot.live.timing import MAX_PROMPT_RETRIES, MIN_CALLS, Intervals
from bot.store.records import Lease

INTERVALS = Intervals()
NOW = 1000.0


def lease(quiet: int = 0, *spent: tuple[float, int]) -> Lease:
    return Lease("meeting", NOW, quiet, spent)


@pytest.mark.parametrize(
    ("quiet", "watched", "meetings", "seconds"),
    [
        (0, True, 1, 15),
        (1, True, 1, 22.5),
        (2, True, 1, 33.75),
        (4, True, 1, 55),
        (10_000, True, 1, 55),
        (0, False, 1, 15),
        (20, False, 1, 300),
        (20, True, 500, 200),
        (20, False, 500, 300),
    ],
)
def test_a_meeting_in_which_nothing_happens_is_read_ever_less_often_up_to_a_limit(
    quiet: int, watched: bool, meetings: int, seconds: float
) -> None:
    assert INTERVALS.next_update(quiet, watched=watched, meetings=meetings) == seconds


@pytest.mark.parametrize(
    ("spent", "left"), [([], 10), ([(NOW - 1, 4), (NOW - 9.9, 5)], 1), ([(NOW - 10, 4)], 10), ([(NOW, 12)], -2)]
)
def test_calls_count_for_ten_seconds(spent: list[tuple[float, int]], left: int) -> None:
    assert INTERVALS.allowed(spent, NOW) == left


CASES: dict[str, tuple[Lease, UpdateResult, bool, tuple[float, float, int, bool]]] = {
    # what came of the update: (pause, due, quiet, retry)
    "changed": (lease(3), UpdateResult(watched=True, changed=True, calls=2), False, (3, 15, 0, False)),
    "unchanged": (lease(1), UpdateResult(watched=True, calls=2), False, (3, 33.75, 2, False)),
    "partly read": (lease(5), UpdateResult(watched=True, partial=True, calls=2), False, (3, 10, 6, False)),
    "failed": (lease(0), UpdateResult(watched=True), True, (3, 22.5, 1, True)),
    "failed again": (lease(2), UpdateResult(watched=True), True, (12, 50.625, 3, True)),
    "failed for long": (lease(MAX_PROMPT_RETRIES), UpdateResult(watched=True), True, (3, 55, 5, False)),
    "not posted": (lease(9), UpdateResult(watched=True, retry=True), False, (55, 55, 10, True)),
    "Slack says when": (lease(9), UpdateResult(watched=True, retry=True, retry_after=90), False, (90, 90, 10, True)),
    "nobody cares, not posted": (lease(0), UpdateResult(wanted=False, retry=True), False, (3, 22.5, 1, True)),
    "expensive": (lease(0, (NOW - 1, 7)), UpdateResult(watched=True, calls=2), False, (10, 22.5, 1, False)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_came_of_an_update_decides_when_the_next_one_is(name: str) -> None:
    given, result, failed, expected = CASES[name]
    release = INTERVALS.release(given, result, failed=failed, meetings=1)
    assert release
    assert (release.pause, release.due, release.quiet, release.retry) == expected
    # Whatever came of it: the pause ends when the next update may make its calls.
    assert INTERVALS.allowed(release.spent, NOW + release.pause) >= MIN_CALLS


def test_a_meeting_that_nobody_cares_about_leaves_the_queue() -> None:
    assert INTERVALS.release(lease(), UpdateResult(wanted=False, calls=1), failed=False, meetings=1) is None


def test_calls_are_forgotten_after_their_window() -> None:
    release = INTERVALS.release(lease(0, (NOW - 60, 5), (NOW - 2, 1)), UpdateResult(calls=3), failed=False, meetings=1)
    assert release
    assert release.spent == [(NOW - 2, 1), (NOW, 3)]
