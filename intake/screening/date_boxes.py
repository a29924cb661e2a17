"""A date in three boxes, month, day, year, as people in the United States write it."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clinic import clock
from clinic.numbers import whole_number
from intake import typed_text

# What people may write, whatever language the page has: in two months the words of both begin alike, in none they clash.
MONTHS = (
    ("january", "enero"), ("february", "febrero"), ("march", "marzo"), ("april", "abril"), ("may", "mayo"),
    ("june", "junio"), ("july", "julio"), ("august", "agosto"), ("september", "septiembre", "setiembre"),
    ("october", "octubre"), ("november", "noviembre"), ("december", "diciembre"),
)  # fmt: skip
NAMES = ("month", "day", "year")
LABELS = (pgettext_lazy("date", "Month"), pgettext_lazy("date", "Day"), pgettext_lazy("date", "Year"))
SHORTEST_MONTH_NAME = 3
# Which of month, day and year are missing -> what to say.
MISSING = {
    (True, True, True): _("The date must include a month and a day and a year"),
    (True, True, False): _("The date must include a month and a day"),
    (True, False, True): _("The date must include a month and a year"),
    (False, True, True): _("The date must include a day and a year"),
    (True, False, False): _("The date must include a month"),
    (False, True, False): _("The date must include a day"),
    (False, False, True): _("The date must include a year"),
}


class DateBoxes(forms.MultiWidget):
    """Three text boxes. With `is_birthday` a browser may fill in the person's own."""

    template_name = "intake/date_boxes.html"
    use_fieldset = True

    def __init__(self, *, is_birthday: bool = False) -> None:
        hints = ("bday-month", "bday-day", "bday-year") if is_birthday else ("off", "off", "off")
        numeric = ("text", "numeric", "numeric")  # a month may be written as a word
        super().__init__(
            {
                name: forms.TextInput(attrs={"inputmode": mode, "autocomplete": hint, "class": f"date-{name}"})
                for name, hint, mode in zip(NAMES, hints, numeric, strict=True)
            }
        )

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for label, box in zip(LABELS, context["widget"]["subwidgets"], strict=True):
            box["label"] = label
        return context

    def decompress(self, value: Any) -> list[str]:
        """An ISO date, or only its year and month, or only its year."""
        year, month, day = (*str(value or "").split("-"), "", "", "")[:3]
        return [month.lstrip("0"), day.lstrip("0"), year]


def _month(text: str) -> int:
    """A number or a month's name in English or Spanish, shortened or not. Raises ValueError."""
    number = whole_number(text, digits=2)
    if number is not None:
        return number
    word = text.lower().rstrip(".")
    if len(word) >= SHORTEST_MONTH_NAME:
        found = [place for place, names in enumerate(MONTHS, 1) if any(name.startswith(word) for name in names)]
        if len(found) == 1:
            return found[0]
    raise ValueError(text)


class DateBoxesField(forms.MultiValueField):
    """Cleans to an ISO date. Unless `is_whole`, the day may be left out, or the day and the month."""

    def __init__(self, *, label: Any, is_whole: bool, is_birthday: bool = False, **kwargs: Any) -> None:
        self.is_whole = is_whole
        boxes = [forms.CharField(required=False, max_length=20) for _label in LABELS]
        super().__init__(
            boxes,
            label=label,
            require_all_fields=False,
            widget=DateBoxes(is_birthday=is_birthday),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Takes out what cannot be stored first, so that our own words say what to mend."""
        return super().clean([typed_text.storable(str(text or "")) for text in value or ()])

    def compress(self, data_list: list[str]) -> str:
        """`1990-04-09`, `1990-04` or `1990`; nothing typed is an empty text. Says which part to mend."""
        month, day, year = (text.strip() for text in (*data_list, "", "", "")[:3])
        if not (month or day or year):
            return ""
        is_missing = (not month and (self.is_whole or bool(day)), not day and self.is_whole, not year)
        if any(is_missing):
            raise ValidationError(MISSING[is_missing])
        if not re.fullmatch(r"[0-9]{4}", year):
            raise ValidationError(_("Write the year with 4 digits, for example 1984"))
        return self._iso(year, month, day)

    def _iso(self, year: str, month: str, day: str) -> str:
        try:
            parts = [int(year), *([_month(month)] if month else []), *([int(day)] if day else [])]
            dt.date(*(*parts, 1, 1)[:3])
        except (ValueError, OverflowError):
            raise ValidationError(_("Enter a real date, for example April 9 1984")) from None
        return "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])])


def date_text(iso: str) -> str:
    """As people read it: April 9, 1984; April 1984; 1984."""
    year, month, day = (*iso.split("-"), "", "")[:3]
    if day:
        return clock.date_text(dt.date(int(year), int(month), int(day)))
    return gettext("%(month)s %(year)s") % {"month": clock.MONTHS[int(month) - 1], "year": year} if month else year
