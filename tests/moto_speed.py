"""Makes moto's DynamoDB several times faster where items come back: most of a call's time goes there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.serialize import BaseJSONSerializer


@contextmanager
def plain_attribute_values() -> Iterator[None]:
    """Serialize AttributeValues as they are.

    moto holds them in DynamoDB's own form already; its serializer still looks for each of the ten types in
    each value, under seven names. Binary values, which need base64, still take moto's way.
    """
    by_moto: Callable[..., None] = BaseJSONSerializer._serialize_type_structure

    def serialize(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if (
            shape.name == "AttributeValue"
            and key
            and isinstance(value, dict)
            and not {"B", "BS"} & set(value)
        ):
            self._default_serialize(serialized, value, shape, key)
        else:
            by_moto(self, serialized, value, shape, key)

    with patch.object(BaseJSONSerializer, "_serialize_type_structure", serialize):
        yield
