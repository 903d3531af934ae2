"""The template as AWS would see it in production: SAM expanded, conditions decided, resources by type."""

import copy
import itertools
import os
import re

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the expansion asks for a region and calls nobody

GONE = object()


class NoManagedPolicies:
    """Roles here are written out, so the expansion never needs AWS's list of managed policies."""

    def load(self):
        return {}


def expand(source: str) -> dict:
    """The CloudFormation that AWS makes of the SAM source."""
    return transform(yaml_parse(source), {}, NoManagedPolicies())


class Template:
    """An expanded template with every condition decided, as production's defaults decide it unless told otherwise."""

    def __init__(self, expanded: dict, decided: dict[str, bool] | None = None):
        self.expanded = expanded
        self.parameters = expanded["Parameters"]
        self.conditions = {name: self._truth(rule) for name, rule in expanded.get("Conditions", {}).items()} | (decided or {})
        self.resources = {name: self._decide(copy.deepcopy(r)) for name, r in expanded["Resources"].items()}
        self.outputs = self._decide(copy.deepcopy(expanded.get("Outputs", {})))

    def in_production(self):
        """The template under every choice of conditions that production allows."""
        open_ = [c for c in self.conditions if c != "OnEmulator"]
        for choice in itertools.product([False, True], repeat=len(open_)):
            yield Template(self.expanded, {**dict(zip(open_, choice)), "OnEmulator": False})

    def _truth(self, rule: dict) -> bool:
        (how, what), = rule.items()
        if how == "Fn::Not":
            return not self._truth(what[0])
        left, right = (self.parameters[v["Ref"]].get("Default") if isinstance(v, dict) else v for v in what)
        return left == right

    def _decide(self, value):
        if isinstance(value, list):
            return [d for v in value if (d := self._decide(v)) is not GONE]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self._decide(yes if self.conditions[condition] else no)
        if value == {"Ref": "AWS::NoValue"}:
            return GONE
        return {k: d for k, v in value.items() if (d := self._decide(v)) is not GONE}

    def of(self, kind: str) -> dict[str, dict]:
        """Properties of every resource of this type, by logical id."""
        return {n: r.get("Properties", {}) for n, r in self.resources.items() if r["Type"] == kind}

    def functions(self) -> dict[str, tuple[str, dict]]:
        """Logical id and properties of each function, by the name of its binary."""
        return {text(p["Code"]["S3Key"]).removesuffix(".zip"): (n, p) for n, p in self.of("AWS::Lambda::Function").items()}

    def target(self, value) -> str:
        """The resource or parameter a value stands for, or its text if it stands for none."""
        if isinstance(value, dict):
            if "Ref" in value:
                return value["Ref"]
            if "Fn::GetAtt" in value:
                attribute = value["Fn::GetAtt"]
                return (attribute.split(".") if isinstance(attribute, str) else attribute)[0]
            if "Fn::Sub" in value:
                return self._named(value["Fn::Sub"])
        return str(value)

    def _named(self, pattern: str) -> str:
        # A secret is granted by its name, since its ARN ends in six letters nobody knows beforehand.
        if ":secret:" in pattern:
            wanted = pattern.split(":secret:")[1].removesuffix("-??????")
            for name, secret in self.of("AWS::SecretsManager::Secret").items():
                if secret["Name"].get("Fn::Sub") == wanted:
                    return name
        return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", pattern)


def text(value) -> str:
    """A string without its references: `${CodePrefix}sync.zip` is `sync.zip`."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub", "")
    return re.sub(r"\$\{[^}]*\}-?", "", str(value))


def items(value) -> list:
    """A list, also where IAM allows one thing without brackets."""
    return value if isinstance(value, list) else [value]
