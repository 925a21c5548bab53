"""`/faults`: shows and changes the faults at run time, for any client on this machine, unsigned."""

import json
from http import HTTPStatus
from typing import Any

from aiohttp import web

from infra.local.kvs.faults.text import fault_of_json, json_of
from infra.local.kvs.service.fault import InvalidFault
from infra.local.kvs.service.fault_registry import FaultRegistry

PATH = "/faults"


async def answer(faults: FaultRegistry, request: web.Request) -> web.Response:
    """GET lists the faults, POST adds one, DELETE removes all. A mistake is a sentence with status 400."""
    if request.method not in {"GET", "POST", "DELETE"}:
        return _mistake(
            f"{request.method} {PATH} is not supported: use GET, POST or DELETE",
            HTTPStatus.METHOD_NOT_ALLOWED,
        )
    if request.method == "DELETE":
        faults.clear()
    elif request.method == "POST":
        try:
            faults.add(fault_of_json(_object(await request.read())))
        except InvalidFault as error:
            return _mistake(str(error), HTTPStatus.BAD_REQUEST)
    listed = [{**json_of(fault), "struck": struck} for fault, struck in faults.struck.items()]
    return web.json_response({"faults": listed})


def _object(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidFault("the body is not JSON: a fault is an object with its kind and settings") from None


def _mistake(sentence: str, status: HTTPStatus) -> web.Response:
    return web.json_response({"message": sentence}, status=status)
