"""The poll in what was typed after `/poll`. Pure.

/poll "Lunch?" "Pizza" "Salad"        quotes of any kind, single ones too, with commas between or without
/poll Lunch? "Pizza" "Salad"          the question needs none, up to its question mark
/poll Lunch?⏎- Pizza⏎- Salad          or each on a line of its own
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from bot.commands.parsing import Word, Words, split
from bot.sanitize import APOSTROPHES, DASHES, QUOTES
from bot.slack.text import visible_text
from bot.views.parts import truncate
from bot.views.poll import MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, PollDraft

FLAGS = ("anonymous", "hide-votes")
PREPARED = ("prepare", "next", "list")
"""Subcommands; above lines of options, such a word may be a question as well."""
_COMMAS = re.compile(rf"(?<=[{QUOTES}])\s*[,;]\s*(?=[{QUOTES}])")
_SINGLE_QUOTED = re.compile(rf"(?:^|(?<=[\s,;]))[{APOSTROPHES}](\S.*?)[{APOSTROPHES}](?=[\s,;]|$)", re.MULTILINE)
BULLET = rf"[*•◦▪‣·{DASHES}]"
_BULLET = re.compile(rf"^\s*{BULLET}\s+")
_NUMBER = re.compile(r"^\s*(\d{1,2}|[a-zA-Z])[.)]\s+")


def typed_draft(text: str) -> tuple[PollDraft, str]:
    """The poll that was typed, and a remark on what could not be understood; empty if all of it was."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and len(_parts(_split(lines[0]).words)) == 1:
        split_lines = [_line(line, number) for number, line in enumerate(without_bullets(lines))]
        typed = _together(split_lines)
        parts = [" ".join(word.text for word in line.words) for line in split_lines if line.words]
        remarks = list[str]()
    else:
        typed = _split(text)
        parts, remarks = _question_first(_parts(typed.words))
    if is_above_lines(text, *PREPARED):
        remarks.append(f"If you meant `/poll {lines[0].strip().lower()}`, type it by itself.")
    if typed.open_quote:
        remarks.append("A closing quotation mark is missing.")
    meant = {unknown: near_flag(unknown) for unknown in typed.unknown_flags}
    remarks += [
        f"Unknown option {unknown}." + (f" Did you mean --{flag}? I've checked that box below." if flag else "")
        for unknown, flag in meant.items()
    ]
    remarks += _left_out(parts)
    options = parts[1 : MAX_OPTIONS + 1]
    flags = typed.flags | set(meant.values())
    draft = PollDraft(parts[0] if parts else "", options, "anonymous" in flags, "hide-votes" in flags)
    return draft, " ".join(remarks)


def is_above_lines(text: str, *words: str) -> bool:
    """Whether one of these words stands alone on the first of several lines."""
    first, *more = text.strip().splitlines() or [""]
    return bool(more) and first.strip().lower() in words


def _left_out(parts: Sequence[str]) -> list[str]:
    """What is to be said of options that do not fit."""
    left_out = ", ".join(parts[MAX_OPTIONS + 1 :])
    return [f"Polls can have up to {MAX_OPTIONS} options. Not included: {left_out}."] if left_out else []


def draft_of_message(text: str) -> tuple[PollDraft, str]:
    """The poll in a message: its first line, and what stands on the lines below; and a remark on what does not fit."""
    lines = [line for line in visible_text(text).splitlines() if line.strip()]
    question, *options = [truncate(line.strip(), MAX_QUESTION) for line in without_bullets(lines)] or [""]
    draft = PollDraft(question, [truncate(option, MAX_OPTION) for option in options[:MAX_OPTIONS]])
    return draft, " ".join(_left_out([question, *options]))


def near_flag(unknown: str) -> str | None:
    """The flag that was meant: nobody's vote is revealed by a typo."""
    from difflib import get_close_matches  # noqa: PLC0415 - few mistype a flag

    name = unknown.strip("-").partition("=")[0]
    begun = [flag for flag in FLAGS if name and flag.startswith(name)]
    return next(iter(begun or get_close_matches(name, FLAGS, 1)), None)


def complete_draft(text: str) -> PollDraft | None:
    """The poll that was typed, if nothing is missing or wrong."""
    draft, remark = typed_draft(text)
    complete = not remark and not draft.field_errors() and all(draft.options)
    return draft if complete else None


def without_bullets(lines: Sequence[str]) -> list[str]:
    """The lines without bullets, and without numbers where these count: `10. May` is a date."""
    first, *options = [_BULLET.sub("", line) for line in lines] or [""]
    numbers = [match[1].lower() if (match := _NUMBER.match(line)) else "" for line in options]
    counted = [str(number) for number in range(1, len(options) + 1)], list("abcdefghijklmnopqrstuvwxyz")[: len(options)]
    return [first, *([_NUMBER.sub("", line) for line in options] if numbers in counted else options)]


def _split(text: str) -> Words:
    if not re.search(f"[{QUOTES}]", text) or re.match(rf"\s*[{QUOTES}]", text):
        text = _SINGLE_QUOTED.sub(r'"\1"', text)
    return split(_COMMAS.sub(" ", text), FLAGS)


def _line(line: str, number: int) -> Words:
    """The question, or an option below it; flags stand beside the question, or on a line of their own."""
    words = _split(line)
    if number == 0 or not words.words or (len(words.words) == 1 and words.words[0].quoted):
        return words
    return Words((Word(line.strip(), visible_text(line).strip(), quoted=True),))


def _together(lines: Iterable[Words]) -> Words:
    given = list(lines)
    flags = frozenset(flag for line in given for flag in line.flags)
    unknown = tuple(flag for line in given for flag in line.unknown_flags)
    return Words((), flags, unknown, any(line.open_quote for line in given))


def _parts(words: Sequence[Word]) -> list[tuple[str, bool]]:
    """The question and the options, and whether each stood in quotes; words outside quotes belong together."""
    kept = [word for word in words if word.quoted or word.text not in (",", ";")]
    parts: list[tuple[str, bool]] = []
    for quoted, group in groupby(kept, key=lambda word: word.quoted):
        texts = [word.text for word in group]
        parts += [(text, True) for text in texts] if quoted else [(" ".join(texts), False)]
    return parts


def _question_first(parts: Sequence[tuple[str, bool]]) -> tuple[list[str], list[str]]:
    """The texts, with a question outside quotes cut off after its question mark; and what is to be said of them."""
    if not parts:
        return [], []
    (first, quoted), *others = parts
    question, mark, rest = first.partition("?")
    if quoted or not mark:
        asked, rest = [first], ""
    else:
        asked = [question + mark]
    loose = [piece.strip() for piece in re.split("[,;]", rest) if piece.strip()]
    unquoted = bool(loose) or not all(in_quotes for _, in_quotes in others) or not (quoted or (mark and others))
    remark = "Tip: put the question and each option in quotes to skip this form."
    return asked + loose + [text for text, _ in others], [remark] if unquoted else []
