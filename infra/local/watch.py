"""Runs the functions from source under the local stack: its invocations go to `cargo lambda watch`, which rebuilds."""

import os
import subprocess
import sys

import deploy
import engine
import stack

VARIABLE = "MINISTACK_LAMBDA_PROXY_URL"


def point(client, name: str, port: int | None) -> None:
    """Sends every function's invocations to the watcher, or back to the deployed archives."""
    for function in deploy.FUNCTIONS:
        known = client.get_function_configuration(FunctionName=f"{name}-{function}")
        variables = known["Environment"]["Variables"]
        variables.pop(VARIABLE, None)
        if port:
            variables[VARIABLE] = f"http://127.0.0.1:{port}/2015-03-31/functions/{function}/invocations"
        client.update_function_configuration(FunctionName=f"{name}-{function}", Environment={"Variables": variables})


def main() -> int:
    """Watches until Ctrl-C, then lets the stack run its archives again."""
    running = stack.read(stack.ROOT / ".local/stack.json")
    if not running:
        raise SystemExit("no stack runs; `make up` starts one")
    client, port = deploy.client("lambda", running["endpoint"]), engine.free_port()
    point(client, running["name"], port)
    # All functions share one process environment here, so the variables are the whole stack's, and so are
    # the rights: only deployed archives run under the roles of the template.
    env = os.environ | running["environment"]
    env["PATH"] = f"{stack.ROOT}/.local/deploy/bin:{env['PATH']}"
    command = ["cargo", "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
    try:
        return subprocess.run(command, env=env, cwd=stack.ROOT).returncode
    except KeyboardInterrupt:
        return 0
    finally:
        point(client, running["name"], None)


if __name__ == "__main__":
    sys.exit(main())
