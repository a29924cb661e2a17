"""The building: kernel that every desk may import, and the top that joins the desks."""

from clinic.celery import app as celery_app

__all__ = ("celery_app",)
