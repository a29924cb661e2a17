"""What stands around every page, in Spanish."""

import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from clinic import frame
from clinic.models import ClinicProfile, CrisisLine, OpeningHours

pytestmark = pytest.mark.django_db


def in_spanish(client, path="/safety/"):
    return client.get(path, headers={"accept-language": "es"}).text


def test_help_line_leads_to_people_who_speak_spanish(client):
    page = in_spanish(client)

    assert '<a href="tel:988">Llame al 988 y oprima 2</a>' in page
    assert '<a href="sms:988">Envíe AYUDA al 988</a>' in page
    assert '<a href="tel:911">Llame al 911</a>' in page


def test_safety_page_shows_the_shipped_lines_in_spanish(client):
    page = in_spanish(client)

    assert "Llame al 988 y oprima 2, o envíe AYUDA al 988" in page
    assert "Envíe HOLA al 741741" in page


def test_line_without_spanish_is_shown_in_english_and_marked_so(client):
    CrisisLine.objects.all().delete()
    CrisisLine.objects.create(
        profile=ClinicProfile.current(), name="County team", what_to_do="Call any time", call="6125550142"
    )

    page = in_spanish(client)

    assert '<div lang="en"><strong>County team</strong>' in page
    assert ">Llame al 6125550142</a>" in page
    assert '<div lang="en">' not in client.get("/safety/?lang=en").text


def test_without_any_line_the_shipped_ones_are_shown(client):
    CrisisLine.objects.all().delete()

    assert "Llame al 988 y oprima 2, o envíe AYUDA al 988" in in_spanish(client)


def test_standing_installation_gets_the_shipped_spanish_and_keeps_its_own_words():
    migration = importlib.import_module("clinic.migrations.0011_shipped_spanish_lines")
    shipped = list(CrisisLine.objects.values_list("name", "name_es", "what_to_do_es", "key_es", "word_es"))
    CrisisLine.objects.update(name_es="", what_to_do_es="", key_es="", word_es="")
    own = CrisisLine.objects.create(profile=ClinicProfile.current(), position=9, name="Emergency", what_to_do="Ours")

    migration.fill(apps, None)

    own.refresh_from_db()
    assert (
        list(CrisisLine.objects.exclude(pk=own.pk).values_list("name", "name_es", "what_to_do_es", "key_es", "word_es"))
        == shipped
    )
    assert own.name_es == ""


def test_half_a_line_in_spanish_is_refused():
    with pytest.raises(ValidationError, match="neither"):
        CrisisLine(name="County team", what_to_do="Call", name_es="Equipo del condado").clean()


def test_opening_hours_are_said_as_people_say_them(client):
    profile = ClinicProfile.current()
    OpeningHours.objects.filter(weekday__gt=1).delete()
    OpeningHours.objects.create(profile=profile, weekday=3, opens="12:00", closes="17:30")

    page = in_spanish(client, "/")

    assert "<dt>Lunes a martes</dt><dd>8 a. m. a 5 p. m.</dd>" in page
    assert "<dt>Jueves</dt><dd>mediodía a 5:30 p. m.</dd>" in page
    assert frame.opening_times(profile)[1][0] == "Thursday"
