"""``vault.erase`` put together: the stores behind their gates, the keys, the signer, the hooks."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from multistore.arguments import optional_callable, optional_text
from multistore.erasure import inventory
from multistore.erasure.attesting import medium_of
from multistore.erasure.certificate import Certificate
from multistore.erasure.execute import erase, text_of
from multistore.erasure.key_evidence import scope_ids
from multistore.erasure.means import Means
from multistore.erasure.payload import Medium
from multistore.erasure.signing import opened
from multistore.erasure.subject import Subject, SubjectKind
from multistore.erasure.verdict import NOT_OURS
from multistore.errors import ConflictError, ErasureError, InvalidArgumentError, MultistoreError
from multistore.ledger.erasures import Erasures
from multistore.residency.evidence import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.config import Settings
    from multistore.erasure.execute import Erasure
    from multistore.erasure.plan import Plan
    from multistore.erasure.signing import Signer
    from multistore.hooks import Hooks
    from multistore.keys.keyring import Keyring
    from multistore.routing import Place, Routing
    from multistore.stores.base import Store
    from multistore.values import Address, Prefix

_OPERATORS = {
    "aws": "Amazon Web Services, Inc.",
    "azure": "Microsoft Corporation",
    "local": "the operator of this vault",
    "memory": "the operator of this vault",
}


class Erasing:
    """Erasures of one vault, and their certificates."""

    def __init__(
        self, settings: Settings, routing: Routing, keyring: Keyring, hooks: Hooks
    ) -> None:
        self._settings = settings
        self._routing = routing
        self._keyring = keyring
        self._hooks = hooks

    @property
    def places(self) -> dict[str, Store]:
        """Every store of the vault, its residency shown now, below the sealing."""
        return {name: self._routing.named(name).store.inner for name in self._routing.places}

    @property
    def means(self) -> Means:
        """What every erasure of this vault works with."""
        return Means(
            signer=self.signer,
            kms=self._keyring.kms,
            media={name: _medium(place) for name, place in self._routing.places.items()},
            surviving={
                name: f"retention {collection.retention or 'without an end'}"
                for name, collection in self._settings.collections.items()
                if collection.survives_tenant
            },
        )

    def plan(self, subject: str | Address | Prefix) -> Plan:
        """See Vault.plan_erasure."""
        return self._run(subject, dry_run=True, reason="", performed_by="").report.plan

    def erase(
        self,
        subject: str | Address | Prefix,
        *,
        reason: str,
        performed_by: str | None,
        plan: str | None,
        progress: Callable[[int, int], object] | None,
    ) -> Certificate:
        """See Vault.erase."""
        erasure = self.run(
            subject, reason=reason, performed_by=performed_by, plan=plan, progress=progress
        )
        certificate = erasure.certificate
        assert certificate is not None  # noqa: S101 - only a dry run has none
        if certificate.status == "PARTIAL":
            raise partial(erasure)
        return certificate

    def run(
        self,
        subject: str | Address | Prefix | Subject,
        *,
        reason: str,
        performed_by: str | None = None,
        validated_by: str | None = None,
        plan: str | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Erasure:
        """Erase, and give the report with one fate per version, whatever the certificate says.

        Raises:
            ConflictError: a whole tenant, and two people are asked for, and nobody has approved.
        """
        self._routing.require_open()
        optional_text("plan", plan)
        optional_callable("progress", progress)
        subject = Subject.parse(subject)
        return self._run(
            subject,
            reason=reason,
            performed_by=performed_by or getpass.getuser(),
            validated_by=validated_by or self._approver(subject),
            plan_digest=plan,
            progress=progress,
        )

    def certificate(self, certificate_id: str) -> Certificate:
        """Give an issued certificate by its id or the beginning of it."""
        row = Erasures(self._keyring.ledger).get(certificate_id)
        return Certificate.from_json(row.certificate or "")

    def certificates(self) -> tuple[Certificate, ...]:
        """Give every issued certificate, the oldest first."""
        rows = Erasures(self._keyring.ledger).finished()
        return tuple(Certificate.from_json(row.certificate or "") for row in rows)

    def signer(self) -> Signer:
        """Give the signing key, made at its first need beside the configuration."""
        return opened(self._settings.resolve(self._settings.vault.signing_key))

    def _approver(self, subject: Subject) -> str | None:
        """Give who agreed to the end of a whole tenant, where two people are asked for."""
        if subject.kind is not SubjectKind.TENANT or not self._settings.vault.two_people:
            return None
        approved_by = self._keyring.ledger.tenants.get(subject.tenant).approved_by
        if approved_by is None:
            raise ConflictError(
                f"nobody has approved the erasure of the tenant {subject.tenant!r}",
                operation="erase",
                code="NotApproved",
                hint=f"Another person must: multistore tenant approve {subject.tenant}",
            )
        return approved_by

    def _run(self, subject: str | Address | Prefix | Subject, **options: Any) -> Erasure:
        self._routing.require_open()
        subject = Subject.parse(subject)
        try:
            if not options.get("plan_digest"):
                self._must_be_known(subject)
            return erase(
                subject,
                self.places,
                self._keyring.ledger,
                self._hooks,
                means=self.means,
                **options,
            )
        except MultistoreError as error:
            error.operation = "erase"
            raise error.locate(key=str(subject)) from error.__cause__

    def _must_be_known(self, subject: Subject) -> None:
        """Refuse a collection that never was and holds nothing: a typing error, it may be.

        A certificate that all of it is gone would be taken for one of what was meant. What was
        taken out of the configuration has keys in the ledger, and what strayed in is there.
        """
        known, ledger = self._settings.collections, self._keyring.ledger
        if subject.collection is None or subject.collection in known:
            return
        ledger.tenants.get(subject.tenant)
        if scope_ids(ledger, subject) or Erasures(ledger).running(text_of(subject)):
            return
        if inventory.take(subject, self.places) != inventory.Inventory(()):
            return
        raise InvalidArgumentError(
            f"there is no collection {subject.collection!r} in the configuration",
            hint=f"There are {', '.join(sorted(known))}.",
        )


def partial(erasure: Erasure) -> ErasureError:
    """Make the error of an erasure that left something behind; it has the certificate."""
    remaining = erasure.report.remaining
    verdict = erasure.report.verdict
    residual = verdict.residual if verdict else ()
    unseen = [left for left in residual if "not looked at" in left.why or left.why == NOT_OURS]
    named = [f"{fate.item.name}: {fate}" for fate in remaining]
    named += [f"{left.what}: {left.why}" for left in unseen]
    certificate = erasure.certificate
    assert certificate is not None  # noqa: S101 - only a dry run has none
    return ErasureError(
        f"the erasure is not complete; {len(named)} remain: {'; '.join(named[:10])}",
        operation="erase",
        key=str(erasure.report.plan.subject),
        remaining=remaining,
        hint=f"The certificate {certificate.id[:12]} says what remains; erase again to go on.",
    )


def _medium(place: Place) -> Medium:
    store = place.store.inner
    known = medium_of(store.provider, store.bucket, versions=store.versions is not None)
    evidence = place.gate.evidence
    claim = evidence.of(Kind.CLAIM) if evidence else None
    country = "JP" if store.provider in ("local", "memory") else None
    return Medium(
        known.provider,
        known.bucket,
        operator=claim.text("operator") if claim else _OPERATORS.get(store.provider),
        jurisdiction=claim.text("country") if claim else country,
        region=evidence.subject.region if evidence else None,
        versions=known.versions,
    )
