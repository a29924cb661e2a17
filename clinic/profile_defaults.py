"""What a new installation starts with, so that its pages show true help lines before anybody edits them."""

import datetime as dt
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import transaction

from clinic.models import ClinicProfile, CrisisLine, OpeningHours
from clinic.triggers import is_last_app

# Spanish as the clinical reference (section 3.3) says: 988 then 2, AYUDA to 988, HOLA to 741741.
# No date of checking: a page may not claim what nobody of this clinic has done. Staff check each line and enter it.
CRISIS_LINES = (
    {
        "name": "988 Suicide & Crisis Lifeline",
        "what_to_do": "Call or text 988, any time, free and confidential",
        "name_es": "988 Línea de Prevención del Suicidio y Crisis",
        "what_to_do_es": "Llame al 988 y oprima 2, o envíe AYUDA al 988, a cualquier hora, gratis y confidencial",
        "call": "988",
        "text": "988",
        "key_es": "2",
        "word_es": "AYUDA",
    },
    {
        "name": "Crisis Text Line",
        "what_to_do": "Text HOME to 741741, any time, free",
        "name_es": "Crisis Text Line (ayuda por mensaje de texto)",
        "what_to_do_es": "Envíe HOLA al 741741, a cualquier hora, gratis",
        "text": "741741",
        "word_es": "HOLA",
    },
    {
        "name": "Emergency",
        "what_to_do": "Call 911 or go to the nearest emergency room if you are in danger now",
        "name_es": "Emergencia",
        "what_to_do_es": "Si está en peligro ahora, llame al 911 o vaya a la sala de emergencias más cercana",
        "call": "911",
    },
)
OPENS, CLOSES = dt.time(8), dt.time(17)
WORKDAYS = range(5)


def ensure_defaults() -> ClinicProfile:
    """Make the profile, opening hours and crisis lines where there are none. What staff wrote stays."""
    with transaction.atomic():
        profile = ClinicProfile.current()
        if not profile.opening_hours.exists():
            OpeningHours.objects.bulk_create(
                OpeningHours(profile=profile, weekday=day, opens=OPENS, closes=CLOSES) for day in WORKDAYS
            )
        if not profile.crisis_lines.exists():
            CrisisLine.objects.bulk_create(
                CrisisLine(profile=profile, position=position, **line)
                for position, line in enumerate(CRISIS_LINES, start=1)
            )
    return profile


def ensure_after_migrate(*, app_config: AppConfig, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`: a new database gets its defaults, one that staff edited is left alone."""
    if not is_last_app(app_config) or ClinicProfile.objects.exists():
        return
    with transaction.atomic():
        profile = ensure_defaults()
        if settings.IS_LIVE:  # until staff have entered who they are, nobody may ask the demo clinic for help
            profile.booking_paused = True
            profile.save(update_fields=["booking_paused"])
