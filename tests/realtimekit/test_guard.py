"""What stands before each call: hangs are not waited for over and over, and the account's limit is kept together."""

import pytest
from pydantic import SecretStr

from bot.realtimekit.errors import Failing, RateLimited
from bot.realtimekit.guard import ACCOUNT_CALLS, BACKGROUND, HANGS, OURS, PATIENCE, Guard
from bot.store.calls import Calls
from bot.store.engine import Database


def ask(guard: Guard, *, hung: bool, background: bool = False) -> None:
    guard.before("active_session", background=background)
    guard.after(hung=hung)


def test_after_some_hangs_in_a_row_one_call_at_a_time_finds_out_whether_it_is_over() -> None:
    guard = Guard()
    for _ in range(HANGS):
        ask(guard, hung=True)
    for over in (False, False, True):
        guard.before("active_session", background=False)
        for _ in range(100):
            with pytest.raises(Failing):
                guard.before("active_session", background=False)
        guard.after(hung=not over)
    for _ in range(100):
        guard.before("active_session", background=False)


def test_a_call_that_was_cut_off_says_nothing_of_the_api() -> None:
    guard = Guard()
    for _ in range(HANGS):
        ask(guard, hung=True)
    guard.before("active_session", background=False)
    guard.after(hung=None)
    guard.before("active_session", background=False)
    with pytest.raises(Failing):
        guard.before("active_session", background=False)


def test_a_hang_now_and_then_holds_nobody_back() -> None:
    guard = Guard()
    for _ in range(100):
        for _ in range(HANGS - 1):
            ask(guard, hung=True)
        ask(guard, hung=False)


def test_what_nobody_waits_for_ends_before_what_people_wait_for() -> None:
    guard = Guard()
    for _ in range(int(ACCOUNT_CALLS * BACKGROUND)):
        ask(guard, hung=False, background=True)
    with pytest.raises(RateLimited):
        ask(guard, hung=False, background=True)
    for _ in range(int(ACCOUNT_CALLS * (OURS - BACKGROUND))):
        ask(guard, hung=False)
    with pytest.raises(RateLimited) as refused:
        ask(guard, hung=False)
    assert refused.value.retry_after == 30


def test_after_too_many_requests_people_try_now_and_then_and_what_nobody_waits_for_keeps_to_what_was_said() -> None:
    now = 0.0
    guard = Guard(clock=lambda: now)
    guard.refused(120)
    for background in (False, True):
        with pytest.raises(RateLimited) as refused:
            guard.before("active_session", background=background)
        assert refused.value.retry_after == 120
    now = PATIENCE
    guard.before("active_session", background=False)
    guard.refused(100)
    with pytest.raises(RateLimited):
        guard.before("active_session", background=False)
    now = 101.9
    guard.before("active_session", background=False)
    with pytest.raises(RateLimited):
        guard.before("active_session", background=True)
    now = 102.0
    guard.before("active_session", background=True)


@pytest.mark.databases
async def test_processes_count_together(database_url: str) -> None:
    one, other = Database(SecretStr(database_url)), Database(SecretStr(database_url))
    guards = Guard(), Guard()
    for _ in range(int(ACCOUNT_CALLS * OURS / 2)):
        for guard in guards:
            ask(guard, hung=False)
    await guards[0].share(Calls(one).add)
    await guards[1].share(Calls(other).add)
    await guards[0].share(Calls(one).add)
    for guard in guards:
        with pytest.raises(RateLimited):
            ask(guard, hung=False)
    await one.close()
    await other.close()
