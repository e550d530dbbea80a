"""What our image sets, as the `Dockerfile` says: every contender runs with it."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
VARIABLES = dict(re.findall(r"(PYTHONOPTIMIZE|MALLOC_ARENA_MAX)=(\d)", (ROOT / "Dockerfile").read_text()))
"""The image's variables and their values."""
IMAGE = VARIABLES | {"SSL_CERT_FILE": os.devnull}
"""The image has no file of all CA certificates; elsewhere this has OpenSSL look for none."""
