from __future__ import annotations

from django.db import models

from multistore.django import SealedStorage


def by_school(report, name):
    return f"{report.school}/reports/{name}"


class Lesson(models.Model):
    """A file in the storage of the settings."""

    film = models.FileField(upload_to="第1回", max_length=60)

    def __str__(self):
        return self.film.name


class Report(models.Model):
    """A file whose first segment is the tenant that it belongs to."""

    paper = models.FileField(storage=SealedStorage(collection="attachment"), upload_to=by_school)
    school = models.CharField(max_length=63)

    def __str__(self):
        return self.paper.name
