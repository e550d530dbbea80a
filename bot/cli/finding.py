"""What `check` finds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; and how to fix it, or make it better."""

    ok: bool
    what: str
    fix: str = ""
    could_be_better: bool = False

    def __str__(self) -> str:
        sign = "✗" if not self.ok else "–" if self.could_be_better else "✓"
        shows_fix = self.fix and (self.could_be_better or not self.ok)
        return f"{sign} {self.what}" + (f"\n    {self.fix}" if shows_fix else "")
