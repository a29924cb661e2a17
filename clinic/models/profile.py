"""The clinic as the public sees it: one row that staff edit in the admin."""

import datetime as dt
import zoneinfo
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from phonenumber_field.modelfields import PhoneNumberField

from clinic import languages, switches
from clinic.brand import validate_brand_color, validate_logo
from clinic.history import kept
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


# Functions: at the very minute of a fixed default, Django's checks take it for a forgotten call of the clock (W161).
def evening() -> dt.time:
    """When automated texts stop."""
    return dt.time(21)


def morning() -> dt.time:
    """When automated texts start."""
    return dt.time(9)


OWN = ("phone", "email", "address")  # in real use nobody may meet the shipped ones
NAMED = ("legal_name", "message_brand")  # of a clinic that is called otherwise, these too


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
    quiet_from = models.TimeField("automated texts stop at", default=evening)
    quiet_until = models.TimeField("automated texts start at", default=morning)
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
    screening_on = models.BooleanField(
        "screening is offered",
        default=False,
        help_text="Needs signed questionnaires and somebody on call.",
    )
    first_reminder_hours = models.PositiveSmallIntegerField(
        "first reminder", default=72, help_text="Hours before the visit. 0: none."
    )
    second_reminder_hours = models.PositiveSmallIntegerField(
        "second reminder", default=24, help_text="Hours before the visit. 0: none."
    )
    last_reminder_hours = models.PositiveSmallIntegerField(
        "last reminder", default=2, help_text="Hours before the visit. 0: none."
    )
    desk_email = models.EmailField(
        "front desk's e-mail address",
        blank=True,
        help_text="Gets a line for each new request, and trouble with texts or e-mails. Empty: nobody is told.",
    )
    brand_color = models.CharField(
        "color of the public pages",
        max_length=7,
        blank=True,
        validators=[validate_brand_color],
        help_text="As #17594f. Empty: ours. One that would be hard to read is refused.",
    )
    logo = models.TextField(blank=True, validators=[validate_logo], help_text="An SVG file, pasted. Empty: ours.")
    crisis_en_by = models.CharField(
        "English reviewed by", max_length=120, blank=True, help_text="Shown: Dr. Sol Harbor, medical director"
    )
    crisis_en_on = models.DateField("English reviewed on", null=True, blank=True)
    crisis_en_words = models.CharField(max_length=64, blank=True, editable=False)  # digest of what was reviewed
    crisis_es_by = models.CharField(
        "Spanish reviewed by",
        max_length=120,
        blank=True,
        help_text="Somebody who speaks it and knows the work. Empty: nobody has, and staff pages say so.",
    )
    crisis_es_on = models.DateField("Spanish reviewed on", null=True, blank=True)
    crisis_es_words = models.CharField(max_length=64, blank=True, editable=False)
    booking_paused = models.BooleanField(default=False)
    booking_paused_message = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True, editable=False)
    history = kept(without=("updated_at", "crisis_en_words", "crisis_es_words"))

    class Meta:
        verbose_name = "clinic profile"
        verbose_name_plural = "clinic profile"
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="profile_one_row")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Screening goes on only when what it needs is there; each desk says what that is. A review has a name and a day."""
        for code in languages.NAMES:
            day = getattr(self, f"crisis_{code}_on")
            if bool(getattr(self, f"crisis_{code}_by")) != bool(day):
                raise ValidationError(
                    {f"crisis_{code}_on": "Enter both who reviewed the words and the day, or neither."}
                )
            if day and day > timezone.localdate():
                raise ValidationError({f"crisis_{code}_on": "This day is still to come."})
        self._clean_opening()
        was_on = ClinicProfile.objects.filter(pk=self.pk, screening_on=True).exists()
        if self.screening_on and not was_on:
            missing = switches.obstacles("screening_on")
            if missing:
                raise ValidationError({"screening_on": missing})

    def _clean_opening(self) -> None:
        """A new installation takes no requests under the demo clinic's numbers and names."""
        demo = ClinicProfile()
        own = OWN if self.name == demo.name else (*OWN, *NAMED)
        shipped = [name for name in own if getattr(self, name) == getattr(demo, name)]
        was_paused = ClinicProfile.objects.filter(pk=self.pk, booking_paused=True).exists()
        if settings.IS_LIVE and was_paused and not self.booking_paused and shipped:
            words = ", ".join(shipped).replace("_", " ")
            raise ValidationError({"booking_paused": f"Enter your own {words} first: these are the demo clinic's."})

    @classmethod
    def current(cls) -> "ClinicProfile":
        """The one row; made with the demo clinic's values when it is missing."""
        profile, _made = cls.objects.get_or_create(pk=1)
        return profile

    @classmethod
    def with_opening_hours(cls) -> "ClinicProfile":
        """The one row with its opening hours read along, in one query."""
        rows = ClinicProfile.objects.filter(pk=1).annotate(
            weekday=F("opening_hours__weekday"), opens=F("opening_hours__opens"), closes=F("opening_hours__closes")
        )
        found = list(rows.order_by("opening_hours__weekday", "opening_hours__opens"))
        profile = found[0] if found else cls.current()
        hours = profile.opening_hours.all()
        hours._result_cache = [  # noqa: SLF001 - as prefetch_related() leaves it
            OpeningHours(profile=profile, weekday=row.weekday, opens=row.opens, closes=row.closes)
            for row in found
            if row.weekday is not None
        ]
        profile._prefetched_objects_cache = {"opening_hours": hours}  # type: ignore[attr-defined]  # noqa: SLF001
        return profile

    @property
    def zone_info(self) -> zoneinfo.ZoneInfo:
        """The clinic's zone."""
        return zoneinfo.ZoneInfo(self.zone)

    @property
    def reminder_hours(self) -> list[int]:
        """How long before a visit its reminders go, the earliest first."""
        hours = {self.first_reminder_hours, self.second_reminder_hours, self.last_reminder_hours}
        return sorted(hours - {0}, reverse=True)

    @property
    def licensed_state_names(self) -> list[str]:
        """As people write them: `["Minnesota"]`."""
        return [STATES[code] for code in self.licensed_states]

    @property
    def licensed_states_text(self) -> str:
        """In one phrase of the page's language: Minnesota or Wisconsin."""
        between = gettext("or")
        return f" {between} ".join(self.licensed_state_names)


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
    history = kept()

    class Meta:
        ordering = ("weekday", "opens")
        verbose_name_plural = "opening hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="opening_hours_open_before_close")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"
