"""What the crispy template pack `intake` asks of a field. Templates alone cannot know these things."""

from typing import Any

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from clinic.headings import Heading

register = template.Library()

HONEYPOT = "honeypot"


@register.filter
def first_control(field: BoundField) -> str:
    """The id an error links to: the input, or the first of several radios, boxes or parts."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def is_honeypot(field: BoundField) -> bool:
    """Whether the widget carries the class `honeypot`: people must neither see nor reach it."""
    return HONEYPOT in str(field.field.widget.attrs.get("class", "")).split()


@register.filter
def is_marked_optional(field: BoundField) -> bool:
    """Whether the label says "(optional)": not required, and `is_optional = True` set on the form field.

    "Not required" alone is not enough: a phone number may be needed unless e-mail is ticked.
    """
    return not field.field.required and bool(getattr(field.field, "is_optional", False))


@register.filter
def control(field: BoundField) -> SafeString:
    """The input alone, without `required`: we check on sending, and say what to mend in our own words."""
    field.form.use_required_attribute = False
    attrs: dict[str, str | bool] = {"tabindex": "-1", "autocomplete": "off"} if is_honeypot(field) else {}
    return field.as_widget(attrs=attrs)


@register.filter
def choices_of(field: BoundField) -> list[object]:
    """The radios or boxes of a group, one by one, without `required`."""
    field.form.use_required_attribute = False
    return list(field.subwidgets)


@register.filter
def headed_label(field: BoundField) -> str:
    """The label of a question that is its page's heading, beside its box; empty for others."""
    label: Any = field.label
    return label.labelling(field.id_for_label) if isinstance(label, Heading) else ""
