"""The public texts that the clinic wrote itself."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from clinic.base import Record


class ContentPage(Record):
    """One text of the public site in one language, as the clinic wants it. Without a row the shipped text is shown."""

    slug = models.SlugField(max_length=40)
    language = models.CharField(max_length=10, default="en")
    title = models.CharField(max_length=120)
    lede = models.TextField("first paragraph", blank=True)
    body = models.TextField(help_text="Markdown: ## heading, - list, **strong**, [words](address)")
    reviewed_on = models.DateField("last reviewed on", null=True, blank=True)
    reviewed_by = models.CharField(max_length=120, blank=True, help_text="Shown: Dr. Sol Harbor, medical director")

    class Meta:
        ordering = ("slug", "language")
        constraints: ClassVar = [models.UniqueConstraint(fields=["slug", "language"], name="content_once_a_language")]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"


class ContentVersion(models.Model):
    """Append-only: a text as somebody saved it."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, editable=False)
    page = models.ForeignKey(ContentPage, on_delete=models.PROTECT, related_name="versions")
    title = models.CharField(max_length=120)
    lede = models.TextField(blank=True)
    body = models.TextField()
    reviewed_on = models.DateField(null=True)
    reviewed_by = models.CharField(max_length=120, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.title} {self.at:%Y-%m-%d %H:%M}"
