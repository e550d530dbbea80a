from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
MODULES = sorted(BOT.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(BOT)))
def test_no_file_grows_beyond_what_one_reads_at_a_sitting(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 400


def test_each_module_says_what_it_is() -> None:
    assert [path for path in MODULES if not path.read_text().startswith('"""')] == []
