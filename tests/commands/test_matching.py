import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.matching import match, offered
from bot.commands.parsing import split
from bot.errors import Misused
from bot.realtimekit.models import Person

ADA = Person(key="k1", user_id="k1", custom_id="ada@people.example", name="Ada Lovelace", peer_ids=("p1",))
SAM = Person(key="k2", user_id="k2", custom_id="sam", name="Sam Smith")
SAM_TOO = Person(key="k3", user_id="k3", custom_id="sam2", name="Sam Smith")
STRASSE = Person(key="k4", user_id="k4", name="Zoë Straße")
NOBODY = Person(key="k5", user_id="k5")
EVERYONE = (ADA, SAM, SAM_TOO, STRASSE, NOBODY)


def keys(text: str) -> list[str]:
    return [person.key for person in match(split(text).words, EVERYONE, {}).clear]


def test_case_spaces_and_compatible_letters_do_not_matter() -> None:
    assert keys('"ADA   lovelace"') == ["k1"]
    assert keys("STRASSE") == ["k4"]
    assert keys("ＡＤＡ") == ["k1"]  # noqa: RUF001 - as some keyboards type


HOST, OLGA = (
    Person(key="h1", user_id="h1", custom_id="c1", name="Host"),
    Person(key="h2", custom_id="host", name="Olga"),
)
MICHAEL = Person(key="m1", user_id="m1", custom_id="mike", name="Michael Other")
ONE, NUMBER = Person(key="n1", custom_id="u-86", name="1"), Person(key="n2", custom_id="1", name="Number One")
HOPPER, SALES = Person(key="g1", name="Grace Hopper"), Person(key="g2", name="Grace, VP Sales")
READINGS = {
    "id": Person(key="word", user_id="word", name="Someone"),
    "connection": Person(key="r2", user_id="r2", name="Somebody", peer_ids=("word",)),
    "custom id": Person(key="r3", user_id="r3", custom_id="word", name="Anybody"),
    "name": Person(key="r4", user_id="r4", name="Word"),
    "part of a name": Person(key="r5", user_id="r5", name="Word, VP Sales"),
    "part with a hyphen": Person(key="r6", user_id="r6", name="Anna-Word Berg"),
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(READINGS, 2)))
def test_a_word_that_means_two_people_in_any_reading_names_neither(one: str, other: str) -> None:
    everyone = (READINGS[one], READINGS[other])
    found = match(split("word").words, everyone, {})
    assert (found.clear, set(found.unclear["word"])) == ((), set(everyone))


@pytest.mark.parametrize("reading", READINGS)
def test_a_word_that_means_one_person_in_any_reading_names_them(reading: str) -> None:
    assert match(split("WORD").words, (READINGS[reading], ADA), {}).clear == (READINGS[reading],)


@pytest.mark.parametrize(
    ("typed", "everyone"),
    [("host", (HOST, OLGA)), ("1", (ONE, NUMBER)), ("Grace --block", (HOPPER, SALES)), ("sam", EVERYONE)],
)
def test_who_was_removed_by_a_guess_before_is_asked_about_now(typed: str, everyone: Sequence[Person]) -> None:
    assert match(split(typed, ("block",)).words, everyone, {}).clear == ()


def test_quotes_say_that_it_is_the_whole_name() -> None:
    word = READINGS["name"], READINGS["part of a name"]
    assert match(split('"word"').words, word, {}).clear == (READINGS["name"],)


def test_a_mention_never_means_a_custom_id_or_a_handle() -> None:
    found = match(split("<@U0MEMBER01|mike>").words, (MICHAEL,), {"U0MEMBER01": ["Mike Member"]})
    assert found.clear == ()


def test_one_person_with_two_devices_is_meant_with_both() -> None:
    phone = ADA.model_copy(update={"key": "k9", "user_id": "k9", "name": "Ada Lovelace (phone)"})
    assert match(split("ada").words, (ADA, phone, SAM), {}).clear == (ADA, phone)


def test_guests_to_whom_the_join_page_gave_the_same_custom_id_are_not_one_person() -> None:
    one, two = (Person(key=f"q{number}", custom_id="guest", name=f"Guest {number}") for number in (1, 2))
    assert match(split("guest").words, (one, two), {}).clear == ()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("O’Brien", "Conan O'Brien"),
        ("obrien’s", "Obrien's"),
        ("Jean–Luc", "Jean-Luc Picard"),
        ("zoe", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ('"Ada\u00a0Lovelace"', "Ada Lovelace"),
        ('"Ada Lovelace"', "Ada\u200b \u202eLovelace"),
        ("“Grace, VP Sales”", "Grace, VP Sales"),
        ("Grace, VP Sales", "Grace, VP Sales"),
    ],
)
def test_what_people_cannot_see_or_type_does_not_matter(typed: str, name: str) -> None:
    person = Person(key="x1", user_id="x1", name=name)
    assert match(split(typed).words, (person, SAM), {}).clear == (person,)


def test_without_an_accent_nobody_is_named_where_that_could_be_two() -> None:
    everyone = Person(key="z1", name="Zoë Ames"), Person(key="z2", name="Zoé Berg")
    assert match(split("zoe").words, everyone, {}).clear == ()


def test_words_in_a_row_that_are_two_people_or_one_are_asked_about() -> None:
    ada, bob, both = (Person(key=key, name=name) for key, name in (("a", "Ada"), ("b", "Bob"), ("c", "Ada Bob")))
    assert match(split("Ada Bob").words, (ada, bob, both), {}).clear == ()


def test_names_are_separated_by_commas_alone_too() -> None:
    assert keys("ada,sam2;zoë") == ["k1", "k3", "k4"]


def test_a_pasted_list_beyond_reason_is_refused() -> None:
    with pytest.raises(Misused, match="up to 300 people at once"):
        match(split("x " * 301).words, EVERYONE, {})


def test_two_words_for_one_person_are_that_person_once() -> None:
    assert keys("ada lovelace p1") == ["k1"]


def test_a_whole_name_needs_no_quotes() -> None:
    zoe = Person(key="k6", user_id="k6", name="Zoë Maria van Dijk")
    zoe_too = Person(key="k7", user_id="k7", name="Zoë Maria")
    found = match(split("zoë maria van dijk ada").words, (*EVERYONE, zoe, zoe_too), {})
    assert found.clear == (zoe, ADA)


def test_the_name_of_somebody_who_is_not_there_is_not_made_up_of_two_who_are() -> None:
    bob = Person(key="k8", user_id="k8", name="Bob Stone")
    found = match(split("Ada Stone").words, (ADA, bob), {})
    assert found.clear == ()
    assert found.unclear == {"Ada Stone": (ADA, bob)}
    assert match(split("Ada Bob").words, (ADA, bob), {}).clear == (ADA, bob)


def test_a_name_that_several_share_is_unclear() -> None:
    found = match(split('"Sam Smith"').words, EVERYONE, {})
    assert found.clear == ()
    assert found.unclear == {"Sam Smith": (SAM, SAM_TOO)}


def test_a_mention_is_matched_by_the_whole_names_in_slack_only() -> None:
    word = split("<@U0AB>").words
    assert match(word, EVERYONE, {"U0AB": ["ada lovelace", "Ada"]}).clear == (ADA,)
    assert match(word, EVERYONE, {"U0AB": ["Ada"]}).clear == ()
    assert match(word, EVERYONE, {}).unclear == {"@U0AB": ()}


@given(st.text(max_size=20))
def test_no_text_ever_names_somebody_who_has_no_name(text: str) -> None:
    named = match(split(text).words, EVERYONE, {}).clear
    assert NOBODY not in named or "k5" in text.casefold()


def test_the_menu_offers_those_first_whose_names_start_so() -> None:
    assert offered("s", (ADA, STRASSE, SAM)) == (SAM, STRASSE)
    assert offered("people.example", EVERYONE) == (ADA,)
    assert offered("", EVERYONE) == EVERYONE


def test_commas_between_names_are_no_part_of_them() -> None:
    assert [person.key for person in match(split("ada, sam2; @zoë").words, EVERYONE, {}).clear] == ["k1", "k3", "k4"]
