"""Short-lived AWS credentials for the unit's certificate: a `credential_process` for boto3.

    credential_process = python3 /opt/store-occupancy/deeplens/credentials.py FILE

FILE is JSON with `endpoint`, `role_alias`, `thing_name`, and the paths of PEM files: `certificate`, `key`,
and `ca` to use another authority than the system's. boto3 runs this file by its path: it needs no other file
of the package.
https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
from pathlib import Path
from typing import Any, Mapping, NoReturn

NEEDED = ("endpoint", "role_alias", "thing_name", "certificate", "key")
TIMEOUT = 15
"""Seconds."""


def main() -> None:
    """Print what a credential_process prints; after a failure print one sentence and exit with 1."""
    if len(sys.argv) != 2:
        _end("usage: credentials.py FILE, the JSON file with " + ", ".join(NEEDED))
    settings = _settings(Path(sys.argv[1]))
    try:
        print(json.dumps(_as_process_output(_request(settings))))
    except OSError as error:
        _end(f"{settings['endpoint']} gives no credentials: {error.strerror or error}")
    except (http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        # Its text can quote the answer, and with it the credentials.
        why = f"its answer is not AWS IoT's ({type(error).__name__})"
        _end(f"{settings['endpoint']} gives no credentials: {why}")


def _settings(path: Path) -> Mapping[str, str]:
    try:
        settings: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _end(f"{path} cannot be read: {error}")
    missing = [name for name in NEEDED if not settings.get(name)]
    if missing:
        _end(f"{path} has no {', '.join(missing)}")
    return settings


def _request(settings: Mapping[str, str]) -> Mapping[str, Any]:
    context = ssl.create_default_context(cafile=settings.get("ca"))
    context.load_cert_chain(settings["certificate"], settings["key"])
    host, _, port = settings["endpoint"].partition(":")
    connection = http.client.HTTPSConnection(host, int(port or 443), timeout=TIMEOUT, context=context)
    try:
        connection.request(
            "GET",
            f"/role-aliases/{settings['role_alias']}/credentials",
            headers={"x-amzn-iot-thingname": settings["thing_name"]},
        )
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        _end(
            f"{settings['endpoint']} answers {answer.status}: does the certificate's policy allow"
            f" {settings['role_alias']!r}, and is {settings['thing_name']!r} its thing?"
        )
    credentials: Mapping[str, Any] = json.loads(body)["credentials"]
    return credentials


def _as_process_output(credentials: Mapping[str, Any]) -> Mapping[str, Any]:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html."""
    return {
        "Version": 1,
        "AccessKeyId": credentials["accessKeyId"],
        "SecretAccessKey": credentials["secretAccessKey"],
        "SessionToken": credentials["sessionToken"],
        "Expiration": credentials["expiration"],
    }


def _end(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
