"""The clinic as the public sees it: one row that staff edit in the admin."""

import datetime as dt
import zoneinfo
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from phonenumber_field.modelfields import PhoneNumberField

from clinic.plain_words import validate_message_brand

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip


LONGEST_BRAND = 18  # so that every text fits one part of 160 with a PUBLIC_BASE_URL of 40 characters, tested


def validate_zone(value: str) -> None:
    """Refuse a name that the zone database does not know."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError("Enter a zone as America/Chicago")


def validate_states(value: object) -> None:
    """Refuse anything but a list of US state codes."""
    if not isinstance(value, list) or not value or any(code not in STATES for code in value):
        raise ValidationError('Enter state codes as ["MN", "WI"]')


def default_states() -> list[str]:
    """The demo clinic's licence."""
    return ["MN"]


class ClinicProfile(models.Model):
    """One row, made by migrate (`clinic.profile_defaults`). `ClinicProfile.current()` reads it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=120, default="Minnesota Ketamine & Wellness Institute")
    legal_name = models.CharField(max_length=120, default="Minnesota Ketamine & Wellness Institute, LLC")
    message_brand = models.CharField(
        max_length=LONGEST_BRAND,
        default="MKWI Care",
        validators=[validate_message_brand],
        help_text="Neutral name in texts and e-mails. Must not tell what the clinic treats.",
    )
    phone = PhoneNumberField(region="US", default="+16125550100")
    email = models.EmailField(default="hello@clinic.example")
    address = models.TextField(default="100 Example Avenue, Suite 200\nMinneapolis, MN 55401")
    zone = models.CharField(max_length=64, default="America/Chicago", validators=[validate_zone])
    licensed_states = models.JSONField(default=default_states, validators=[validate_states])
    quiet_from = models.TimeField("automated texts stop at", default=dt.time(21))
    quiet_until = models.TimeField("automated texts start at", default=dt.time(9))
    answers_at_once = models.BooleanField(
        "answers to one's own action go at any hour",
        default=True,
        help_text="A confirmation of what the person just did is sent in quiet hours too.",
    )
    answer_within_hours = models.PositiveSmallIntegerField(
        default=8, help_text="We call back within this many opening hours."
    )
    live_visits_per_contact = models.PositiveSmallIntegerField(
        default=2, help_text="How many coming visits one number or address may hold."
    )
    booking_paused = models.BooleanField(default=False)
    booking_paused_message = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        verbose_name = "clinic profile"
        verbose_name_plural = "clinic profile"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="profile_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "ClinicProfile":
        """The one row; made with the demo clinic's values when it is missing."""
        profile, _made = cls.objects.get_or_create(pk=1)
        return profile

    @property
    def zone_info(self) -> zoneinfo.ZoneInfo:
        """The clinic's zone."""
        return zoneinfo.ZoneInfo(self.zone)

    @property
    def licensed_state_names(self) -> list[str]:
        """As people write them: `["Minnesota"]`."""
        return [STATES[code] for code in self.licensed_states]


class OpeningHours(models.Model):
    """When the desk answers on one day of the week, wall time in the clinic's zone."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    profile = models.ForeignKey(ClinicProfile, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ("weekday", "opens")
        verbose_name_plural = "opening hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="opening_hours_open_before_close")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class CrisisLine(models.Model):
    """Where a person in danger gets help now. Numbers change: each row says when it was last verified."""

    profile = models.ForeignKey(ClinicProfile, on_delete=models.CASCADE, related_name="crisis_lines")
    position = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80)
    what_to_do = models.CharField(max_length=160, help_text="As shown: Call or text 988, any time, free")
    call = models.CharField(max_length=20, blank=True, help_text="Digits for the tel: link")
    text = models.CharField(max_length=20, blank=True, help_text="Digits for the sms: link")
    verified_on = models.DateField(
        "last verified on",
        null=True,
        blank=True,
        help_text="When somebody of the clinic last checked that this line works as said. Shown on the safety page.",
    )

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name
