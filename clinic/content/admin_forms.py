"""The form in which the clinic edits a public text: preview beside it, claims pointed out."""

from django import forms
from django.conf import settings

from clinic.claims import false_claims
from clinic.content.texts import SLUGS
from clinic.models import ContentPage


class ContentPageForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when running
    """Markdown in, and a box to say that a claim was meant as it stands."""

    slug = forms.ChoiceField(choices=SLUGS, label="Which text")
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    claims_checked = forms.BooleanField(
        required=False,
        label="I have read the warnings about claims; the text says it rightly",
        help_text="Only needed when a warning was shown.",
    )

    class Meta:
        model = ContentPage
        fields = ("slug", "language", "title", "lede", "body", "reviewed_on", "reviewed_by")

    def clean(self) -> dict[str, object]:
        """Stop once at each claim that the clinic must not make, and say what it can say."""
        cleaned = super().clean() or {}
        text = " ".join(str(cleaned.get(name, "")) for name in ("title", "lede", "body"))
        found = false_claims(text)
        if found and not cleaned.get("claims_checked"):
            self.add_error(
                None,
                [
                    f"“{words}” reads like a claim we must not make. You can say: {claim.say} ({claim.because})"
                    for words, claim in found
                ],
            )
        return cleaned
