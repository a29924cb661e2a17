"""Where a person in danger gets help now, in the languages of the pages."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language, gettext

from clinic.history import kept
from clinic.models.profile import ClinicProfile


class CrisisLine(models.Model):
    """One line that helps. Numbers change: each row says when it was last verified."""

    profile = models.ForeignKey(ClinicProfile, on_delete=models.CASCADE, related_name="crisis_lines")
    position = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=80)
    what_to_do = models.CharField(max_length=160, help_text="As shown: Call or text 988, any time, free")
    name_es = models.CharField("name in Spanish", max_length=80, blank=True)
    what_to_do_es = models.CharField(
        "what to do, in Spanish",
        max_length=200,
        blank=True,
        help_text="Empty: Spanish pages show the English words, marked as English.",
    )
    call = models.CharField(max_length=20, blank=True, help_text="Digits for the tel: link")
    text = models.CharField(max_length=20, blank=True, help_text="Digits for the sms: link")
    key_es = models.CharField(
        "key for Spanish", max_length=2, blank=True, help_text="What to press after the call begins: 2"
    )
    word_es = models.CharField("word to text for Spanish", max_length=20, blank=True, help_text="As AYUDA")
    verified_on = models.DateField(
        "last verified on",
        null=True,
        blank=True,
        help_text="When somebody of the clinic last checked that this line works as said. Shown on the safety page.",
    )

    history = kept()

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Half a line in Spanish would mix the languages."""
        if bool(self.name_es) != bool(self.what_to_do_es):
            raise ValidationError("Fill in both the name and what to do in Spanish, or neither.")

    @property
    def is_spanish(self) -> bool:
        """Whether the page and this line speak Spanish."""
        return get_language() == "es" and bool(self.name_es and self.what_to_do_es)

    @property
    def foreign_language(self) -> str:
        """The language of the words shown, where it is not that of the page: for `lang=`; else empty."""
        return "" if self.is_spanish or get_language() != "es" else "en"

    @property
    def name_shown(self) -> str:
        """The name in the page's language, else in English."""
        return self.name_es if self.is_spanish else self.name

    @property
    def what_to_do_shown(self) -> str:
        """What to do in the page's language, else in English."""
        return self.what_to_do_es if self.is_spanish else self.what_to_do

    @property
    def call_words(self) -> str:
        """On the button: Call 988; in Spanish with the key that leads to somebody who speaks it."""
        if self.key_es and get_language() == "es":
            return gettext("Call %(number)s and press %(key)s") % {"number": self.call, "key": self.key_es}
        return gettext("Call %(number)s") % {"number": self.call}

    @property
    def text_words(self) -> str:
        """On the button: Text 988; in Spanish with the word that brings answers in Spanish."""
        if self.word_es and get_language() == "es":
            return gettext("Text %(word)s to %(number)s") % {"word": self.word_es, "number": self.text}
        return gettext("Text %(number)s") % {"number": self.text}
