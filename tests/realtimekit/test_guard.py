"""What stands before each call: hangs are not waited for over and over, and the account's limit is kept together."""

import pytest
from pydantic import SecretStr

from bot.realtimekit.errors import Failing, RateLimited
from bot.realtimekit.guard import ACCOUNT_CALLS, BACKGROUND, HANGS, OURS, PROBE_SECONDS, Guard
from bot.store.calls import Calls
from bot.store.engine import Database


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(guard: Guard, *, hung: bool, background: bool = False) -> None:
    guard.before("active_session", background=background)
    guard.after(hung=hung)


def test_after_some_hangs_in_a_row_nobody_waits_for_the_next_but_one_who_looks_whether_it_is_over() -> None:
    clock = Time()
    guard = Guard(clock)
    for _ in range(HANGS):
        ask(guard, hung=True)
    for _ in range(100):
        with pytest.raises(Failing):
            ask(guard, hung=False)
    clock.now += PROBE_SECONDS
    ask(guard, hung=True)
    with pytest.raises(Failing):
        ask(guard, hung=False)
    clock.now += PROBE_SECONDS
    ask(guard, hung=False)
    for _ in range(100):
        ask(guard, hung=False)


def test_a_hang_now_and_then_holds_nobody_back() -> None:
    guard = Guard(Time())
    for _ in range(100):
        for _ in range(HANGS - 1):
            ask(guard, hung=True)
        ask(guard, hung=False)


def test_what_nobody_waits_for_ends_before_what_people_wait_for() -> None:
    guard = Guard(Time())
    for _ in range(int(ACCOUNT_CALLS * BACKGROUND)):
        ask(guard, hung=False, background=True)
    with pytest.raises(RateLimited):
        ask(guard, hung=False, background=True)
    for _ in range(int(ACCOUNT_CALLS * (OURS - BACKGROUND))):
        ask(guard, hung=False)
    with pytest.raises(RateLimited) as refused:
        ask(guard, hung=False)
    assert refused.value.retry_after == 30


@pytest.mark.databases
async def test_processes_count_together(database_url: str) -> None:
    one, other = Database(SecretStr(database_url)), Database(SecretStr(database_url))
    guards = Guard(Time()), Guard(Time())
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
