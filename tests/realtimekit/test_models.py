from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.models import Meeting, PeerRow, Poll, Session, SessionStatus, present
from bot.realtimekit.reported import Reported

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = (
    *("id", "associated_id", "meeting_display_name", "type", "status", "live_participants", "minutes_consumed"),
    *("started_at", "ended_at", "breakout_rooms", "user_id", "display_name", "left_at", "joined_at", "options"),
    *("question", "anonymous", "name", "email", "picture", "custom_participant_id"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_field_of_any_type_breaks_a_model(data: dict[str, Any]) -> None:
    Session.model_validate(data)
    Poll.model_validate(data)
    Reported.model_validate(data)
    present([PeerRow.model_validate(data)])
    Meeting.model_validate(data | {"id": "m"})


def test_cloudflare_s_published_example_is_read() -> None:
    session = Session.model_validate(
        {
            "associated_id": "6bf2b8be-04dd-4191-b602-1128921a306b",
            "created_at": "2022-01-12T14:21:34.398Z",
            "ended_at": "null",
            "id": "813432c7-3c5a-45e2-9acf-eef7061c7584",
            "live_participants": 1,
            "max_concurrent_participants": 2,
            "minutes_consumed": 2.3434,
            "started_at": "2022-01-12T14:21:34.388Z",
            "status": "LIVE",
            "type": "meeting",
            "updated_at": "2022-01-12T14:26:00.784Z",
        }
    )
    assert (session.title, session.people, session.peak, session.ended_at) == (None, 1, 2, None)
    assert session.status is SessionStatus.LIVE


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-01-12T14:21:34.388Z", datetime(2022, 1, 12, 14, 21, 34, 388_000, UTC)),
        ("2022-01-12T14:21:34.38Z", datetime(2022, 1, 12, 14, 21, 34, 380_000, UTC)),
        ('2022-01-12T14:21:34.388Z"', datetime(2022, 1, 12, 14, 21, 34, 388_000, UTC)),
        ("2022-01-12T14:21:34", datetime(2022, 1, 12, 14, 21, 34, 0, UTC)),
        ("2022-01-12T16:21:34+02:00", datetime(2022, 1, 12, 14, 21, 34, 0, UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("null", None),
        ("", None),
        ("yesterday", None),
        (None, None),
        (17, None),
    ],
)
def test_times_are_read_as_the_platform_writes_them(text: object, moment: datetime | None) -> None:
    assert Session.model_validate({"started_at": text}).started_at == moment


@pytest.mark.parametrize(
    ("value", "count"),
    [(3, 3), (3.0, 3), ("3", 3), ("x", None), (None, None), (-1, None), (10**400, None), ("inf", None)],
)
def test_counts_come_as_numbers_fractions_or_texts(value: object, count: int | None) -> None:
    assert Session.model_validate({"live_participants": value}).people == count


def test_an_unknown_word_is_unknown() -> None:
    assert Session.model_validate({"status": "PAUSED"}).status is SessionStatus.UNKNOWN


def row(**fields: Any) -> PeerRow:
    return PeerRow.model_validate(fields)


def test_two_devices_of_one_person_are_one_person() -> None:
    rows = [row(id="p2", user_id="u", display_name="Tab"), row(id="p1", user_id="u", display_name="Tab")]
    (person,) = present(rows)
    assert (person.key, person.user_id, person.peer_ids) == ("peer:u", "u", ("p2", "p1"))


@pytest.mark.parametrize("left_at", [None, "", "null"])
def test_who_has_no_leaving_time_is_in(left_at: object) -> None:
    assert len(present([row(id="p", user_id="u", left_at=left_at)])) == 1


def test_who_left_with_one_device_and_not_with_the_other_is_in() -> None:
    gone = row(id="p1", user_id="u", left_at="2022-01-12T14:21:34Z", joined_at="2022-01-12T14:00:00Z")
    here = row(id="p2", user_id="u", joined_at="2022-01-12T14:10:00Z")
    (person,) = present([gone, here])
    assert person.joined_at == datetime(2022, 1, 12, 14, 10, tzinfo=UTC)
    assert present([gone]) == ()


def test_people_without_a_user_id_are_told_apart_by_what_there_is() -> None:
    keys = [person.key for person in present([row(id="p1", custom_participant_id="c"), row(id="p2"), row(id="p3")])]
    assert keys == ["custom:c", "peer:p2", "peer:p3"]
