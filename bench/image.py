"""What our image sets, as the `Dockerfile` says: every contender runs with it."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMAGE = dict(re.findall(r"(PYTHONOPTIMIZE|MALLOC_ARENA_MAX|SSL_CERT_FILE)=(\S+)", (ROOT / "Dockerfile").read_text()))
"""Variables and their values."""
