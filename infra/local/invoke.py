"""Sends sample events to deployed functions and prints the answers: `invoke.py [function [event]]`."""

import json
import pathlib
import sys

import deploy
import stack

EVENTS = stack.ROOT / "events"


def invoke(client, name: str, file: pathlib.Path) -> bool:
    """Whether the function took the event; its answer is printed."""
    reply = client.invoke(FunctionName=f"{name}-{file.parent.name}", Payload=file.read_bytes())
    answer = json.loads(reply["Payload"].read() or "null")
    failed = reply.get("FunctionError")
    print(f"{file.parent.name}/{file.stem}: {failed or 'ok'} {json.dumps(answer)}")
    return not failed


def main() -> int:
    """Chooses the files and sends them in order."""
    function, event = (sys.argv[1:] + ["", ""])[:2]
    files = sorted(EVENTS.glob(f"{function or '*'}/{event or '*'}.json"))
    if not files:
        raise SystemExit(f"no event {event or '*'} for {function or 'any function'} in events/")
    # A running stack is used as it is; otherwise one is started for these events only.
    own = stack.ROOT / ".local/invoke.json"
    running = stack.read(stack.ROOT / ".local/stack.json")
    try:
        running = running or stack.up(stack.arguments(["up", "--fresh", "--file", str(own)]))
        client = deploy.client("lambda", running["endpoint"])
        return 0 if all([invoke(client, running["name"], f) for f in files]) else 1
    finally:
        stack.down(stack.arguments(["down", "--file", str(own)]))


if __name__ == "__main__":
    sys.exit(main())
