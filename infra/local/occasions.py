"""What can happen to a calendar, so that calwatch has to make every call it ever makes."""

import dataclasses

import deploy
from books import Stored
from management import Management
from simulated import Person


@dataclasses.dataclass
class Occasion:
    """A calendar, whose it is, and who manages it."""

    key: str
    person: Person
    management: Management
    stored: Stored

    @property
    def calendar(self) -> str:
        """Its id."""
        return self.key.split("/")[1]

    def invoke(self, function: str) -> None:
        """What the scheduler does when the time has come."""
        stack = self.management.stack
        deploy.client("lambda", stack["endpoint"]).invoke(FunctionName=f"{stack['name']}-{function}", Payload=b"{}", InvocationType="Event")

    def try_to(self, method: str, path: str, body: dict | None = None):
        """A request that a missing permission may well refuse."""
        try:
            return self.management.call(method, path, body)
        except ValueError:
            return None


def _end_of_a_series(occasion: Occasion) -> None:
    # The marker of its cancelled occurrence is the only row that goes without leaving another.
    series, = (one["id"] for one in occasion.person.truth() if one.get("recurrence"))
    occasion.person.act("delete", series)


def _lost_cursor(occasion: Occasion) -> None:
    occasion.person.lose_cursors()
    occasion.person.put("Lunch", 40)


def _hours_of_silence(occasion: Occasion) -> None:
    occasion.stored.let_hours_pass(occasion.key)
    occasion.invoke("sweeper")


def _a_week(occasion: Occasion) -> None:
    subscription, = occasion.management.get(f"webhook-subscriptions?calendar={occasion.calendar}")["items"]
    occasion.stored.let_a_week_pass(subscription["id"])
    occasion.invoke("renewal")


def _another_key(occasion: Occasion) -> None:
    made = occasion.try_to("POST", "keys", {"name": "Another", "scope": "viewer"})
    if made:
        occasion.try_to("DELETE", f"keys/{made['id']}")


def _a_pause(occasion: Occasion) -> None:
    for action in ("pause", "resume"):
        occasion.try_to("PUT", f"calendars/{occasion.calendar}", {"action": action})


OCCASIONS = {
    "a change": lambda occasion: occasion.person.put("Lunch", 40),
    "changes at once": lambda occasion: occasion.person.storm(),
    "the end of a series": _end_of_a_series,
    "a lost cursor": _lost_cursor,
    "a notification about nothing": lambda occasion: occasion.person.notify(),
    "hours of silence": _hours_of_silence,
    "a week": _a_week,
    "a look at the organization": lambda occasion: occasion.try_to("GET", "organization"),
    "a look at the calendars": lambda occasion: occasion.try_to("GET", "calendars"),
    "another key": _another_key,
    "a pause": _a_pause,
    "a new subscription": lambda occasion: occasion.try_to("POST", "webhook-subscriptions", {"calendar": occasion.calendar}),
}
