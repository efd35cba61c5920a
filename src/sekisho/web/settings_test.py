"""Settings for tests: a database of their own (``SEKISHO_DATABASE_URL`` for PostgreSQL), quick passwords, a temporary home."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("SEKISHO_HOME", tempfile.mkdtemp(prefix="sekisho-test-"))
os.environ.setdefault("SEKISHO_SECRET_KEY", "only-for-tests")

from sekisho.web.settings import *  # noqa: F403 - Django's way to derive settings
from sekisho.web.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["SEKISHO_HOME"], f"test-{os.getpid()}.sqlite3")}  # noqa: PTH118
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
STATIC_ROOT = None  # nothing is collected in tests; WhiteNoise warns about a folder that does not exist
