"""The management API of a running stack, as an operator's program calls it."""

import json
import pathlib
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from simulated import DIRECT


class Management:
    """One organization, by a key of its own."""

    def __init__(self, stack: dict, organization: str, key: str):
        self.stack = stack
        self.organization = organization
        self.key = key

    @classmethod
    def founded(cls, stack: dict, calwatch: pathlib.Path, name: str):
        """A new organization: its first key is the one thing that no key can ask for."""
        command = [calwatch, "--json", "org", "create", name, "--local", stack["file"]]
        made = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return cls(stack, made["id"], made["key"])

    def get(self, path: str):
        """Reads."""
        return self.call("GET", path)

    def post(self, path: str, **body):
        """Creates."""
        return self.call("POST", path, body)

    def put(self, path: str, **body):
        """Changes."""
        return self.call("PUT", path, body)

    def call(self, method: str, path: str, body: dict | None = None):
        """A request and its answer; ValueError with the problem if it is refused."""
        headers = {"host": self.stack["api_host"], "authorization": f"Bearer {self.key}", "content-type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.stack['endpoint']}/api/{path}", content, headers, method=method)
        try:
            with DIRECT.open(request, timeout=30) as reply:
                return json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise ValueError(f"{method} {path}: {refused.code} {refused.read().decode()}") from refused

    def events(self, calendar: str) -> list[dict]:
        """A snapshot of a calendar."""
        events, cursor = [], ""
        while True:
            page = self.get(f"calendars/{calendar}/events?limit=200{cursor}")
            events += page["items"]
            if not page["next"]:
                return events
            cursor = f"&cursor={urllib.parse.quote(page['next'])}"

    def changes(self, calendar: str) -> list[dict]:
        """The whole feed of a calendar, page by page, as a reader follows it."""
        entries, cursor = [], 0
        while True:
            page = self.get(f"calendars/{calendar}/changes?cursor={cursor}")
            entries += page["items"]
            cursor = page["cursor"]
            if not page["has_more"]:
                return entries
