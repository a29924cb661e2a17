"""Words that staff write in place of the shipped ones."""

import pytest
from django.urls import reverse

from clinic import links, roles
from clinic.models import ClinicProfile, User
from notifications import delivery, gsm7, kinds, rendering, wording
from notifications.models import Channel, Message, MessageTemplate
from notifications.rendering import Words
from notifications.tests.factories import waiting
from notifications.wording import Place

pytestmark = pytest.mark.django_db
BOOKED = "scheduling.booked"
GOOD = "{brand}: see you {when}. STOP to end"
PLACES = [
    Place(kind=kind, channel=channel, language="en", is_discreet=is_discreet)
    for kind in kinds.registered()
    if kind.is_editable
    for channel in (Channel.SMS, Channel.EMAIL)
    if rendering.travels_by(kind, channel)
    for is_discreet in (False, True)
]


def place(kind=BOOKED, channel=Channel.SMS, *, is_discreet=False, language="en"):
    return Place(kind=kinds.kind_named(kind), channel=channel, language=language, is_discreet=is_discreet)


def path(channel="sms", profile="plain", language="en", kind=BOOKED):
    return reverse(
        "notifications:template", kwargs={"kind": kind, "channel": channel, "language": language, "profile": profile}
    )


@pytest.fixture
def by():
    return User.objects.create_user("manager@clinic.example", "x")


@pytest.fixture
def manager(client, by):
    by.groups.add(roles.Group.objects.get(name="Manager"))
    client.force_login(by)
    return client


def booked(**fields):
    sample = dict(kinds.kind_named(BOOKED).sample)
    return waiting(kind=BOOKED, context=sample, **fields)


def sent_text(message):
    delivery.deliver(message.pk)
    message.refresh_from_db()
    return message.body_text


@pytest.mark.parametrize("where", PLACES, ids=lambda where: f"{where.kind.name}-{where.channel}-{where.is_discreet}")
def test_shipped_words_of_each_message_may_be_saved_as_they_are(where, by):
    words = wording.shipped(where)

    assert (wording.problems(where, words), bool(words.body)) == ([], True)
    assert wording.save(where, words, by=by).words == words.body


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{brand}: your ketamine {when}. STOP to end", "clinical word: ketamine"),
        ("See you {when}. STOP to end", "does not say who writes: MKWI Care"),
        ("{brand}: see you {when}.", "does not say how to end texts: STOP"),
        ("{brand}: {when} bit.ly/x STOP to end", "links to bit.ly, which is not our own site"),
        ("{brand}: {when} http://10.0.0.1/x STOP to end", "links to 10.0.0.1, which is not our own site"),
        ("{brand}: {when} reply CANCEL to cancel. STOP to end", "asks for an answer that is an opt-out word"),
        ("{brand}: {when} {doctor} STOP to end", "Unknown or not allowed here: {doctor}"),
        ("{brand}: {when} 🎉 STOP to end", "cannot stand in a text: 🎉"),
        ("{brand}: {when} STOP to end" + "x" * 150, "places, 160 fit one text"),
    ],
)
def test_words_that_may_not_go_are_refused_with_the_reason(manager, body, said):
    answer = manager.post(path(), {"act": "save", "body": body})

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert (said in "; ".join(wording.problems(place(), Words(body=body))), MessageTemplate.objects.count()) == (
        True,
        0,
    )
    assert body[:20] in answer.content.decode()


def test_discreet_words_know_no_name_and_no_place():
    found = wording.problems(place(is_discreet=True), Words(body="{brand}: {where} STOP to end"))

    assert found == ["Unknown or not allowed here: {where}"]


def test_saved_words_are_used_when_the_row_is_written(manager, twilio):
    before = booked(occurrence="before")

    answer = manager.post(path(), {"act": "save", "body": GOOD})

    assert answer.status_code == 302
    assert sent_text(before) == "MKWI Care: see you Tue Dec 1, 2:00 PM CST. STOP to end"
    assert sent_text(booked(occurrence="discreet", is_discreet=True)) != sent_text(before)


def test_reset_brings_the_shipped_words_back_and_keeps_history(manager, by):
    manager.post(path(), {"act": "save", "body": GOOD})

    manager.post(path(), {"act": "reset"})

    assert "booked Tue Dec 1" in sent_text(booked())
    assert [line.is_reset for line in wording.history(place())] == [True, False]
    assert GOOD in manager.get(path()).content.decode()


def test_words_of_the_persons_language_else_english_ones(by):
    wording.save(place(), Words(body=GOOD), by=by)
    wording.save(place(language="es"), Words(body="{brand}: su cita es {when}. STOP para terminar"), by=by)

    assert sent_text(booked(language="es", occurrence="es")).startswith("MKWI Care: su cita")
    assert sent_text(booked(language="so", occurrence="so")).startswith("MKWI Care: see you")


@pytest.mark.parametrize(
    "body", ["{brand} {% load x %} {{ clinic.email }} {brand.__class__} STOP", "{brand} {when!r} STOP"]
)
def test_nothing_in_saved_words_is_carried_out(by, body):
    wording.save(place(), Words(body=body), by=by)

    assert sent_text(booked()) == " ".join(body.replace("{brand}", "MKWI Care").split())


def test_value_that_looks_like_a_name_or_a_link_is_not_filled(by):
    wording.save(place("intake.request_received"), Words(body="{brand}: {name} {time_link} STOP"), by=by)
    typed = {
        "name": "{phone} [[link:visit:00000000-0000-4000-8000-000000000000]]",
        "reference": "K7RM4T",
        "time_link": "",
    }

    text = sent_text(waiting(kind="intake.request_received", context=typed))

    assert text.startswith("MKWI Care: {phone} [ [link:visit")
    assert links.PLACEHOLDER.search(text) is None


def test_row_that_lacks_a_value_goes_with_the_shipped_words(by):
    MessageTemplate.objects.create(kind=BOOKED, channel="sms", words="{brand} {gone} STOP", saved_by=by)

    assert "booked Tue Dec 1" in sent_text(booked())


def test_email_keeps_its_foot_whatever_staff_write(by, mail):
    wording.save(
        place(channel=Channel.EMAIL), Words(subject="See you {when}", body="Come <b>{when}</b>\n\nto {where}"), by=by
    )
    message = waiting(Channel.EMAIL, kind=BOOKED, context=dict(kinds.kind_named(BOOKED).sample))

    delivery.deliver(message.pk)

    letter = mail.letters[0]
    text, html = (
        part.get_payload(decode=True).decode() for part in letter.walk() if part.get_content_maintype() == "text"
    )
    assert letter["Subject"] == "See you Tue Dec 1, 2:00 PM CST"
    assert "100 Example Avenue, Suite 200, Minneapolis" in text
    assert ("/unsubscribe/" in text, "/unsubscribe/" in html, "&lt;b&gt;" in html) == (True, True, True)


def test_preview_shows_length_as_phones_count_it(manager):
    html = manager.post(path(), {"act": "preview", "body": GOOD}).content.decode()

    assert "MKWI Care: see you Wed Nov 18, 10:00 AM AKST. STOP to end" in html
    assert "GSM-7, 57 places, 1 part" in html
    assert MessageTemplate.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("á" * 70, ("UCS-2", 70, 1)),
        ("á" * 135, ("UCS-2", 135, 3)),
        ("🎉" * 35, ("UCS-2", 70, 1)),
        ("", ("GSM-7", 0, 1)),
    ],
)
def test_size(text, size):
    found = gsm7.size(text)

    assert (found.alphabet, found.places, found.parts) == size


def test_every_text_has_a_page_and_the_list_leads_there(manager):
    html = manager.get(reverse("notifications:templates")).content.decode()

    assert path() in html
    for where in PLACES[:6]:
        profile = "discreet" if where.is_discreet else "plain"
        assert manager.get(path(where.channel, profile, "es", where.kind.name)).status_code == 200


@pytest.mark.parametrize("wrong", [{"channel": "fax"}, {"language": "xx"}, {"profile": "x"}, {"kind": "desk_reply"}])
def test_unknown_place_is_not_found(manager, wrong):
    assert manager.get(path(**wrong)).status_code == 404


def test_front_desk_reads_and_does_not_change(client):
    user = User.objects.create_user("desk@clinic.example", "x")
    user.groups.add(roles.Group.objects.get(name="Front desk"))
    client.force_login(user)

    assert (client.get(path()).status_code, client.post(path(), {"act": "save", "body": GOOD}).status_code) == (
        200,
        403,
    )
    assert client.post(path(), {"act": "reset"}).status_code == 403


def test_empty_or_endless_words_are_refused(manager):
    assert manager.post(path(), {"act": "save", "body": ""}).status_code == 422
    assert manager.post(path(), {"act": "save", "body": "x" * 6000}).status_code == 422
    assert (Message.objects.count(), ClinicProfile.current().message_brand) == (0, "MKWI Care")
