"""A DynamoDB that is not moto: npm's dynalite, in a process of its own. `make test-system` installs it.

It is stricter than moto in numbers, order and expressions. It has no transactions, no PartiQL, no backups and
no UpdateTimeToLive. Our functions call none of them; tests/infra/local/stack tries the last two in moto.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from ingest.aws.dynamodb import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FOLDER = Path(sys.prefix) / "dynalite"
DATABASES = ["moto", pytest.param("dynalite", marks=pytest.mark.system)]
"""The parameters of a fixture that brings tables; dynalite comes in `make test-system`."""
# It prints its port, and ends with the process that started it, however that ends.
SERVER = """
require('dynalite')({createTableMs: 0, deleteTableMs: 0})
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) });
process.stdin.on('end', () => process.exit()).resume();
"""


@contextmanager
def dynalite() -> Iterator["DynamoDBClient"]:
    """Serve an empty DynamoDB on 127.0.0.1 and give a client of it."""
    assert (FOLDER / "node_modules").is_dir(), "dynalite is not installed: run `make test-system`"
    with subprocess.Popen(
        ["node", "-e", SERVER], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        client = session.client("dynamodb", endpoint_url=url)
        try:
            yield client
        finally:
            client.close()
            process.stdin.close()


class ServedTables:
    """The contents of all tables, read and written with a client."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        self._dynamodb = dynamodb

    def items(self, table: str) -> Iterator[Item]:
        """All items of a table, in no order."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return (item for page in pages for item in page["Items"])

    def put_item(self, table: str, item: Item) -> None:
        """Store an item; one with the same key is replaced."""
        self._dynamodb.put_item(TableName=table, Item=item)

    def copy(self) -> Mapping[str, list[Item]]:
        """The items of each table."""
        return {name: list(self.items(name)) for name in self._dynamodb.list_tables()["TableNames"]}

    def restore(self, copy: Mapping[str, list[Item]]) -> None:
        """Return to the contents of a copy."""
        for table, items in copy.items():
            schema = self._dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
            names = [part["AttributeName"] for part in schema]
            for item in list(self.items(table)):
                self._dynamodb.delete_item(TableName=table, Key={name: item[name] for name in names})
            for item in items:
                self.put_item(table, item)
