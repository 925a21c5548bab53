"""YAML without duplicate keys. Pure."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError


def loaded(text: str) -> Any:
    """Parse the text. Raises yaml.YAMLError, also for an impossible number or date and for deep nesting."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    except ValueError as error:  # from Python's own constructors
        raise yaml.YAMLError("a number or a date in it cannot be read") from error
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse duplicate keys: yaml itself keeps the last one, so a camera would be lost silently."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and names.count(key.value) > 1:
                raise ConstructorError(None, None, f"{key.value!r} appears twice", key.start_mark)
        return super().construct_mapping(node, deep)
