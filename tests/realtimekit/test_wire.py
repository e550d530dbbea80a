import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit import errors, wire
from bot.realtimekit.wire import Reply

GET = wire.ACTIVE_SESSION.call("6f2a51a0-3c1d-4b7e-9a55-0d1f6c2b8e01")
KICK = wire.KICK.call("m", body=wire.people(["u"], []))
POLL = wire.POLL.call("m", body={"question": "Q?", "options": ["a", "b"]})


def reply(status: int, body: object, **headers: str) -> Reply:
    return Reply(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def failure(call: wire.Call, status: int, body: object, **headers: str) -> errors.RealtimeKitError:
    with pytest.raises(errors.RealtimeKitError) as caught:
        wire.decode(call, reply(status, body, **headers))
    return caught.value


def test_ids_are_quoted_whatever_they_hold() -> None:
    assert wire.ACTIVE_SESSION.call("../../user/tokens").path == "meetings/..%2F..%2Fuser%2Ftokens/active-session"
    assert wire.DELETE_PARTICIPANT.call("a/b", "c?d").path == "meetings/a%2Fb/participants/c%3Fd"


def test_an_empty_list_of_ids_is_left_out() -> None:
    assert KICK.body == {"participant_ids": ["u"]}
    assert wire.people([], ["c"]) == {"custom_participant_ids": ["c"]}


def test_both_error_envelopes_are_kept_with_code_words_and_ray() -> None:
    own = failure(GET, 500, {"success": False, "error": {"code": 17, "message": "boom"}}, **{"cf-ray": "ray-1"})
    assert (own.facts.code, own.facts.message, own.facts.status, own.facts.cf_ray) == (17, "boom", 500, "ray-1")
    gateway = failure(GET, 403, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]})
    assert (gateway.facts.code, gateway.facts.message) == (10000, "Authentication error")


@pytest.mark.parametrize(
    ("call", "status", "message", "kind"),
    [
        (GET, 404, "No active session found for meeting_id x", errors.NoSession),
        (KICK, 404, "No user found with id x", errors.NoSuchParticipant),
        (KICK, 404, "No active session found", errors.NoSession),
        (KICK, 404, "Participant x not found in session", errors.NoSuchParticipant),
        (wire.MEETING.call("m"), 404, "Meeting not found", errors.NoSuchMeeting),
        (wire.PARTICIPANTS.call("s"), 404, "Session with ID s not found", errors.NoSession),
        (wire.DELETE_PARTICIPANT.call("m", "p"), 404, "Participant not found", errors.NoSuchParticipant),
        (GET, 401, "", errors.NotAuthorized),
        (GET, 403, "", errors.NotAuthorized),
        (GET, 429, "", errors.RateLimited),
        (POLL, 400, "", errors.Rejected),
        (GET, 418, "", errors.Rejected),
        (GET, 500, "", errors.Unavailable),
        (GET, 302, "", errors.Unavailable),
    ],
)
def test_each_failure_has_its_class(call: wire.Call, status: int, message: str, kind: type[Exception]) -> None:
    assert type(failure(call, status, {"success": False, "error": {"code": status, "message": message}})) is kind


def by_gateway(code: int, *chain: int) -> dict[str, object]:
    """The body of Cloudflare's gateway."""
    fault = {"code": code, "message": "x", "error_chain": [{"code": one, "message": "y"} for one in chain]}
    return {"success": False, "errors": [fault], "messages": [], "result": None}


EVERY_CALL = [
    value.call(*["x"] * value.path.count("{}")) for value in vars(wire).values() if isinstance(value, wire.Endpoint)
]


@pytest.mark.parametrize("call", EVERY_CALL, ids=lambda call: call.endpoint.name)
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, by_gateway(7003), errors.NoRoute),
        (400, by_gateway(7003), errors.NoRoute),
        (404, by_gateway(7000), errors.NoRoute),
        (404, by_gateway(1), errors.NoRoute),
        (404, b"<html>Not Found</html>", errors.NotUnderstood),
        (404, b"", errors.NotUnderstood),
        (404, {"success": False}, errors.NotUnderstood),
        (404, {"success": False, "error": "gone"}, errors.NotUnderstood),
        (400, by_gateway(6003, 6111), errors.MalformedToken),
        (400, by_gateway(6111), errors.MalformedToken),
    ],
)
def test_only_realtimekit_itself_can_say_that_something_is_gone(
    call: wire.Call, status: int, body: object, kind: type[Exception]
) -> None:
    raised = failure(call, status, body)
    assert (type(raised), raised.may_have_happened) == (kind, False)
    assert not isinstance(raised, errors.NotFound)


@pytest.mark.parametrize("row", [None, 1, "row", [], True])
def test_a_list_with_a_row_that_is_no_object_is_not_understood(row: object) -> None:
    with pytest.raises(errors.NotUnderstood):
        wire.data_page(wire.MEETINGS.call(), reply(200, {"success": True, "data": [{"id": "a"}, row]}))


@pytest.mark.parametrize(
    ("call", "status", "body", "may"),
    [
        (POLL, 500, {}, True),
        (POLL, 200, "no object", True),
        (POLL, 200, {"success": False}, False),
        (POLL, 429, {}, False),
        (POLL, 400, {}, False),
        (POLL, 401, {}, False),
        (GET, 500, {}, False),
    ],
)
def test_what_may_have_happened_is_told_apart_from_what_did_not(
    call: wire.Call, status: int, body: object, may: bool
) -> None:
    assert failure(call, status, body).may_have_happened is may


def test_reads_are_tried_again_and_what_may_have_happened_is_not() -> None:
    assert wire.may_retry(GET, failure(GET, 503, {})) is True
    assert wire.may_retry(POLL, failure(POLL, 503, {})) is False
    assert wire.may_retry(POLL, errors.Unavailable(errors.Facts("poll"))) is True
    assert wire.may_retry(GET, errors.TimedOut(errors.Facts("x"))) is False
    assert wire.may_retry(GET, ValueError()) is False


def test_a_short_retry_after_is_waited_for_and_a_long_one_is_not() -> None:
    assert wire.may_retry(POLL, failure(POLL, 429, {}, **{"retry-after": "2"})) == 2.0
    assert wire.may_retry(POLL, failure(POLL, 429, {}, **{"retry-after": "30"})) is False
    assert wire.may_retry(POLL, failure(POLL, 429, {})) is False
    for odd in ("soon", "inf", "nan", "1e999"):
        assert wire.may_retry(POLL, failure(POLL, 429, {}, **{"retry-after": odd})) is False


def test_an_empty_body_is_a_good_answer_to_a_delete_alone() -> None:
    assert wire.decode(wire.DELETE_PARTICIPANT.call("m", "p"), Reply(204, {}, b"")) == {}
    with pytest.raises(errors.NotUnderstood):
        wire.decode(GET, Reply(200, {}, b""))


def test_rows_are_found_bare_or_under_their_key() -> None:
    rows = [{"id": "a"}]
    assert wire.data_page(wire.MEETINGS.call(), reply(200, {"success": True, "data": rows})).rows == rows
    nested = reply(200, {"data": {"participants": rows}})
    assert wire.data_page(wire.PARTICIPANTS.call("s"), nested, "participants").rows == rows
    assert wire.data_page(wire.PARTICIPANTS.call("s"), reply(200, {"data": {}}), "participants").rows == []


@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_any_answer_is_decoded_or_one_of_our_errors(status: int, body: bytes) -> None:
    for call in (GET, KICK, POLL, wire.DELETE_PARTICIPANT.call("m", "p")):
        with contextlib.suppress(errors.RealtimeKitError):
            assert isinstance(wire.decode(call, Reply(status, {}, body)), dict)
