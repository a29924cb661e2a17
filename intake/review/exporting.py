"""A person's answers as a file for another system. Written down as an export before it is made."""

import json
import uuid
from typing import Any, Protocol, cast

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clinic.access import record_access
from clinic.http import request_id as log_id
from clinic.models import AccessEvent, User
from intake import selectors
from intake.models import ConsultationRequest
from intake.review.views import READS


class Bundle(Protocol):
    """What makes a person's FHIR Bundle; it stands above this desk."""

    def __call__(self, request: ConsultationRequest, *, with_substances: bool) -> dict[str, Any]:
        """Everything about the person behind the request."""


@require_POST
@never_cache
@permission_required(READS, raise_exception=True)
def fhir(request: HttpRequest, request_id: uuid.UUID, *, bundle: Bundle) -> HttpResponse:
    """Download. Answers about substance use come along only when their box is ticked."""
    found = get_object_or_404(ConsultationRequest, pk=request_id)
    with_substances = request.POST.get("with_substance_use") == "yes"
    record_access(
        by=cast(User, request.user),
        action=AccessEvent.Action.EXPORT,
        subject_ref=selectors.subject_of(found),
        reason="FHIR with substance use" if with_substances else "FHIR",
        request_id=log_id(request),
    )
    made = json.dumps(bundle(found, with_substances=with_substances), ensure_ascii=False)
    response = HttpResponse(made, content_type="application/fhir+json")
    response["Content-Disposition"] = 'attachment; filename="summary.json"'
    return response
