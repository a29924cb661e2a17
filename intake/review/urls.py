"""Addresses of the clinician's pages; when a visit is comes in from the top of the building."""

from functools import partial

from django.urls import URLPattern, path

from intake.review import emergency, exporting, views
from intake.review.emergency import Confirm
from intake.review.exporting import Bundle
from intake.review.sheet import VisitLines
from intake.review.worklist import Coming


def review_urls(
    *, visits: VisitLines, coming: Coming, bundle: Bundle, confirm: Confirm, openings: str
) -> list[URLPattern]:
    """`visits` gives the line of a visit by request id, `coming` the requests of the next visits, `bundle` a person as FHIR.

    `confirm` asks who it is once more, `openings` names the page of the emergency openings.
    """
    ask = partial(emergency.open_page, confirm=confirm, told_page=openings)
    return [
        path("admin/desk/review/", partial(views.review_list, visits=visits, coming=coming), name="list"),
        path("admin/review/<uuid:request_id>/", partial(views.review_page, visits=visits), name="page"),
        path("admin/review/<uuid:request_id>.pdf", partial(views.review_pdf, visits=visits), name="pdf"),
        path("admin/review/<uuid:request_id>/fhir/", partial(exporting.fhir, bundle=bundle), name="fhir"),
        path("admin/review/<uuid:request_id>/sign/", partial(views.sign, visits=visits), name="sign"),
        path("admin/emergency/<uuid:patient_id>/", ask, name="emergency"),
        path(
            "admin/emergency/<uuid:patient_id>/answers/",
            partial(emergency.answers, visits=visits),
            name="emergency_answers",
        ),
        path("admin/emergency/close/", emergency.close, name="emergency_close"),
    ]
