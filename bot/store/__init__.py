"""What Usher remembers: one module per table family. Knows no Slack."""

import sys
from types import ModuleType


def _without_orm() -> None:
    """Keep SQLAlchemy's sessions from being imported, and with them its ORM, of which nothing is used here.

    `sqlalchemy.ext.asyncio` imports all that it offers: 6 MiB more, and a tenth of the start (`python -X importtime`).
    """
    for name in ("scoping", "session"):
        unused = ModuleType(f"sqlalchemy.ext.asyncio.{name}")
        vars(unused)["__getattr__"] = lambda _: None
        sys.modules.setdefault(unused.__name__, unused)


_without_orm()
