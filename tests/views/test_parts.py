from datetime import timedelta

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.models import Person
from bot.sanitize import json_object
from bot.views import parts
from sandbox.limits import check_message


@given(text=st.text(max_size=300), limit=st.integers(2, 200))
def test_a_cut_text_fits_and_ends_in_an_ellipsis_on_a_whole_character(text: str, limit: int) -> None:
    cut = parts.truncate(text, limit)
    assert len(cut) <= limit
    if len(text) <= limit:
        assert cut == text
    else:
        kept = cut.removesuffix("…")
        assert cut.endswith("…")
        assert text.startswith(kept)
        whole = regex.findall(r"\X", text)
        assert any("".join(whole[:number]).rstrip() == kept for number in range(len(whole) + 1))


def test_a_family_is_not_torn_apart() -> None:
    assert parts.truncate("👩‍👩‍👧‍👦" * 3, 10) == "👩‍👩‍👧‍👦…"


@given(st.text(max_size=500))
def test_any_text_from_outside_passes_slack_s_limits_and_pings_nobody(text: str) -> None:
    shown = parts.safe(text)
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == parts.truncate(
        parts.single_line(text), 150
    )
    if regex.search("&(amp|lt|gt);", text):
        return  # escaped once, as was seen above, it looks to the stand-in as if it had been escaped twice
    blocks = [parts.header(text), parts.section(f"*{parts.safe(text)}* "), parts.plain_context_block(text)]
    check_message({"text": f"x {parts.safe(text)}", "blocks": [block.to_dict() for block in parts.present(blocks)]})


@given(st.text(max_size=200))
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    escaped = parts.escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_what_turns_the_reading_direction_around_is_taken_out() -> None:
    assert parts.single_line("\u202eevil\u2066 txt\x00\nb") == "evil txt b"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "under a minute"),
        (1, "1 min"),
        (59, "59 min"),
        (65, "1 hr 5 min"),
        (1440, "1 day 0 hr"),
        (-5, "under a minute"),
    ],
)
def test_spans_read_as_people_say_them(minutes: int, text: str) -> None:
    assert parts.duration(timedelta(minutes=minutes)) == text


def test_lists_read_as_people_say_them() -> None:
    assert parts.join_names([]) == ""
    assert parts.join_names(["Ada"]) == "Ada"
    assert parts.join_names(["Ada", "Grace"]) == "Ada and Grace"
    assert parts.join_names(["Ada", "Grace", "Alan"], limit=2) == "Ada, Grace and 1 more"
    assert parts.join_names(["Ada"], total=5) == "Ada and 4 more"


def test_what_does_not_fit_into_a_button_is_not_cut_but_left_out() -> None:
    assert parts.encode({"q": "x" * 1990}) is not None
    assert parts.encode({"q": "x" * 2000}) is None
    assert json_object("[1]") == {}
    assert json_object("{") == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mallory* · Host · *", "Mallory\u2217 - Host - \u2217"),
        ("_Ada_ ~Byron~ `x`", "\uff3fAda\uff3f \u223cByron\u223c 'x'"),
        (":crown: Ada :+1:", "\ua789crown: Ada \ua789+1:"),
        ("ada_lovelace 12:30", "ada_lovelace 12:30"),
        ("Zoë O\u2019Hara 🚀", "Zoë O\u2019Hara 🚀"),
    ],
)
def test_a_name_can_neither_format_nor_pose_as_a_part_of_its_line(name: str, shown: str) -> None:
    assert parts.display_name(Person(key="k", name=name)) == shown


def test_a_name_that_is_missing_shows_no_custom_id() -> None:
    assert parts.display_name(Person(key="custom:ada@people.example", custom_id="ada@people.example")) == ("Unnamed")
