"""Checks the template and the sample events, then checks the checks with small defects. Exits 1 on any problem."""

import json
import logging
import pathlib
import sys
import time

import yaml
from cfnlint.api import lint_all

import functions
import resources
from mutations import MUTATIONS
from permissions import withheld
from template import Template, expand

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent / "template.yaml"
LIMIT = 1_000_000  # bytes CloudFormation takes from a bucket, which `make deploy` uploads to


def own_rules(template: Template, declared: dict) -> list[str]:
    """What our own rules say."""
    return [f"{rule.__name__}: {problem}" for rule in functions.RULES + resources.RULES for problem in rule(template, declared)]


def lint(text: str) -> list[str]:
    """What cfn-lint calls an error or a warning; its remarks are opinions about style."""
    return [f"{m.rule.id} {m.message}" for m in lint_all(text) if m.rule.id[0] in "EW"]


def problems(source: str, declared: dict, thorough: bool) -> list[str]:
    """Everything wrong with a template; a sketchy look stops at the first kind of check that finds something."""
    try:
        expanded = expand(source)
        found = own_rules(Template(expanded), declared)
    except Exception as error:  # an expansion that fails, or a template too odd for the rules, is a finding too
        return [f"{type(error).__name__}: {error}"]
    if found and not thorough:
        return found
    return found + lint(source) + lint(json.dumps(expanded))


def noticed(expanded: dict, declared: dict) -> bool:
    """Whether one of our own rules sees anything wrong; stopping with an error is seeing it, too."""
    try:
        template = Template(expanded)
        return any(True for rule in functions.RULES + resources.RULES for _ in rule(template, declared))
    except Exception:
        return True


def events(template: Template) -> list[str]:
    """Each sample event belongs to a function and, if it came by HTTP, to a route."""
    routes = {p["RouteKey"] for p in template.of("AWS::ApiGatewayV2::Route").values()}
    found = []
    for file in sorted((HERE.parents[1] / "events").glob("*/*.json")):
        event = json.loads(file.read_text())
        if file.parent.name not in template.functions():
            found.append(f"{file.name}: no function {file.parent.name}")
        if "routeKey" in event and event["routeKey"] not in routes:
            found.append(f"{file.name}: no route {event['routeKey']}")
    return found


def main() -> int:
    """Runs everything and says in one line what was done."""
    began = time.monotonic()
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    source = SOURCE.read_text()
    declared = yaml.safe_load((HERE / "declared.yaml").read_text())
    found = problems(source, declared, thorough=True)
    found += events(Template(expand(source)))
    if len(source.encode()) > LIMIT:
        found.append(f"the template is larger than {LIMIT} bytes")
    if found:  # a defect is only noticed if the template without it passes
        print(*found, sep="\n")
        return 1
    escaped = []
    for what, old, new in MUTATIONS:
        if old not in source:
            escaped.append(f"{what}: cannot be injected any more, its text is gone")
        elif not problems(source.replace(old, new, 1), declared, thorough=False):
            escaped.append(f"{what}: not noticed")
    expanded = expand(source)
    without = list(withheld(expanded))
    escaped += [f"{what}: not noticed" for what, other in without if not noticed(other, declared)]
    for line in escaped:
        print(line)
    defects = len(MUTATIONS) + len(without)
    count = len(functions.RULES) + len(resources.RULES)
    print(f"template: passes {count} rules and cfn-lint; {defects - len(escaped)} of {defects} defects noticed, {len(without)} of them permissions; {time.monotonic() - began:.0f} s")
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
