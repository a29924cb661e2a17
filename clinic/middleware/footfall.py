"""Counts the steps of the public pages, see `clinic.footfall`."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from clinic import footfall, http

ROBOT = re.compile(r"bot|crawl|spider|preview|monitor|curl|python|scan", re.IGNORECASE)


class FootfallMiddleware:
    """Adds one for an answer that is a step. Machines that say they are one are left out, and staff are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else ""
        step = footfall.BY_ANSWER.get((view, request.method or "", response.status_code))
        agent = http.user_agent(request)
        if step and agent and not ROBOT.search(agent) and not http.switches_language(request):
            footfall.here.add(step, translation.get_language())
        return response
