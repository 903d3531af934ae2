"""Starts and stops one ministack (AWS on loopback) as a process of its own, found again by its pid."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

# Root in the emulator. Functions do not get these: they run as their roles, and IAM is enforced.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "test"}
REGION = "us-east-1"


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scratch(folder: pathlib.Path, port: int) -> pathlib.Path:
    """Where an emulator on this port unpacks archives; removed when it stops."""
    return folder.resolve() / f"emulator-{port}"


def start(port: int, log: pathlib.Path, state: pathlib.Path | None) -> int:
    """Starts the emulator, waits until it answers, and returns its pid."""
    own = scratch(log.parent, port)
    own.mkdir(parents=True, exist_ok=True)
    # Native functions inherit this environment whole, so it is made from nothing: a proxy or a
    # profile of the developer's shell would otherwise reach them.
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(own),
        "TMPDIR": str(own),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": REGION,
        "MINISTACK_REGION": REGION,
        **CREDENTIALS,
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "S3_DATA_DIR": str((state or own) / "s3"),
        "PERSIST_STATE": "1" if state else "0",
        "S3_PERSIST": "1" if state else "0",
        "STATE_DIR": str(state or own),
    }
    with open(log, "ab") as out:
        # Its own session, so that Ctrl-C reaches whoever started the stack, and that one stops it in order.
        child = subprocess.Popen([sys.executable, "-m", "ministack"], env=env, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out, start_new_session=True)
    deadline = time.monotonic() + 60
    # Its own answer, not that of another one that holds the port already.
    while child.poll() is not None or not answers(port):
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            raise SystemExit(f"ministack did not start; see {log}")
        time.sleep(0.05)
    return child.pid


def answers(port: int) -> bool:
    """Whether an emulator is ready on this port."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as reply:
            return bool(json.load(reply))
    except (urllib.error.URLError, OSError, ValueError):
        return False


def is_ours(pid: int) -> bool:
    """Whether the process with this pid is a ministack; pids are used again after a reboot."""
    proc = pathlib.Path(f"/proc/{pid}/cmdline")
    if proc.parent.parent.joinpath("self").exists():
        try:
            return b"ministack" in proc.read_bytes()
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return "ministack" in shown.stdout


def stop(pid: int) -> bool:
    """Asks the emulator to stop, which stops its functions and writes its state, and waits. False if it had to be killed."""
    if not is_ours(pid):
        return True
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while is_ours(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return False
        try:  # reaps it when it is our own child
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        time.sleep(0.05)
    return True
