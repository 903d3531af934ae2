"""Every permission of every role taken away in turn: each must be missed by the rules, or it was not needed."""

import copy

from template import items


def withheld(expanded: dict):
    """(what is missing, the expanded template without it), for each action, resource and statement of each role."""
    for role, resource in expanded["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for p, policy in enumerate(resource["Properties"].get("Policies", [])):
            for s, statement in enumerate(items(policy["PolicyDocument"]["Statement"])):
                place = (role, p, s)
                what = f"{role}, {', '.join(items(statement['Action']))}"
                yield f"{what}: denied", _with(expanded, place, Effect="Deny")
                yield from _without(expanded, place, "Action", statement, role)
                yield from _without(expanded, place, "Resource", statement, what)


def _without(expanded: dict, place: tuple, key: str, statement: dict, what: str):
    """The statement without each one of its actions or resources; a statement with none is no statement."""
    all_ = items(statement[key])
    for one in all_:
        rest = [other for other in all_ if other is not one]
        yield f"{what}: without {one}", _with(expanded, place, **{key: rest}) if rest else _with(expanded, place)


def _with(expanded: dict, place: tuple, **changed) -> dict:
    """A copy in which one statement is changed, or gone if nothing is said about it."""
    role, p, s = place
    resources = expanded["Resources"]
    other = copy.deepcopy(resources[role])
    document = other["Properties"]["Policies"][p]["PolicyDocument"]
    statements = items(document["Statement"])
    document["Statement"] = [one | changed if i == s else one for i, one in enumerate(statements) if i != s or changed]
    return {**expanded, "Resources": {**resources, role: other}}
