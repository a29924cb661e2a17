"""The rules of the schedule: who can be booked, for what, when and where. Wall time of the clinic's zone."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.base import Record
from clinic.history import kept
from clinic.models import OpeningHours
from clinic.models.profile import validate_zone

LONGEST_VISIT = 12 * 60
LONGEST_BUFFER = 6 * 60  # with the visit and both buffers, nothing occupies more than a day
LONGEST_LINK = 300


def _english() -> list[str]:
    return ["en"]


def validate_video_template(link: str) -> None:
    """A secure address with one {code}, without which everybody would share the room."""
    if link.count("{code}") != 1 or "{" in link.replace("{code}", "") or not link.startswith("https://"):
        raise ValidationError(
            "Video link: enter an address that begins with https:// and holds {code} once, like "
            "https://video.example/{code}. The code keeps each visit's room its own."
        )
    URLValidator(
        schemes=["https"], message="Video link: this is not an address. Enter one like https://video.example/{code}"
    )(link.replace("{code}", "x"))


class Mode(models.TextChoices):
    """How a visit is held."""

    IN_PERSON = "in_person", _("In person")
    VIDEO = "video", _("Video")
    PHONE = "phone", _("Phone")


class Language(models.TextChoices):
    """What clinicians and patients speak; codes of ISO 639."""

    ENGLISH = "en", _("English")
    AMHARIC = "am", _("Amharic")
    ASL = "ase", _("American Sign Language")
    ARABIC = "ar", _("Arabic")
    CHINESE = "zh", _("Chinese")
    FRENCH = "fr", _("French")
    HMONG = "hmn", _("Hmong")
    KAREN = "kar", _("Karen")
    OROMO = "om", _("Oromo")
    RUSSIAN = "ru", _("Russian")
    SOMALI = "so", _("Somali")
    SPANISH = "es", _("Spanish")
    VIETNAMESE = "vi", _("Vietnamese")


class Location(Record):
    """A place where visits are held."""

    name = models.CharField(max_length=80)
    address = models.TextField(blank=True)

    history = kept()

    def __str__(self) -> str:
        return self.name


class Clinician(Record):
    """Somebody who can be booked."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="clinician"
    )
    name = models.CharField(max_length=80, help_text="As patients see it: Dr. Dana Rivers")
    zone = models.CharField(max_length=64, blank=True, validators=[validate_zone], help_text="Empty: the clinic's zone")
    is_bookable = models.BooleanField(default=True)
    hears_of_visits = models.BooleanField(
        "e-mail about each visit", default=True, help_text="To the user's address: booked, moved or cancelled"
    )
    hears_of_tomorrow = models.BooleanField(
        "e-mail with tomorrow's visits", default=True, help_text="To the user's address, in the afternoon before"
    )
    languages = models.JSONField(default=_english, help_text="Codes of the languages they speak with patients")
    video_link = models.CharField(
        max_length=LONGEST_LINK,
        blank=True,
        validators=[validate_video_template],
        help_text="Their video room, before that of the type of visit: https://video.example/{code}. Each visit gets a code of its own in place of {code}",
    )

    history = kept()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> list[str]:
        """The names of their languages, in the order of `Language`."""
        return [str(language.label) for language in Language if language.value in self.languages]


class AppointmentType(Record):
    """A kind of visit and its booking rules. Durations in minutes."""

    name = models.CharField(max_length=80, help_text="As patients see it: Free consultation")
    name_es = models.CharField(
        "name in Spanish",
        max_length=80,
        blank=True,
        help_text="On pages in Spanish: Consulta gratuita. Empty: the name above",
    )
    slug = models.SlugField(unique=True)
    duration = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(LONGEST_VISIT)]
    )
    slot_step = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5)], help_text="Empty: the duration"
    )
    buffer_before = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LONGEST_BUFFER)])
    buffer_after = models.PositiveSmallIntegerField(default=10, validators=[MaxValueValidator(LONGEST_BUFFER)])
    minimum_notice = models.PositiveIntegerField(default=120, help_text="Minutes between booking and start")
    horizon_days = models.PositiveSmallIntegerField(default=60, help_text="How far ahead people can book")
    daily_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits of this type per clinician and day"
    )
    change_cutoff = models.PositiveIntegerField(
        default=120, help_text="Minutes before the start when self-service ends"
    )
    offer_hours = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(1)],
        help_text="Hours in which an offer from the waiting list can be taken",
    )
    modes = models.JSONField(default=list, help_text='As ["in_person", "phone"]; the first is offered first')
    clinicians = models.ManyToManyField(Clinician, related_name="appointment_types", blank=True)
    video_link = models.CharField(
        max_length=LONGEST_LINK,
        blank=True,
        validators=[validate_video_template],
        help_text="Where visits by video are held: https://video.example/{code}. Each visit gets a code of its own in place of {code}",
    )
    is_active = models.BooleanField(default=True)

    history = kept(many=("clinicians",))

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(duration__gt=0), name="type_duration_positive"),
            models.CheckConstraint(condition=Q(slot_step=None) | Q(slot_step__gt=0), name="type_step_positive"),
            models.CheckConstraint(
                condition=Q(
                    duration__lte=LONGEST_VISIT, buffer_before__lte=LONGEST_BUFFER, buffer_after__lte=LONGEST_BUFFER
                ),
                name="type_fits_in_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """The name in the language that is active."""
        return (self.name_es if get_language() == "es" else "") or self.name

    @property
    def offered_modes(self) -> list[Mode]:
        """How it can be held, first choice first; in person when nothing is said."""
        return [Mode(mode) for mode in self.modes] or [Mode.IN_PERSON]


class WorkingHours(Record):
    """A weekly window of one clinician, wall time."""

    clinician = models.ForeignKey(Clinician, on_delete=models.CASCADE, related_name="working_hours")
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT)
    weekday = models.PositiveSmallIntegerField(choices=OpeningHours.Weekday.choices)
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="Last day on which it holds")

    history = kept()

    class Meta:
        ordering = ("clinician", "weekday", "starts")
        verbose_name_plural = "working hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(starts__lt=F("ends")), name="working_hours_start_before_end")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class ScheduleException(Record):
    """Time removed from or added to the weekly hours on one date, for one clinician or the whole clinic."""

    class Effect(models.TextChoices):
        CLOSED = "closed", "Closed"
        OPEN = "open", "Extra hours"

    clinician = models.ForeignKey(
        Clinician,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="exceptions",
        help_text="Empty: the whole clinic",
    )
    date = models.DateField()
    effect = models.CharField(max_length=10, choices=Effect.choices, default=Effect.CLOSED)
    starts = models.TimeField(null=True, blank=True, help_text="Empty: the whole day")
    ends = models.TimeField(null=True, blank=True)
    location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where extra hours are held",
    )
    reason = models.CharField(max_length=120, blank=True)

    history = kept()

    class Meta:
        ordering = ("date",)
        indexes: ClassVar = [models.Index(fields=["date"], name="exception_by_date")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    Q(starts=None, ends=None, effect="closed")
                    # an unknown answer passes a CHECK, so NULL must be refused by name
                    | Q(starts__isnull=False, ends__isnull=False, starts__lt=F("ends"))
                ),
                name="exception_times_make_sense",
            ),
            models.UniqueConstraint(
                fields=["date"],
                condition=Q(clinician=None, effect="closed", starts=None),
                name="exception_one_closure_of_the_clinic_a_day",
                violation_error_message="Exception: the whole clinic is closed on that day already. Nothing to add.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_effect_display()} {self.date}"
