"""`template.yaml` as plain CloudFormation: SAM's transform, offline."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from infra.local.stack.intrinsics import Scope
from infra.local.stack.resources import Resource
from ingest.errors import OccupancyError

TEMPLATE = Path(__file__).parents[3] / "template.yaml"

STUB = "def handler(event, context):\n    raise NotImplementedError('the local runner has the code')\n"
"""A placeholder for each function's code, which the local cloud runs from the source tree."""


class TemplateUnreadable(OccupancyError):
    """A template that does not exist or that SAM does not accept."""


@dataclass(frozen=True)
class Template:
    """Plain CloudFormation: `body` is the whole document, without SAM's transform."""

    body: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, Resource]:
        """All resources, also those whose condition is false."""
        return {
            name: Resource(name, body["Type"], body.get("Properties", {}), body.get("Condition"))
            for name, body in self.body["Resources"].items()
        }

    @property
    def conditions(self) -> Mapping[str, Any]:
        """The conditions by name."""
        conditions: Mapping[str, Any] = self.body.get("Conditions", {})
        return conditions

    @property
    def mappings(self) -> Mapping[str, Any]:
        """The mappings by name."""
        mappings: Mapping[str, Any] = self.body.get("Mappings", {})
        return mappings

    def broken_constraints(self, values: Mapping[str, str]) -> list[str]:
        """What is wrong with parameters whose value is not one of the AllowedValues, one sentence each."""
        return [
            parameter.get("ConstraintDescription")
            or f"parameter {name} must be one of {', '.join(map(str, parameter['AllowedValues']))}"
            for name, parameter in self.body.get("Parameters", {}).items()
            if "AllowedValues" in parameter and values[name] not in map(str, parameter["AllowedValues"])
        ]

    def broken_rules(self, scope: Scope) -> list[str]:
        """The descriptions of all assertions that do not hold. Raises UnknownIntrinsic."""
        return [
            assertion["AssertDescription"]
            for rule in self.body.get("Rules", {}).values()
            if scope.resolve(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not scope.resolve(assertion["Assert"])
        ]

    def defaults(self) -> dict[str, str]:
        """The default values of the parameters, as texts."""
        return {
            name: str(parameter["Default"])
            for name, parameter in self.body.get("Parameters", {}).items()
            if "Default" in parameter
        }

    def with_conditions_resolved(self, scope: Scope, without: frozenset[str]) -> dict[str, Any]:
        """The document with its conditions and mappings resolved, without the resources of some types.

        moto's CloudFormation does not drop `AWS::NoValue` out of lists, and does not find the key "5" of a
        mapping by a parameter that is a number.
        """
        own = ("Conditions", "Mappings", "Outputs", "Resources", "Rules")
        body = {name: value for name, value in self.body.items() if name not in own}
        body["Resources"] = {
            name: {
                key: scope.resolve_conditions(value) for key, value in resource.items() if key != "Condition"
            }
            for name, resource in self.body["Resources"].items()
            if resource["Type"] not in without
            and ("Condition" not in resource or scope.holds(resource["Condition"]))
        }
        body["Outputs"] = {
            name: {key: value for key, value in output.items() if key != "Condition"}
            for name, output in self.body.get("Outputs", {}).items()
            if "Condition" not in output or scope.holds(output["Condition"])
        }
        return body


def load(path: Path = TEMPLATE, region: str = "us-east-1") -> Template:
    """Read a SAM template and transform it. Raises TemplateUnreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise TemplateUnreadable(
            f"template {path} does not exist: the local cloud runs from a checkout, installed by"
            " `pip install -e '.[local]'`"
        ) from error
    return _transformed(text, path, region)


@cache
def _transformed(text: str, path: Path, region: str) -> Template:
    """Transform a SAM template; the same text is transformed once in a process."""
    try:
        document = yaml_parse(text)
    except yaml.YAMLError as error:
        raise TemplateUnreadable(f"template {path} is not valid YAML: {error}") from error
    _stub_the_code(document)
    # It logs every step of the transform.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    try:
        session = boto3.Session(region_name=region)
        return Template(Translator({}, Parser(), boto_session=session).translate(document, {}))
    except InvalidDocumentException as error:
        raise TemplateUnreadable(
            f"template {path} is refused by SAM: {'; '.join(cause.message for cause in error.causes)}"
        ) from error


def resolve(resources: Mapping[str, Resource], scope: Scope) -> dict[str, Resource]:
    """The resources whose condition holds, their properties resolved. Raises UnknownIntrinsic."""
    return {
        name: Resource(name, resource.type, scope.resolve(dict(resource.properties)))
        for name, resource in resources.items()
        if resource.condition is None or scope.holds(resource.condition)
    }


def _stub_the_code(document: dict[str, Any]) -> None:
    for resource in document.get("Resources", {}).values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource["Properties"].pop("CodeUri", None)
            resource["Properties"]["InlineCode"] = STUB
