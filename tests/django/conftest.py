"""One Django for the run, set up as its manage.py would, with its files in a local vault."""

from __future__ import annotations

import pytest

from tests.vault import estate


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Set Django up, make the tables, and give the configuration of the vault."""
    from django.conf import settings

    import django

    home = tmp_path_factory.mktemp("django")
    here = estate.local(home, None)
    here.open().close()
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": home / "db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        FILE_UPLOAD_MAX_MEMORY_SIZE=100_000,
        FILE_UPLOAD_TEMP_DIR=str(home),
        INSTALLED_APPS=["tests.django.school"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=["django.middleware.http.ConditionalGetMiddleware"],
        ROOT_URLCONF="tests.django.school.urls",
        STORAGES={
            "default": {
                "BACKEND": "multistore.django.SealedStorage",
                "OPTIONS": {
                    "configuration": str(here.path),
                    "tenant": "acme",
                    "collection": "video",
                    "base_url": "/files",
                },
            },
        },
        TIME_ZONE="Asia/Tokyo",
        USE_TZ=True,
    )
    with pytest.MonkeyPatch.context() as environment:
        # For the storage that the model makes itself, without arguments.
        environment.setenv("MULTISTORE_CONFIG", str(here.path))
        django.setup()
    from django.core.management import call_command
    from django.db import connections

    from multistore.open_vaults import OPEN

    call_command("migrate", run_syncdb=True, verbosity=0)
    yield here
    connections.close_all()
    OPEN.close()


@pytest.fixture
def storage(project):
    """Give the default storage, empty."""
    from django.core.files.storage import default_storage
    from django.db import connections

    from tests.django.school.models import Lesson, Report

    yield default_storage
    for model in (Lesson, Report):
        model.objects.all().delete()
    vault = default_storage.vault
    for tenant in ("acme", "acme2"):
        for collection in ("video", "attachment"):
            vault.delete_many([e.address for e in vault.list(f"{tenant}/{collection}/")])
    connections.close_all()
