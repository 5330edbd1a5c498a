"""Holds a modelled answer to botocore's own model of the service: no field is invented."""

from __future__ import annotations

from functools import lru_cache

import botocore.session

# Answers that the check puts together of several: where the answers of the service are in them.
PUT_TOGETHER = {
    "organizations:DescribePolicy": lambda value: value["Policies"],
    "organizations:ListTargetsForPolicy": lambda value: [
        {name: told for name, told in each.items() if name != "PolicyId"}
        for each in value["Policies"]
    ],
    "transfer:DescribeUser": lambda value: [
        {"ServerId": "s", "User": user} for user in value["Users"]
    ],
}


@lru_cache
def _model(service):
    return botocore.session.get_session().get_service_model(service)


def faults(call, value):
    """Give what of an answer its service's model does not know; empty: nothing."""
    service, _, operation = call.partition(":")
    shape = _model(service).operation_model(operation).output_shape
    return [
        fault
        for answer in PUT_TOGETHER.get(call, lambda whole: [whole])(value)
        for fault in _faults(shape, answer, operation)
    ]


SCALARS = {"string": str, "boolean": bool, "integer": int, "long": int}


def _faults(shape, value, at):
    if shape.type_name == "structure":
        for name, part in value.items():
            known = shape.members.get(name)
            yield from [f"{at}.{name}"] if known is None else _faults(known, part, f"{at}.{name}")
    elif shape.type_name == "list":
        for part in value:
            yield from _faults(shape.member, part, at)
    elif not isinstance(value, SCALARS[shape.type_name]) or value not in _values(shape, value):
        yield f"{at}: {value!r}"


def _values(shape, value):
    """Give what a text may be; anything where its model names nothing."""
    return getattr(shape, "enum", None) or [value]
