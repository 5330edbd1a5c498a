from __future__ import annotations

from django.forms import modelform_factory
from django.http import HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import path

from multistore.django import serve
from tests.django.school.models import Lesson


def upload(request):
    form = modelform_factory(Lesson, fields=["film"])(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    return HttpResponse(form.save().film.name)


def for_its_owner(request, name):
    if "pupil" not in request.GET:
        return HttpResponseForbidden()
    return serve(request, name)


urlpatterns = [
    path("upload", upload),
    path("files/<path:name>", for_its_owner),
]
