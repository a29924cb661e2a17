"""Secrets that we make: who may read them."""

from clinic import environment, secret_files


def mode(path):
    return path.stat().st_mode & 0o777


def test_folder_of_secrets_that_stands_open_is_closed(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)  # whatever the umask

    secret_files.write(folder)

    assert mode(folder) == 0o700


def test_folder_of_patients_is_for_its_owner_alone(tmp_path):
    secret_files.development_secrets(tmp_path / "var")

    assert mode(tmp_path / "var") == 0o700


def test_development_secrets_are_made_once_and_private(tmp_path):
    first = secret_files.development_secrets(tmp_path / "var")
    again = secret_files.development_secrets(tmp_path / "var")

    assert first == again
    assert mode(tmp_path / "var" / "development-secrets.json") & 0o077 == 0
    environment.check_secret_key(first["SECRET_KEY"])
    assert list(environment.parse_key_ring(first["FIELD_KEYS"])) == ["k1"]
