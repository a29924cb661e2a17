"""Every public and staff address of the product. What joins the desks stands here."""

from django.contrib import admin
from django.urls import include, path

from clinic import health

handler500 = "clinic.failures.server_error"

urlpatterns = [
    path("", include("clinic.site_urls")),
    path("", include("intake.urls")),
    path("", include("scheduling.urls")),
    path("", include("notifications.urls")),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
]
