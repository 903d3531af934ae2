"""The functions' processes below our own emulator, and how they die."""

import os
import pathlib
import signal
import sys
import time

PROC = pathlib.Path("/proc")


def must_be_visible() -> None:
    """Ends the program where processes cannot be told apart, and lets whoever stops it stop what it started."""
    if not PROC.joinpath("self").exists():
        print("skipped: functions are found by /proc, which this machine does not have")
        sys.exit(0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def running(emulator: int, function: str) -> list[int]:
    """The processes of one function that descend from this emulator, whatever else runs on the machine."""
    parents, found = {}, []
    for folder in PROC.glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # ended meanwhile, or somebody else's
            continue
        if f"AWS_LAMBDA_FUNCTION_NAME={function}".encode() in environment:
            found.append(int(folder.name))
    return [pid for pid in found if _descends(pid, emulator, parents)]


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


def tell(pids: list[int], message: signal.Signals) -> None:
    """Sends a signal to each that still runs."""
    for pid in pids:
        try:
            os.kill(pid, message)
        except ProcessLookupError:
            pass


def kill(pids: list[int]) -> None:
    """Ends each without a word, and waits until it has ended; its parent may not have noticed yet."""
    tell(pids, signal.SIGKILL)
    while any(_runs(pid) for pid in pids):
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
