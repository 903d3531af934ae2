"""Kills `make run` in the middle and starts it again: it goes on, and nothing is lost.

The same two commands as in the Makefile, in a folder of their own: the stack with its state, then
`calwatch dev run`, which dies with a change on its way. The exit code is 0 if the change arrived.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import stack

PATIENCE = 120


class Run:
    """One `calwatch dev run`."""

    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path, number: int):
        self.log = folder / f"run-{number}.log"
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        command = [binaries / "calwatch", "dev", "run", "--stack", folder / "stack.json"]
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def said(self) -> str:
        """All that it printed."""
        return self.log.read_text()

    def wait_for(self, words: str) -> None:
        """Waits until it said this."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"it never said {words!r}:\n{self.said()}")
            time.sleep(0.2)

    def end(self, with_signal: signal.Signals) -> int:
        """Sends it a signal and waits for its end."""
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE)


def change(providers: str, title: str) -> None:
    """Ada writes something down."""
    body = {"calendar": "ada@acme.example", "action": "put", "event": {"summary": title}}
    request = urllib.request.Request(f"{providers}/control/events", json.dumps(body).encode(), {"content-type": "application/json"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    direct.open(request, timeout=10).close()


def titles(binaries: pathlib.Path, folder: pathlib.Path) -> list[str]:
    """What calwatch has of Ada's calendar."""
    def ask(*words: str):
        environment = {**os.environ, "CALWATCH_PROFILE": str(folder / "profile.json"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        asked = subprocess.run([binaries / "calwatch", *words, "--json"], env=environment, capture_output=True, text=True, check=True)
        return json.loads(asked.stdout)
    ada = next(it for it in ask("calendar", "list") if it["external_id"] == "ada@acme.example" and it["status"] == "active")
    return [it.get("title") for it in ask("events", ada["id"])["items"]]


def play(binaries: pathlib.Path, folder: pathlib.Path) -> bool:
    """Runs, dies, runs again."""
    line = ["up", "--state", str(folder / "state"), "--file", str(folder / "stack.json"), "--binaries", str(binaries)]
    arguments = stack.arguments(line)
    try:
        providers = stack.up(arguments)["providers"]
        first = Run(binaries, folder, 1)
        first.wait_for("It stays up until Ctrl-C")
        change(providers, "Just before the end")
        first.end(signal.SIGKILL)
        stack.down(arguments)
        stack.up(arguments)
        second = Run(binaries, folder, 2)
        second.wait_for("It goes on where it was")
        second.wait_for("It stays up until Ctrl-C")
        deadline = time.monotonic() + PATIENCE
        while not (arrived := "Just before the end" in titles(binaries, folder)) and time.monotonic() < deadline:
            time.sleep(1)
        in_order = second.end(signal.SIGINT) == 0
        print(json.dumps({"arrived": arrived, "ended_in_order": in_order, "left": [it.name for it in (folder / "state").glob("providers-*")]}))
        return arrived and in_order and not list((folder / "state").glob("providers-*"))
    finally:
        stack.down(arguments)


def main() -> None:
    """Plays it in a folder that is removed if nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=stack.BUILT)
    binaries = parser.parse_args().binaries.resolve()
    folder = stack.ROOT / ".local/resume"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not play(binaries, folder):
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
