"""What the providers say, what calwatch wrote down and what was heard on the bus; and where these differ."""

import dataclasses
import datetime
import time

import deploy


@dataclasses.dataclass
class Books:
    """Everything about one calendar at one moment."""

    name: str
    owes: list[str]
    truth: dict[str, dict]
    mirror: dict[str, dict]
    snapshot: dict[str, tuple[str, dict]]
    feed: list[dict]
    heard: set[int]

    def losses(self) -> list[str]:
        """Everything that should be somewhere and is not, or is not as it should be."""
        found = [f"still owes {what}" for what in self.owes]
        found += _differences("the mirror", self.mirror, self.truth)
        found += _differences("the replayed feed", self.replayed(), self.mirror)
        seqs = [entry["seq"] for entry in self.feed]
        last = max(self.heard | {0})
        if seqs != list(range(1, max([last, *seqs]) + 1)):
            found.append(f"the feed has {len(seqs)} entries that are not 1 to {last}")
        unheard = set(seqs) - self.heard
        if unheard:
            found.append(f"entries {sorted(unheard)[:5]} were never heard on the bus")
        return [f"{self.name}: {what}" for what in found]

    def replayed(self) -> dict[str, dict]:
        """The mirror as a reader has it who loaded it once, before anything died, and then followed the feed."""
        rows = dict(self.snapshot)
        for entry in self.feed:
            document = entry.get("after")
            if document:
                rows[document["id"]] = (document["provider_id"], _facts(document))
            elif entry["type"] == "deleted":
                rows.pop(entry["event"], None)
        return dict(rows.values())


def books(name: str, owes: list[str], truth: list[dict], mirror: list[dict], snapshot: list[dict], feed: list[dict], heard: set[int]) -> Books:
    """The same, from what the provider and the API answer."""
    return Books(
        name=name,
        owes=owes,
        truth=dict(fact for event in truth for fact in _told(event)),
        mirror=dict(_rows(mirror).values()),
        snapshot=_rows(snapshot),
        feed=feed,
        heard=heard,
    )


class Stored:
    """The tables and queues of a running stack."""

    def __init__(self, stack: dict):
        self.names = stack["environment"]
        self.tables = deploy.client("dynamodb", stack["endpoint"])
        self.queues = deploy.client("sqs", stack["endpoint"])

    def inbox(self, key: str) -> dict:
        """What a calendar owes."""
        return self._item(key, "inbox")

    def owes(self, key: str) -> list[str]:
        """What is under way or overdue."""
        inbox, feed = self.inbox(key), self._item(key, "feed")
        owed = {
            "a read": int(inbox["req"]) - int(inbox["syn"]),
            "the end of a run": "lease_owner" in inbox,
            "a publication": "pub_due" in feed or feed["last_seq"] != feed["published_seq"],
            "its import": not feed.get("imported"),
            "a dead letter": self._count("DEAD_LETTERS", key),
        }
        return [what for what, is_owed in owed.items() if is_owed]

    def let_hours_pass(self, key: str) -> None:
        """Makes a read and a poll overdue, and news unheard, as hours in which every message was lost would."""
        self._set({"calendar": {"S": key}, "part": {"S": "inbox"}}, "due", "dirty_since", more=", req = req + :one")
        self._set({"calendar": {"S": key}, "part": {"S": "feed"}}, "poll_at")
        for subscription in self.inbox(key)["live"]:
            self._set({"subscription": {"S": subscription}}, "announce_due", table="TABLE_SUBSCRIPTIONS")

    def let_a_week_pass(self, subscription: str) -> None:
        """Makes it a week old: its renewal is overdue, and its end an hour away."""
        now = datetime.datetime.now(datetime.timezone.utc)
        soon = (now + datetime.timedelta(hours=1)).isoformat()
        then = int((now - datetime.timedelta(days=6)).timestamp() * 1000)
        self.tables.update_item(
            TableName=self.names["TABLE_SUBSCRIPTIONS"], Key={"subscription": {"S": subscription}},
            UpdateExpression="SET provider_expires_at = :soon, renewed_at = :then",
            ExpressionAttributeValues={":soon": {"S": soon}, ":then": {"N": str(then)}})
        self._set({"subscription": {"S": subscription}}, "renew_at", table="TABLE_SUBSCRIPTIONS")

    def _set(self, key: dict, *names: str, more: str = "", table: str = "TABLE_CALENDARS") -> None:
        """Puts attributes a minute into the past."""
        values = {":past": {"N": str(int(time.time() * 1000) - 60_000)}} | ({":one": {"N": "1"}} if more else {})
        change = "SET " + ", ".join(f"{name} = :past" for name in names) + more
        self.tables.update_item(TableName=self.names[table], Key=key, UpdateExpression=change, ExpressionAttributeValues=values)

    def buried(self) -> int:
        """Messages that nobody could read, and schedules that could not fire."""
        total = 0
        for name in ("QUEUE_DEAD_LETTERS_URL", "QUEUE_SCHEDULE_DEAD_LETTERS_URL"):
            wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            reply = self.queues.get_queue_attributes(QueueUrl=self.names[name], AttributeNames=wanted)
            total += sum(int(reply["Attributes"][one]) for one in wanted)
        return total

    def _item(self, key: str, part: str) -> dict:
        reply = self.tables.get_item(TableName=self.names["TABLE_CALENDARS"], ConsistentRead=True,
                                     Key={"calendar": {"S": key}, "part": {"S": part}})
        return _plain(reply["Item"])

    def _count(self, table: str, key: str) -> int:
        reply = self.tables.query(TableName=self.names[f"TABLE_{table}"], ConsistentRead=True, Select="COUNT",
                                  KeyConditionExpression="calendar = :key", ExpressionAttributeValues={":key": {"S": key}})
        return reply["Count"]


def _plain(item: dict) -> dict:
    """An item without its types."""
    return {name: next(iter(value.values())) for name, value in item.items()}


def _differences(what: str, is_: dict, should: dict) -> list[str]:
    found = []
    for event in sorted(is_.keys() | should.keys()):
        if event not in is_:
            found.append(f"{what} lacks {should[event].get('title') or event}")
        elif event not in should:
            found.append(f"{what} still has {is_[event].get('title') or event}")
        elif is_[event] != should[event]:
            found.append(f"{what} has {is_[event]} instead of {should[event]}")
    return found


def _rows(documents: list[dict]) -> dict[str, tuple[str, dict]]:
    """By our id, the provider's id and what is compared."""
    return {one["id"]: (one["provider_id"], _facts(one)) for one in documents}


def _moment(when: dict | None, name: str) -> str | None:
    """A day, or a time to the second: everybody here lives in UTC."""
    return when and (when.get("date") or when[name][:19])


def _facts(document: dict) -> dict:
    """What is compared of a row, or of an entry's event."""
    is_gone = document["status"] == "cancelled"
    return {
        "title": document.get("title", ""),
        "start": _moment(document.get("start"), "at"),
        "end": None if is_gone else _moment(document.get("end"), "at"),
        "status": document["status"],
        "series": document.get("series", {}).get("master_provider_id"),
        "repeats": document["kind"] == "master",
    }


def _told(event: dict):
    """The same facts as either provider tells them: one for an event, several for a series of Microsoft's."""
    master = event.get("recurringEventId") or event.get("seriesMasterId")
    is_gone = event.get("status") == "cancelled"
    start = event.get("originalStartTime") if is_gone else event.get("start")
    yield event["id"], {
        "title": event.get("summary", event.get("subject", "")),
        "start": _moment(start, "dateTime"),
        "end": None if is_gone else _moment(event.get("end"), "dateTime"),
        "status": event.get("status", "confirmed"),
        "series": master,
        "repeats": bool(event.get("recurrence")),
    }
    for exception in event.get("exceptionOccurrences", []):
        yield from _told(exception)
    for occurrence in event.get("cancelledOccurrences", []):
        # Its name says the day; a series keeps its hour.
        start = f"{occurrence.rsplit('.', 1)[1]}T{event['start']['dateTime'][11:19]}"
        yield occurrence, {"title": "", "start": start, "end": None, "status": "cancelled", "series": event["id"], "repeats": False}
