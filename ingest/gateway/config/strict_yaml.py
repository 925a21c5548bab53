"""YAML in which nothing is there twice. Pure."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError


def loaded(text: str) -> Any:
    """What the text says. Raises yaml.YAMLError, also for a number or date that cannot be, and for depth."""
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    except ValueError as error:  # yaml lets Python's own through
        raise yaml.YAMLError("a number or a date in it cannot be read") from error
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """By yaml itself the last of two equal keys wins, so that a camera would vanish without a word."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and names.count(key.value) > 1:
                raise ConstructorError(None, None, f"{key.value!r} is there twice", key.start_mark)
        return super().construct_mapping(node, deep)
