from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands.parsing import split
from bot.slack.text import visible_text

ODD = st.text(alphabet=st.sampled_from(list("ab \t\n\"“”„«»'’—–-<>@#!|&;\\\u202e🚀")), max_size=60)


@given(text=st.text(max_size=200) | ODD)
@example(text="<" * 500)
@example(text='"' * 500)
@example(text="\\" * 500 + '"')
def test_any_text_is_split_and_no_letter_is_lost(text: str) -> None:
    words = split(text)
    kept = "".join(word.raw for word in words.words)
    assert [letter for letter in kept if letter.isalnum()] == [letter for letter in text if letter.isalnum()]


@given(st.lists(st.text(alphabet="abc DEF'’?!.", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=6))
def test_quoted_parts_come_out_as_they_went_in(parts: list[str]) -> None:
    for opening, closing in ('""', "“”", "„“", "«»"):
        text = " ".join(f"{opening}{part}{closing}" for part in parts)
        assert [word.text for word in split(text).words] == parts


@given(st.text(max_size=60))
def test_what_slack_escapes_comes_out_as_it_was_typed(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert visible_text(escaped) == text


def test_mentions_links_and_channels_read_by_their_labels() -> None:
    raw = "<@U0AB|ann> <@U0AB> <#C012|general> <https://a.example/x|a.example/x> <mailto:a@b.c|a@b.c>"
    raw += " <!here> <!subteam^S1|@hosts>"
    assert visible_text(raw) == "@ann @U0AB #general a.example/x a@b.c @here @hosts"


def test_a_mention_gives_its_user_id() -> None:
    assert [word.mention for word in split("<@U0AB|max power> <@W0AB> ann").words] == ["U0AB", "W0AB", None]


def test_inches_within_a_word_are_no_quotes() -> None:
    assert [word.text for word in split('5" pipe a"b').words] == ['5"', "pipe", 'a"b']
