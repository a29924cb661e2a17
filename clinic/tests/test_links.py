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
def test_link_revoked_again_and_again_opens_with_the_newest_token_only():
    tokens = []
    for _time in range(4):
        tokens.append(links.token_for("time", OBJECT))
        links.revoke("time", OBJECT)
    newest = links.token_for("time", OBJECT)

    opened = []
    for token in (*tokens, newest):
        try:
            opened.append(links.resolve("time", token))
        except links.LinkError:
            opened.append(None)
    assert (opened, len({*tokens, newest})) == ([None] * 4 + [OBJECT], 5)


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
def test_placeholder_is_filled_for_the_transport_and_masked_for_staff(settings):
    settings.PUBLIC_BASE_URL = "https://book.clinic.example"
    text = f"Change it: {links.placeholder('visit', OBJECT, 'cancel/')} or {links.placeholder('time', OBJECT)}."

    filled = links.fill(text)

    assert filled == f"Change it: {links.url_for('visit', OBJECT)}cancel/ or {links.url_for('time', OBJECT)}."
    assert filled.startswith("Change it: https://book.clinic.example/visit/")
    assert links.mask(text) == "Change it: [private link: visit] or [private link: time]."


@pytest.mark.django_db
def test_links_of_many_texts_are_looked_up_at_once(django_assert_num_queries):
    objects = [uuid.uuid4() for _number in range(10)]
    texts = [links.placeholder(purpose, pk) for pk in objects for purpose in ("visit", "time")]
    with django_assert_num_queries(3):  # which stand, make those that do not, look again
        first = links.fill_all(texts)

    with django_assert_num_queries(1):
        assert links.fill_all(texts) == first
    with override_settings(SECRET_KEY="another" * 10):
        renewed = links.fill_all(texts[:1])
        assert (renewed != first[:1], links.fill_all(texts[:1])) == (True, renewed)


@pytest.mark.django_db
def test_example_of_a_link_is_as_long_as_a_real_one_and_opens_nothing():
    text = f"Cancel: {links.placeholder('visit', uuid.uuid4(), 'cancel/')}."

    shown, sent = links.example(text), links.fill(text)

    assert (len(shown), shown[:8], shown[-8:]) == (len(sent), "Cancel: ", "cancel/.")
    with pytest.raises(links.LinkError):
        links.resolve("visit", shown.split("/")[-3])


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
