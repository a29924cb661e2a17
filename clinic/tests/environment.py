"""The environment of a test run, set before Django reads it. Given variables win."""

import os
import tempfile


def prepare() -> None:
    """Set what the settings need; each run gets a data folder of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("FORM_MIN_SECONDS", "0")
    os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="clinic-test-"))
