import hashlib
import threading
import uuid

import pytest
from django.db import connection
from django.test import override_settings

from clinic import links
from clinic.models import PrivateLink

OBJECT = uuid.UUID("11111111-2222-3333-4444-555555555555")
JUNK = [
    "",
    "x",
    "a" * 22,
    "🙂",
    "a\x00b",
    "\udce9",
    "'; --",
    "../..",
    "a" * 10_000,
    "\uff21" * 22,
]


@pytest.mark.django_db
def test_token_opens_its_object_and_is_the_same_each_time():
    token = links.token_for("time", OBJECT)

    assert links.token_for("time", OBJECT) == token
    assert links.resolve("time", token) == OBJECT
    assert len(token) == 22  # 128 bits in base64


@pytest.mark.django_db
def test_token_is_not_in_the_database():
    token = links.token_for("time", OBJECT)

    assert PrivateLink.objects.get().token_digest == hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.django_db
def test_token_for_one_purpose_opens_no_other():
    token = links.token_for("time", OBJECT)
    links.token_for("visit", OBJECT)

    with pytest.raises(links.LinkError):
        links.resolve("visit", token)


@pytest.mark.django_db
def test_token_after_revoke_is_dead_and_the_next_one_works():
    token = links.token_for("time", OBJECT)
    links.revoke("time", OBJECT)

    with pytest.raises(links.LinkError):
        links.resolve("time", token)
    renewed = links.token_for("time", OBJECT)
    assert renewed != token
    assert links.resolve("time", renewed) == OBJECT


@pytest.mark.django_db
@pytest.mark.parametrize("token", JUNK)
def test_resolve_when_junk_says_the_same_as_always(token):
    links.token_for("time", OBJECT)

    with pytest.raises(links.LinkError, match="does not work any more"):
        links.resolve("time", token)


@pytest.mark.django_db
def test_token_with_one_changed_letter_is_refused():
    token = links.token_for("time", OBJECT)
    changed = token[:-1] + ("A" if token[-1] != "A" else "Q")

    with pytest.raises(links.LinkError):
        links.resolve("time", changed)


@pytest.mark.django_db
def test_new_secret_key_ends_old_tokens_and_gives_new_ones():
    token = links.token_for("time", OBJECT)

    with override_settings(SECRET_KEY="another" * 9):
        with pytest.raises(links.LinkError):
            links.resolve("time", token)
        renewed = links.token_for("time", OBJECT)
        assert links.resolve("time", renewed) == OBJECT


@pytest.mark.django_db
def test_stolen_digest_opens_nothing():
    links.token_for("time", OBJECT)

    with pytest.raises(links.LinkError):
        links.resolve("time", PrivateLink.objects.get().token_digest)


@pytest.mark.django_db
def test_placeholder_is_filled_for_the_transport_and_masked_for_staff(monkeypatch, settings):
    settings.PUBLIC_BASE_URL = "https://book.clinic.example"
    monkeypatch.setattr(links, "path_for", lambda purpose, object_id: f"/{purpose}/{object_id}/")
    text = f"Change it: {links.placeholder('visit', OBJECT, 'cancel/')} or {links.placeholder('time', OBJECT)}."

    assert links.fill(text) == (
        f"Change it: https://book.clinic.example/visit/{OBJECT}/cancel/ or https://book.clinic.example/time/{OBJECT}/."
    )
    assert links.mask(text) == "Change it: [private link: visit] or [private link: time]."


@pytest.mark.django_db
def test_placeholder_typed_by_a_stranger_is_left_alone():
    text = "[[link:visit:not-an-id]] [[link:../x]] [[link"

    assert links.fill(text) == text


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_token_for_when_asked_first_by_many_gives_one_link():
    tokens: list[str] = []
    start = threading.Barrier(6)

    def ask() -> None:
        try:
            start.wait()
            tokens.append(links.token_for("time", OBJECT))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 6
    assert len(set(tokens)) == 1
    assert links.resolve("time", tokens[0]) == OBJECT
    assert PrivateLink.objects.count() == 1
