"""Azure Resource Manager on loopback: answers by path, in the shape that its reference documents.

The client believes that it speaks to Azure: only the transport leads its requests here.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport

from multistore.compliance.collect.azure_arm import HOST, Arm
from tests.servers.scripted import Reply

NOT_FOUND = (404, {"error": {"code": "ResourceNotFound", "message": "none"}})
DENIED = (403, {"error": {"code": "AuthorizationFailed", "message": "no"}})


class Led(RequestsTransport):
    """Sends to the loopback server what is meant for Resource Manager."""

    def __init__(self, url):
        super().__init__(use_env_settings=False)
        self._url = url

    def send(self, request, **options):
        assert request.url.startswith(f"https://{HOST}/"), request.url
        request.url = request.url.replace(f"https://{HOST}", self._url)
        return super().send(request, **options)


class Entra:
    """Gives a token that opens nothing, or fails as told."""

    def __init__(self, error=None):
        self.error = error

    def get_token(self, *scopes, **_):
        assert scopes == (f"https://{HOST}/.default",)
        if self.error:
            raise self.error
        return AccessToken("not-a-token", 4_000_000_000)


class ResourceManager:
    """What it answers, by path; and what it was asked."""

    def __init__(self, answers, serve):
        self.answers = dict(answers)
        self.server = serve(self._answer)
        self.requests = 0

    def _answer(self, asked):
        path = urlsplit(asked.target).path
        status, told = self.answers.get(path, NOT_FOUND)
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = {"Content-Type": "application/json", "x-ms-request-id": f"r-{path[-6:]}"}
        return Reply(
            status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers
        )

    def count(self):
        self.requests += 1

    def arm(self, error=None):
        return Arm(lambda: Entra(error), self.count, transport=Led(self.server.url))

    @property
    def paths(self):
        return [urlsplit(asked.target).path for asked in self.server.asked]

    def versions(self, path):
        """Return the versions of the API that were asked for under a path."""
        queries = [urlsplit(a.target) for a in self.server.asked]
        return {parse_qs(q.query)["api-version"][0] for q in queries if q.path == path}
