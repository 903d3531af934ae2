"""Takes permissions away from deployed functions, one at a time, and sees each function refused and say so.

`../checks` compares the roles with a list of calls; this shows, under enforced IAM, that the list is true:
whoever takes a call out of a role breaks what follows from a change in a calendar.
"""

import argparse
import json
import pathlib
import shutil
import sys
import time

import yaml

import accounts
import deploy
import engine
import processes
import stack
from books import Stored
from management import Management
from occasions import OCCASIONS, Occasion
from simulated import Providers

# Function, at which provider, what happens, and the calls that the function needs for it. Every case has a
# calendar of its own, since a calendar whose read failed is left alone for a while.
CASES = [
    ("google-webhook", "google", "a change", ["secretsmanager:GetSecretValue", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sqs:SendMessage",
                                      "dynamodb:BatchGetItem"]),
    ("microsoft-webhook", "microsoft", "a change", ["secretsmanager:GetSecretValue", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sqs:SendMessage"]),
    ("microsoft-webhook", "microsoft", "changes at once", ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"]),
    ("sync", "microsoft", "a change", ["dynamodb:UpdateItem", "dynamodb:GetItem", "kms:Decrypt", "secretsmanager:GetSecretValue", "kms:Encrypt",
                                       "dynamodb:BatchGetItem", "dynamodb:PutItem", "events:PutEvents"]),
    ("sync", "microsoft", "the end of a series", ["dynamodb:DeleteItem"]),
    ("sync", "microsoft", "a lost cursor", ["dynamodb:Query"]),
    ("sync", "microsoft", "a notification about nothing", ["sqs:SendMessage"]),
    ("sweeper", "microsoft", "hours of silence", ["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:GetItem", "sqs:SendMessage",
                                                    "events:PutEvents"]),
    ("renewal", "google", "a week", ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sqs:SendMessage",
                                     "secretsmanager:GetSecretValue", "kms:Decrypt"]),
    ("renewal", "microsoft", "a week", ["kms:Encrypt"]),
    ("management-api", "google", "a look at the organization", ["dynamodb:GetItem"]),
    ("management-api", "google", "a look at the calendars", ["dynamodb:Query", "dynamodb:BatchGetItem"]),
    ("management-api", "google", "another key", ["dynamodb:PutItem", "dynamodb:DeleteItem"]),
    ("management-api", "google", "a pause", ["dynamodb:UpdateItem", "sqs:SendMessage"]),
    ("management-api", "microsoft", "a new subscription", ["secretsmanager:GetSecretValue", "kms:Decrypt", "kms:Encrypt"]),
]

# Lambda makes these itself when it reads a queue for a function, and the emulator does not check them.
BY_LAMBDA = {("sync", f"sqs:{call}") for call in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")}


class Deployed:
    """A running stack, whose roles can be changed."""

    def __init__(self, running: dict):
        self.running = running
        self.functions, self.roles, self.logs = (deploy.client(name, running["endpoint"]) for name in ("lambda", "iam", "logs"))

    def without(self, function: str, action: str) -> dict:
        """Takes an action out of a function's role; what puts it back."""
        role = self.functions.get_function_configuration(FunctionName=self.name(function))["Role"].rsplit("/", 1)[1]
        policy, = self.roles.list_role_policies(RoleName=role)["PolicyNames"]
        document = self.roles.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        left = []
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            kept = [one for one in actions if one != action]
            left += [statement | {"Action": kept}] if kept else []
        whole = {"RoleName": role, "PolicyName": policy, "PolicyDocument": json.dumps(document)}
        self.roles.put_role_policy(**whole | {"PolicyDocument": json.dumps(document | {"Statement": left})})
        # A process remembers keys and grants, and would not have to ask for them.
        processes.kill(processes.running(self.running["pid"], self.name(function)))
        return whole

    def complains(self, function: str, action: str, since: float) -> bool:
        """Waits until a function says that it may not do something."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            lines = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name(function)}", startTime=int(since * 1000))["events"]
            if any(f"not authorized to perform: {action}" in line["message"] for line in lines):
                return True
            time.sleep(0.1)
        return False

    def name(self, function: str) -> str:
        """A function's name in the stack."""
        return f"{self.running['name']}-{function}"


def play(deployed: Deployed, occasions: dict[str, list[Occasion]]) -> int:
    """Every case; how many were not refused."""
    missed = 0
    for function, provider, what, actions in CASES:
        for action in actions:
            occasion = occasions[provider].pop()
            began, whole = time.time(), deployed.without(function, action)
            try:
                OCCASIONS[what](occasion)
                is_refused = deployed.complains(function, action, began)
            finally:
                deployed.roles.put_role_policy(**whole)
            print(f"{function:<18} without {action:<30} {'is refused, and says so' if is_refused else 'WAS NOT MISSED'}", flush=True)
            missed += not is_refused
    return missed


def untried() -> list[str]:
    """Calls that a function is declared to make, and no case here needs."""
    declared = yaml.safe_load((stack.ROOT / "infra/checks/declared.yaml").read_text())["functions"]
    calls = {(function, action) for function, said in declared.items() for action in said["calls"]}
    tried = {(function, action) for function, _, _, actions in CASES for action in actions}
    return [f"{function}: no case needs {action}" for function, action in sorted(calls - tried - BY_LAMBDA)]


def main() -> int:
    """Tries everything on a fresh stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=stack.BUILT)
    binaries = parser.parse_args().binaries.resolve()
    processes.must_be_visible()
    began = time.monotonic()
    folder = stack.ROOT / ".local/refusals"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = f"http://127.0.0.1:{engine.free_port()}"
    arguments = stack.arguments(["up", "--file", str(folder / "stack.json"), "--binaries", str(binaries), *accounts.parameters(url)])
    providers = None
    try:
        running = stack.up(arguments)
        providers = Providers(binaries / "calendar-simulator", url, folder, accounts.delivery_map(running))
        providers.start()
        wanted = {name: sum(len(actions) for _, provider, _, actions in CASES if provider == name) for name in ("google", "microsoft")}
        management = Management.founded(running, binaries / "calwatch", "Acme")
        people = accounts.connect(management, providers, **wanted)
        stored = Stored(running)
        while any(stored.owes(key) for key in people):
            time.sleep(0.2)
        occasions = {"google": [], "microsoft": []}
        for key, person in people.items():
            occasions[person.provider.lower()].append(Occasion(key, person, management, stored))
        missed, rest = play(Deployed(running), occasions), untried()
    finally:
        if providers:
            providers.kill()
        stack.down(arguments)
    print(*rest, sep="\n", end="\n" if rest else "")
    print(f"{len(people) - missed} of {len(people)} permissions missed when they are gone; {time.monotonic() - began:.0f} s")
    return 1 if missed or rest else 0


if __name__ == "__main__":
    sys.exit(main())
