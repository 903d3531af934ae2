"""People who go on changing their calendars while things break."""

import contextlib
import random
import threading

from simulated import Person, written


def is_of_series(event: dict) -> bool:
    """Whether an event, as either provider tells it, repeats or belongs to one that does."""
    return bool(event.get("recurrence") or event.get("recurringEventId"))


class Crowd:
    """Changes every calendar about twice a second, until it is told to stop."""

    def __init__(self, people: list[Person], seed: int):
        self.people = people
        self.chance = random.Random(seed)
        self.ids = {person.calendar: [event["id"] for event in person.truth() if not is_of_series(event)] for person in people}
        self.done = 0
        self.failed = None
        self.at_work = threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    @contextlib.contextmanager
    def at_rest(self):
        """Nobody changes anything meanwhile, and no change is half done."""
        with self.at_work:
            yield

    def _work(self) -> None:
        while not self.over.wait(0.1):
            person = self.chance.choice(self.people)
            with self.at_work:
                try:
                    self._change(person)
                    self.done += 1
                except OSError:
                    pass  # The provider is down. Whether it was done is for the provider to say, afterwards.
                except ValueError as error:
                    self.failed = self.failed or error

    def _change(self, person: Person) -> None:
        ids, chance = self.ids[person.calendar], self.chance
        what = chance.random()
        hour = 2 + chance.randrange(24 * 20)
        if what < 0.5 or len(ids) < 3:
            ids.append(person.put(f"Meeting {self.done}", hour))
        elif what < 0.6:
            self._series(person, hour)
        elif what < 0.85:
            person.put(f"Moved {self.done}", hour, chance.choice(ids))
        else:
            gone = ids.pop(chance.randrange(len(ids)))
            person.act("delete", gone)

    def _series(self, person: Person, hour: int) -> None:
        series = person.put_daily(f"Daily {self.done}", hour)
        second, third = hour + 24, hour + 48
        person.act("cancel", series, original_start=f"{written(second)}Z")
        person.act("move", series, original_start=f"{written(third)}Z", start=f"{written(third + 1)}Z", end=f"{written(third + 2)}Z")
