"""Credentials by reference: the SDK's providers keep them, refresh them, and are asked each time.

No key is ever copied into this package's own state. botocore is imported here, and this module
only by the store that needs it.
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.credentials
import botocore.exceptions
import botocore.loaders
import botocore.session

from multistore.errors import ConfigurationError, UnauthenticatedError
from multistore.stores.s3.answers import clean

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials


class _Json(botocore.loaders.JSONFileLoader):
    """Reads into plain dicts: *measured*, an OrderedDict each costs twice the time."""

    def load_file(self, file_path: str) -> Any:
        """Read a file, by its path without the ending; None where there is none."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            try:
                with opened(file_path + ending, "rb") as file:
                    return json.loads(file.read())
            except FileNotFoundError:
                continue
        return None


class _Models(botocore.loaders.Loader):
    """The SDK's descriptions of its services, as installed: no directory of the user's adds any."""

    FILE_LOADER_CLASS = _Json

    def __init__(self) -> None:
        super().__init__([self.BUILTIN_DATA_PATH], include_default_search_paths=False)

    @property
    def search_paths(self) -> list[str]:
        """Give a copy: every boto3.Session adds a directory of its own to what it is given."""
        return list(super().search_paths)


class _Pinned(_Models):
    """The same for S3 alone, without AWS's table of endpoints: its clients are told theirs.

    *Measured*: the table is 16,000 objects, and with them every collection of garbage costs more;
    to look which of 400 services there are takes 10 ms.
    """

    def list_available_services(self, type_name: str) -> list[str]:
        """Name the one service."""
        del type_name
        return ["s3"]

    def load_data_with_path(self, name: str) -> Any:
        """Read a description, and say where it lies."""
        if name == "endpoints":
            return {"version": 3, "partitions": []}, self.BUILTIN_DATA_PATH
        return super().load_data_with_path(name)


_MODELS, _PINNED = _Models(), _Pinned()
"""Read once for all sessions of a process. *Measured*: a further client costs 10 ms, not 70."""


class _FromEnvironment(botocore.credentials.Credentials):
    """PREFIX_ACCESS_KEY_ID and its kin, read at every use: a rotated key is used at once."""

    method = "multistore-environment"

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __repr__(self) -> str:
        """Name the source, never what it gives."""
        return f"<credentials from {self._prefix}_…>"

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Read the variables.

        Raises:
            NoCredentialsError: one is missing; frozen() says which.
        """
        access = os.environ.get(f"{self._prefix}_ACCESS_KEY_ID")
        secret = os.environ.get(f"{self._prefix}_SECRET_ACCESS_KEY")
        if not access or not secret:
            raise botocore.exceptions.NoCredentialsError
        token = os.environ.get(f"{self._prefix}_SESSION_TOKEN") or None
        return botocore.credentials.ReadOnlyCredentials(access, secret, token)


class _Told(botocore.credentials.Credentials):
    """Those of a session, for a client: that they cannot be had is told as that, whatever it was.

    *Measured with botocore 1.44*: what is wrong with the answer of a container's or a person's
    service is a KeyError, a RuntimeError or that service's own refusal, which would pass for S3's.
    """

    def __init__(self, source: botocore.session.Session, reference: str | None) -> None:
        self._source = source
        self._reference = reference
        self.method = "multistore"

    def __repr__(self) -> str:
        """Name the source, never what it gives."""
        return f"<credentials by reference {self._reference or 'default'}>"

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Ask for what is valid now. Raises as frozen()."""
        return frozen(self._source, self._reference)


class _Only:
    """botocore's resolver, with one answer."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials | None:
        """Give the one answer."""
        return self._credentials


def session(reference: str | None) -> botocore.session.Session:
    """Return a botocore session whose credentials are those of the reference.

    Args:
        reference: None for the SDK's own chain; ``profile:NAME``; ``env:PREFIX``.

    Raises:
        ConfigurationError: no such kind of reference.
    """
    kind, _, name = (reference or "").partition(":")
    if reference is not None and not (kind in {"profile", "env"} and name):
        raise ConfigurationError(
            "credentials is neither profile:NAME nor env:PREFIX",
            hint="Leave it out for the SDK's own chain.",
        )
    made = botocore.session.Session(profile=name if kind == "profile" else None)
    made.register_component("data_loader", _MODELS)
    if kind == "env":
        made.register_component("credential_provider", _Only(_FromEnvironment(name)))
    return made


def pinned(source: botocore.session.Session, reference: str | None) -> botocore.session.Session:
    """Return one for clients that are told their endpoints, with the credentials of another."""
    events = source.get_component("event_emitter")  # the SDK's own handlers, registered once
    made = botocore.session.Session(
        event_hooks=events, include_builtin_handlers=False, profile=source.profile
    )
    made.register_component("data_loader", _PINNED)
    made.register_component("credential_provider", _Only(_Told(source, reference)))
    return made


def frozen(source: botocore.session.Session, reference: str | None) -> ReadOnlyCredentials:
    """Ask the session's provider for what is valid now; it refreshes what has expired.

    Raises:
        UnauthenticatedError: it has none, or cannot refresh them.
    """
    try:
        credentials = source.get_credentials()
        if credentials is not None:
            return credentials.get_frozen_credentials()
        reason = "there are none"
    except botocore.exceptions.ProfileNotFound:
        reason = "there is no such profile"
    except Exception as error:  # noqa: BLE001 - botocore raises builtins as well
        reason = _reason(error)
    raise UnauthenticatedError(
        f"no credentials for S3: {reason} ({reference or 'the default chain of the AWS SDK'})",
        code="NoCredentials",
        hint=_hint(reference),
    )


def _reason(error: Exception) -> str:
    """Name an error; its text may name variables and addresses, and is not ours to vouch for."""
    if isinstance(error, botocore.exceptions.ClientError):
        return clean(error.response.get("Error", {}).get("Code")) or "refused"
    return type(error).__name__


def _hint(reference: str | None) -> str:
    kind, _, name = (reference or "").partition(":")
    if kind == "env":
        return f"Set {name}_ACCESS_KEY_ID and {name}_SECRET_ACCESS_KEY."
    if kind == "profile":
        return f"aws configure --profile {name} writes one."
    return 'Name them: credentials = "profile:NAME" or "env:PREFIX" in the store\'s entry.'


KEPT = timedelta(seconds=0.1)
"""How long obstore may use an answer again. *Measured*: to ask for each request costs 40 to 60
microseconds of CPU, on the thread that sends."""


class Provider:
    """What obstore calls for credentials: it asks the session, and says that they soon expire.

    obstore keeps an answer until it has nearly expired; one that never expires it would keep for
    ever. Asking costs no request until botocore itself finds a refresh due. A key that was rotated
    is used after a tenth of a second at the latest.
    """

    def __init__(self, source: botocore.session.Session, reference: str | None) -> None:
        self._source = source
        self._reference = reference

    def __repr__(self) -> str:
        """Name the source, never what it gives."""
        return f"<credentials by reference {self._reference or 'default'}>"

    def __call__(self) -> dict[str, Any]:
        """Give what is valid now, in obstore's form."""
        now = frozen(self._source, self._reference)
        return {
            "access_key_id": now.access_key,
            "secret_access_key": now.secret_key,
            "token": now.token,
            "expires_at": datetime.now(UTC) + KEPT,
        }
