"""Secrets given as files, as containers do."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic.environment import with_secret_files
from clinic.variables import VARIABLES

SECRETS = [row.name for row in VARIABLES if row.is_secret]


@pytest.mark.parametrize("name", SECRETS)
def test_secret_when_given_as_a_file_is_read_without_its_line_end(tmp_path, name):
    (tmp_path / "secret").write_text("value with spaces \r\n")

    found = with_secret_files({f"{name}_FILE": str(tmp_path / "secret")})

    assert found[name] == "value with spaces "


def test_secret_when_the_file_is_empty_counts_as_not_set(tmp_path):
    (tmp_path / "secret").write_text("\n")

    found = with_secret_files({"TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "secret")})

    assert found["TWILIO_AUTH_TOKEN"] == ""


def test_secret_when_given_twice_is_refused(tmp_path):
    given = {"SECRET_KEY": "x", "SECRET_KEY_FILE": str(tmp_path / "secret")}

    with pytest.raises(ImproperlyConfigured, match=r"Both SECRET_KEY and SECRET_KEY_FILE are set\. Remove one"):
        with_secret_files(given)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_secret_when_the_file_cannot_be_read_is_refused_without_showing_it(tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ImproperlyConfigured, match=r"^FIELD_KEYS_FILE names a file that we cannot read: /\S+secret$"):
        with_secret_files({"FIELD_KEYS_FILE": str(path)})


def test_other_file_variables_stay_untouched(tmp_path):
    given = {"SSL_CERT_FILE": "/nowhere", "DEBUG_FILE": "/nowhere", "DEBUG": "1"}

    assert with_secret_files(given) == given
