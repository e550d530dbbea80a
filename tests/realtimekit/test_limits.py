"""What stands before each call: hangs are not waited for over and over, and the account's limit is kept together."""

import pytest
from pydantic import SecretStr

from bot.realtimekit.errors import CircuitOpen, RateLimited
from bot.realtimekit.limits import (
    ACCOUNT_CALLS,
    MAX_BACKGROUND_SHARE,
    MAX_HOLD_FOR_PEOPLE,
    MAX_SHARE,
    MAX_TIMEOUTS,
    PACE,
    WINDOW,
    Limits,
)
from bot.store.calls import Calls
from bot.store.engine import Database


def call(limits: Limits, *, timed_out: bool, background: bool = False) -> None:
    limits.before("active_session", background=background)
    limits.after(timed_out=timed_out)


def test_after_some_hangs_in_a_row_one_call_at_a_time_finds_out_whether_it_is_over() -> None:
    limits = Limits()
    for _ in range(MAX_TIMEOUTS):
        call(limits, timed_out=True)
    for over in (False, False, True):
        limits.before("active_session", background=False)
        for _ in range(100):
            with pytest.raises(CircuitOpen):
                limits.before("active_session", background=False)
        limits.after(timed_out=not over)
    for _ in range(100):
        limits.before("active_session", background=False)


def test_a_call_that_was_cut_off_says_nothing_of_the_api() -> None:
    limits = Limits()
    for _ in range(MAX_TIMEOUTS):
        call(limits, timed_out=True)
    limits.before("active_session", background=False)
    limits.after(timed_out=None)
    limits.before("active_session", background=False)
    with pytest.raises(CircuitOpen):
        limits.before("active_session", background=False)


def test_a_hang_now_and_then_holds_nobody_back() -> None:
    limits = Limits()
    for _ in range(100):
        for _ in range(MAX_TIMEOUTS - 1):
            call(limits, timed_out=True)
        call(limits, timed_out=False)


def test_what_nobody_waits_for_ends_before_what_people_wait_for() -> None:
    limits = Limits()
    for _ in range(int(ACCOUNT_CALLS * MAX_BACKGROUND_SHARE)):
        call(limits, timed_out=False)
    with pytest.raises(RateLimited):
        call(limits, timed_out=False, background=True)
    for _ in range(int(ACCOUNT_CALLS * (MAX_SHARE - MAX_BACKGROUND_SHARE))):
        call(limits, timed_out=False)
    with pytest.raises(RateLimited) as refused:
        call(limits, timed_out=False)
    assert refused.value.retry_after == 30


def test_what_nobody_waits_for_is_spread_over_the_minutes() -> None:
    now = 0.0
    limits = Limits(clock=lambda: now)
    for minute in range(4):
        now, made = minute * PACE, 0
        while limits.budget.available(background=True):
            call(limits, timed_out=False, background=True)
            made += 1
        assert made == ACCOUNT_CALLS * MAX_BACKGROUND_SHARE * PACE / WINDOW
        assert limits.budget.available(background=False) > 1000


def test_after_too_many_requests_people_try_now_and_then_and_what_nobody_waits_for_keeps_to_what_was_said() -> None:
    now = 0.0
    limits = Limits(clock=lambda: now)
    limits.budget.hold(120)
    for background in (False, True):
        with pytest.raises(RateLimited) as refused:
            limits.before("active_session", background=background)
        assert refused.value.retry_after == 120
    now = MAX_HOLD_FOR_PEOPLE
    limits.before("active_session", background=False)
    limits.budget.hold(100)
    with pytest.raises(RateLimited):
        limits.before("active_session", background=False)
    now = 101.9
    limits.before("active_session", background=False)
    with pytest.raises(RateLimited):
        limits.before("active_session", background=True)
    now = 102.0
    limits.before("active_session", background=True)


@pytest.mark.databases
async def test_processes_count_together(database_url: str) -> None:
    one, other = Database(SecretStr(database_url)), Database(SecretStr(database_url))
    processes = Limits(), Limits()
    for _ in range(int(ACCOUNT_CALLS * MAX_SHARE / 2)):
        for limits in processes:
            call(limits, timed_out=False)
    await processes[0].share(Calls(one).add)
    await processes[1].share(Calls(other).add)
    await processes[0].share(Calls(one).add)
    for limits in processes:
        with pytest.raises(RateLimited):
            call(limits, timed_out=False)
    await one.close()
    await other.close()


class Away(Exception):
    """The database does not answer."""

    def __init__(self, *, booked: bool) -> None:
        super().__init__()
        self.may_have_happened = booked


@pytest.mark.parametrize("booked", [False, True])
async def test_calls_are_booked_once_however_the_database_fails(booked: bool) -> None:
    counted: list[int] = []
    fails = True

    async def add(number: int) -> int:
        if booked or not fails:
            counted.append(number)
        if fails:
            raise Away(booked=booked)
        return sum(counted)

    limits = Limits()
    for _ in range(7):
        call(limits, timed_out=False)
    with pytest.raises(Away):
        await limits.share(add)
    fails = False
    call(limits, timed_out=False)
    await limits.share(add)
    assert sum(counted) == 8
    assert limits.budget.used == 8


async def test_calls_are_forgotten_after_five_minutes_also_while_the_database_is_away() -> None:
    now = 0.0
    limits = Limits(clock=lambda: now)
    for _ in range(int(ACCOUNT_CALLS * MAX_SHARE)):
        call(limits, timed_out=False)
    with pytest.raises(RateLimited):
        call(limits, timed_out=False)
    now = 301.0
    call(limits, timed_out=False)

    async def add(number: int) -> int:
        return 3000 + number

    await limits.share(add)
    assert limits.budget.used == 3001
    now = 700.0
    assert limits.budget.used == 0
