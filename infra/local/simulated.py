"""The simulated providers as a process of their own, which can be killed, and what its inhabitants do."""

import datetime
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

# Soon, since Microsoft's calendars are read a year ahead, and never over.
MONTH = datetime.datetime.combine(datetime.date.today() + datetime.timedelta(days=7), datetime.time())
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Providers:
    """Google and Microsoft on one port, with a world that is kept in a file."""

    def __init__(self, binary: pathlib.Path, url: str, folder: pathlib.Path, delivery_map: dict):
        self.binary = binary
        self.url = url
        self.folder = folder
        self.delivery_map = delivery_map
        self.child = None

    def start(self) -> None:
        """Starts the process on the port that the functions know, and waits until it answers."""
        with open(self.folder / "simulator.log", "ab") as log:
            self.child = subprocess.Popen(
                [self.binary, "--listen", self.url.removeprefix("http://"), "--state", self.folder / "world.json",
                 "--max-page-size", "50", "--delivery-map", json.dumps(self.delivery_map)],
                env={}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 30
        while not self.answers():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the simulator did not start; see {self.folder}/simulator.log")
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it without a word, if it runs."""
        if self.child:
            self.child.kill()
            self.child.wait()

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return bool(self.get("clock"))
        except OSError:
            return False

    def get(self, path: str):
        """What `/control` shows."""
        with DIRECT.open(f"{self.url}/control/{path}", timeout=10) as reply:
            return json.load(reply)

    def post(self, path: str, **body):
        """What `/control` does; OSError if the process is gone, and then it may be done or not."""
        request = urllib.request.Request(f"{self.url}/control/{path}", json.dumps(body).encode(), {"content-type": "application/json"})
        try:
            with DIRECT.open(request, timeout=10) as reply:
                return json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise ValueError(f"{path}: {refused.read().decode()}") from refused


def written(hour: int) -> str:
    """So many hours after the beginning of a month that lies ahead, without a zone."""
    return (MONTH + datetime.timedelta(hours=hour)).isoformat()


class Person:
    """Somebody with a calendar at one of the providers, who writes events as that provider has them."""

    def __init__(self, providers: Providers, calendar: str):
        self.providers = providers
        self.calendar = calendar
        # Microsoft's calendars go by their path, Google's by an address.
        self.is_at_google = not calendar.startswith("users/")
        self.provider = "Google" if self.is_at_google else "Microsoft"
        self.path = "events" if self.is_at_google else "microsoft/events"

    def put(self, title: str, hour: int, event: str | None = None, **fields) -> str:
        """Creates an event of one hour, or rewrites it; the provider's id."""
        start, end = written(hour), written(hour + 1)
        if self.is_at_google:
            draft = {"summary": title, "start": {"dateTime": f"{start}Z"}, "end": {"dateTime": f"{end}Z"}}
        else:
            draft = {"subject": title, "start": {"dateTime": start, "timeZone": "UTC"}, "end": {"dateTime": end, "timeZone": "UTC"}}
        draft |= fields | ({"id": event} if event else {})
        return self.providers.post(self.path, calendar=self.calendar, action="put", event=draft)["id"]

    def put_daily(self, title: str, hour: int) -> str:
        """Creates a series of five days."""
        if self.is_at_google:
            return self.put(title, hour, recurrence=["RRULE:FREQ=DAILY;COUNT=5"])
        numbered = {"type": "numbered", "numberOfOccurrences": 5, "startDate": written(hour)[:10], "recurrenceTimeZone": "UTC"}
        return self.put(title, hour, recurrence={"pattern": {"type": "daily", "interval": 1}, "range": numbered})

    def act(self, action: str, event: str, **fields) -> None:
        """Deletes an event, or cancels or moves an occurrence."""
        self.providers.post(self.path, calendar=self.calendar, action=action, id=event, **fields)

    def storm(self) -> None:
        """Several changes at once, of which Microsoft tells in one message."""
        path = "storm" if self.is_at_google else "microsoft/storm"
        self.providers.post(path, calendar=self.calendar, updates=3)

    def notify(self) -> None:
        """Lets the provider say that something changed when nothing did."""
        channels = self.providers.get("channels")
        channel, = (one["id"] for one in channels if one["calendar"] == self.calendar and one["live"])
        self.providers.post("notify", channel=channel, state="exists")

    def lose_cursors(self) -> None:
        """Lets the provider forget where its readers were."""
        self.providers.post("faults", fault="expire_sync_tokens", calendar=self.calendar)

    def truth(self) -> list[dict]:
        """What a full read of the calendar would return."""
        path = "truth" if self.is_at_google else "microsoft/truth"
        return self.providers.get(f"{path}?calendar={self.calendar}")["items"]

    def slow(self, milliseconds: int) -> None:
        """Lets the next read of the calendar take its time."""
        self.providers.post("faults", fault="slow_answer", milliseconds=milliseconds, calendar=self.calendar)
