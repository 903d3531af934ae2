"""The whole product on one machine: `stack.py up`, `down`, `status`, `logs`."""

import argparse
import json
import os
import pathlib
import shutil
import sys
import time

import deploy
import engine

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug"


def read(file: pathlib.Path) -> dict | None:
    """The running stack this file describes, if it still runs."""
    if not file.exists():
        return None
    stack = json.loads(file.read_text())
    return stack if engine.is_ours(stack["pid"]) and engine.answers(stack["port"]) else None


def kept_port(state: pathlib.Path | None) -> int:
    """The port of the run that left this state: its queue URLs are stored there, so it must be the same."""
    if not state:
        return 0
    state.mkdir(parents=True, exist_ok=True)
    file = state / "port"
    if not file.exists():
        file.write_text(str(engine.free_port()))
    return int(file.read_text())


def up(args: argparse.Namespace) -> dict:
    """Starts the emulator unless it runs, deploys, and writes down what a client needs."""
    began = time.monotonic()
    args.file.parent.mkdir(parents=True, exist_ok=True)
    log = args.file.with_suffix(".log")
    if args.fresh:
        down(args)
    stack = read(args.file)
    if not stack:
        log.unlink(missing_ok=True)
        port = args.port or kept_port(args.state) or engine.free_port()
        pid = engine.start(port, log, args.state.resolve() if args.state else None)
        stack = {"pid": pid, "port": port}
    # Where `calwatch dev` will simulate both providers: the functions are told now, so the port is chosen now.
    providers = stack.setdefault("providers", f"http://127.0.0.1:{engine.free_port()}")
    endpoint = f"http://127.0.0.1:{stack['port']}"
    # Written at once, so that `down` finds the emulator even when the deployment fails.
    args.file.write_text(json.dumps({**stack, "endpoint": endpoint}))
    prefix = deploy.upload(endpoint, args.binaries, args.file.parent / "archives")
    parameters = {"GoogleApiBaseUrl": providers, "GoogleTokenUrl": f"{providers}/token",
                  "MicrosoftGraphBaseUrl": providers, "MicrosoftLoginBaseUrl": providers}
    parameters |= dict(p.split("=", 1) for p in args.parameter)
    outputs = deploy.deploy(endpoint, args.name, ROOT / "infra/template.yaml", {"CodePrefix": prefix, **parameters})
    told = {"GOOGLE_API_BASE_URL": parameters["GoogleApiBaseUrl"],
            "GOOGLE_TOKEN_URL": parameters["GoogleTokenUrl"],
            "MICROSOFT_GRAPH_BASE_URL": parameters["MicrosoftGraphBaseUrl"],
            "MICROSOFT_LOGIN_BASE_URL": parameters["MicrosoftLoginBaseUrl"],
            "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": engine.REGION, **engine.CREDENTIALS}
    api = outputs["ApiId"]
    stack |= {
        "name": args.name,
        "endpoint": endpoint,
        "region": engine.REGION,
        "credentials": engine.CREDENTIALS,
        "file": str(args.file.resolve()),
        "log": str(log.resolve()),
        # Where it keeps what it holds, if it does.
        "state": str(args.state.resolve()) if args.state else stack.get("state"),
        # Requests go to `endpoint`, with this Host header.
        "api_id": api,
        "api_host": f"{api}.execute-api.localhost:{stack['port']}",
        "outputs": outputs,
        "environment": deploy.environment(outputs) | told,
    }
    args.file.write_text(json.dumps(stack, indent=2))
    print(f"{args.name} runs on {endpoint}, deployed in {time.monotonic() - began:.1f} s; {args.file}", file=sys.stderr)
    return stack


def down(args: argparse.Namespace) -> None:
    """Stops the emulator of this file; nothing happens if there is none."""
    if args.file.exists():
        stack = json.loads(args.file.read_text())
        if not engine.stop(stack["pid"]):
            print("the emulator did not stop in order; what it was told since its start is not kept", file=sys.stderr)
        shutil.rmtree(engine.scratch(args.file.parent, stack["port"]), ignore_errors=True)
        args.file.unlink()


def status(args: argparse.Namespace) -> None:
    """Prints the stack file, or says that nothing runs."""
    stack = read(args.file)
    if not stack:
        raise SystemExit("no stack runs; `make run` starts one")
    print(json.dumps(stack, indent=2))


def logs(args: argparse.Namespace) -> None:
    """Prints every line the functions wrote, oldest first."""
    stack = read(args.file)
    if not stack:
        raise SystemExit("no stack runs")
    client = deploy.client("logs", stack["endpoint"])
    for function in deploy.FUNCTIONS:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{stack['name']}-{function}")
        for event in (e for page in pages for e in page["events"]):
            print(f"{function}: {event['message']}")


def arguments(line: list[str]) -> argparse.Namespace:
    """Reads a command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "logs"])
    parser.add_argument("--file", type=pathlib.Path, default=ROOT / ".local/stack.json", help="where the running stack is described")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=pathlib.Path, help="keep tables and queues here between runs")
    parser.add_argument("--fresh", action="store_true", help="stop a running stack first")
    parser.add_argument("--name", default="calwatch")
    parser.add_argument("--binaries", type=pathlib.Path, default=BUILT)
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="a template parameter")
    return parser.parse_args(line)


def main() -> None:
    """Does what the command line says."""
    args = arguments(sys.argv[1:])
    {"up": up, "down": down, "status": status, "logs": logs}[args.command](args)


if __name__ == "__main__":
    main()
