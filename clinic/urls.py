"""Every public and staff address of the product. What joins the desks stands here."""

from django.contrib import admin
from django.urls import include, path

from clinic import health
from clinic.accounts.confirming import ask_who_it_is
from intake.review.urls import review_urls
from scheduling.records.export import bundle_of_person
from scheduling.selectors import coming_request_ids, visit_lines

handler500 = "clinic.failures.server_error"

_review = review_urls(
    visits=visit_lines,
    coming=coming_request_ids,
    bundle=bundle_of_person,
    confirm=ask_who_it_is,
    openings="scheduling:desk_openings",
)
urlpatterns = [
    path("", include("clinic.site_urls")),
    path("", include("intake.urls")),
    path("", include("scheduling.urls")),
    path("", include((_review, "review"))),
    path("", include("notifications.urls")),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("clinic.accounts.urls")),
    path("admin/", admin.site.urls),
]
