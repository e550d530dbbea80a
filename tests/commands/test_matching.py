from hypothesis import given
from hypothesis import strategies as st

from bot.commands.matching import match, offered
from bot.commands.parsing import split
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


def test_a_custom_id_is_surer_than_a_name() -> None:
    assert keys("sam") == ["k2"]


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
