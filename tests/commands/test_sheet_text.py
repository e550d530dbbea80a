"""Prepared polls as text: what is written is read back, and faults name their line."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.sheet_text import MAX_POLLS, parse, write
from bot.views.poll import PollDraft

LUNCH = PollDraft("Lunch?", ["Pizza", "Salad"])


@pytest.mark.parametrize(
    ("text", "polls"),
    [
        ("Lunch?\nPizza\nSalad", [LUNCH]),
        ("\n\nLunch?  \r\n  Pizza\r\nSalad\n\n \n", [LUNCH]),
        ("1. Lunch?\n- Pizza\n- Salad", [LUNCH]),
        ("Lunch?\n1. Pizza\n2. Salad", [LUNCH]),
        ("Lunch?\na) Pizza\nb) Salad", [LUNCH]),
        ("> Lunch?\n> Pizza\n> Salad", [LUNCH]),
        ("“Lunch?”\n“Pizza”\n“Salad”", [LUNCH]),
        ("When?\n10. May\n11. May", [PollDraft("When?", ["10. May", "11. May"])]),
        ("Lunch? --anonymous\nPizza\nSalad", [PollDraft("Lunch?", ["Pizza", "Salad"], anonymous=True)]),
        ("Lunch? —anon --hide-votes\nPizza\nSalad", [PollDraft("Lunch?", ["Pizza", "Salad"], True, True)]),
        ('"Is it --anonymous"\nYes\nNo', [PollDraft("Is it --anonymous", ["Yes", "No"])]),
        ("Lunch :pizza:?\nPizza\nSalad", [PollDraft("Lunch 🍕?", ["Pizza", "Salad"])]),
        ("Lunch?\nPizza\nSalad\n\nDone?\nYes\nNo", [LUNCH, PollDraft("Done?", ["Yes", "No"])]),
        ('Agree?\n"Yes" and "No"\n"Don\'t"', [PollDraft("Agree?", ['"Yes" and "No"', "Don't"])]),
        ("How many?\n< 5\n>= 5\n> 9 people", [PollDraft("How many?", ["< 5", ">= 5", "> 9 people"])]),
        (r'"Say \"hi\"?"' + "\nYes\nNo", [PollDraft('Say "hi"?', ["Yes", "No"])]),
        ("", []),
    ],
)
def test_a_text_is_read_as_the_polls_that_were_meant(text: str, polls: list[PollDraft]) -> None:
    assert parse(text) == (polls, [])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Lunch?", ["Line 1: A poll needs at least two options."]),
        (
            "Lunch?\nPizza\n\nDone?\nYes\nYes",
            ["Line 1: A poll needs at least two options.", "Line 6: Same as option 1."],
        ),
        ("Lunch? --secret\nPizza\nSalad", ["Line 1: Unknown option --secret. Use --anonymous or --hide-votes."]),
        ("\n" + "q" * 301 + "\nA\nB", ["Line 2: Too long: 301 characters. The limit is 300."]),
        ("Lunch?\nA\n" + "b" * 121, ["Line 3: Too long: 121 characters. The limit is 120."]),
        ("Lunch?\n" + "\n".join("abcdefghijk"), ["Line 12: A poll can have up to 10 options."]),
    ],
)
def test_a_fault_names_its_line(text: str, faults: list[str]) -> None:
    assert list(map(str, parse(text)[1])) == faults


WORD = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40).map(str.strip)
TRICKY = st.sampled_from(
    ["\\", '\\"', 'a" and "b', "- a", "1. a", "a) b", "> a", '"a"', "“", "a —anon", "—hide-votes", ":pizza:", "*", "''"]
)
LINE = (WORD | TRICKY).filter(bool)
POLL = st.builds(
    PollDraft, LINE, st.lists(LINE, min_size=2, max_size=10, unique_by=str.casefold), st.booleans(), st.booleans()
)


@settings(max_examples=1000 if "CI" in os.environ else 100)
@given(st.lists(POLL, min_size=1, max_size=MAX_POLLS))
def test_what_is_written_is_read_back_as_it_was_meant_or_the_fault_names_its_line(polls: list[PollDraft]) -> None:
    text = write(polls)
    read, faults = parse(text)
    assert faults == [] or all(1 <= fault.line <= len(text.splitlines()) for fault in faults)
    assert faults or read == polls


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_by_lines_that_are_there(text: str) -> None:
    polls, faults = parse(text)
    assert all(fault.line >= 1 for fault in faults)
    if polls and not faults:
        assert parse(write(polls)) == (polls, [])
