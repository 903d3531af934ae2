"""Takes permissions away from deployed functions, one at a time, and sees each function refused and say so.

`../checks` compares the roles with a list of calls; this shows, under enforced IAM, that the list is true:
whoever takes a call out of a role breaks what follows from a change in a calendar.
"""

import argparse
import json
import pathlib
import shutil
import signal
import sys
import time

import yaml

import accounts
import deploy
import engine
import processes
import stack
from books import Stored
from simulated import Person, Providers

# What happens, and the calls that each function needs for it. Every case has a calendar of its own, since
# a calendar whose read failed is left alone for a while.
CASES = [
    ("google-webhook", "put", ["secretsmanager:GetSecretValue", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sqs:SendMessage"]),
    ("microsoft-webhook", "put", ["secretsmanager:GetSecretValue", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "sqs:SendMessage"]),
    ("microsoft-webhook", "storm", ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"]),
    ("sync", "put", ["dynamodb:UpdateItem", "dynamodb:GetItem", "kms:Decrypt", "secretsmanager:GetSecretValue", "kms:Encrypt",
                     "dynamodb:BatchGetItem", "dynamodb:PutItem", "events:PutEvents"]),
    ("sync", "end of a series", ["dynamodb:DeleteItem"]),
    ("sync", "lost cursor", ["dynamodb:Query"]),
    ("sync", "notify", ["sqs:SendMessage"]),
    ("sweeper", "time", ["dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:GetItem", "sqs:SendMessage"]),
]


# Lambda makes these itself when it reads a queue for a function, and the emulator does not check them.
BY_LAMBDA = {("sync", f"sqs:{call}") for call in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")}


class Deployed:
    """A running stack, whose roles can be changed."""

    def __init__(self, running: dict):
        self.running = running
        self.functions, self.roles, self.logs = (deploy.client(name, running["endpoint"]) for name in ("lambda", "iam", "logs"))
        self.stored = Stored(running)

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
        processes.tell(processes.running(self.running["pid"], self.name(function)), signal.SIGKILL)
        return whole

    def happen(self, what: str, key: str, person: Person) -> None:
        """Lets something happen that calwatch has to deal with."""
        match what:
            case "put":
                person.put("Lunch", 40)
            case "storm":
                person.storm()
            case "end of a series":
                # The marker of its cancelled occurrence is the only row that goes without leaving another.
                series, = (one["id"] for one in person.truth() if one.get("recurrence"))
                person.act("delete", series)
            case "lost cursor":
                person.lose_cursors()
                person.put("Lunch", 40)
            case "notify":
                person.notify()
            case "time":
                # What hours of waiting would bring: a read and a poll are overdue.
                self.stored.let_time_pass(key)
                self.functions.invoke(FunctionName=self.name("sweeper"), Payload=b"{}", InvocationType="Event")

    def complains(self, function: str, action: str, since: float) -> bool:
        """Waits until a function says that it may not do something."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            lines = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name(function)}", startTime=int(since * 1000))["events"]
            if any(f"not authorized to perform: {action}" in line["message"] for line in lines):
                return True
            time.sleep(0.1)
        return False

    def name(self, function: str) -> str:
        """A function's name in the stack."""
        return f"{self.running['name']}-{function}"


def play(deployed: Deployed, people: dict[str, Person]) -> int:
    """Every case; how many were not refused."""
    google, microsoft = ([pair for pair in people.items() if pair[1].is_at_google == is_google] for is_google in (True, False))
    missed = 0
    for function, what, actions in CASES:
        for action in actions:
            key, person = (google if function == "google-webhook" else microsoft).pop()
            began, whole = time.time(), deployed.without(function, action)
            try:
                deployed.happen(what, key, person)
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
    tried = {(function, action) for function, _, actions in CASES for action in actions}
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
        wanted = {True: 0, False: 0}
        for function, _, actions in CASES:
            wanted[function == "google-webhook"] += len(actions)
        people = accounts.connect(running, providers, binaries, google=wanted[True], microsoft=wanted[False])
        deployed = Deployed(running)
        while any(deployed.stored.owes(key) for key in people):
            time.sleep(0.2)
        missed = play(deployed, people)
        rest = untried()
        print(*rest, sep="\n", end="\n" if rest else "")
    finally:
        if providers:
            providers.kill()
        stack.down(arguments)
    print(f"{len(people) - missed} of {len(people)} permissions missed when they are gone; {time.monotonic() - began:.0f} s")
    return 1 if missed or rest else 0


if __name__ == "__main__":
    sys.exit(main())
