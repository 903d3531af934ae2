"""Kills what can die while people change their calendars, and counts what is lost: nothing may be.

A function dies in the middle of an answer and in the middle of a read, both providers die without a
word, and the emulator stops in order; each comes back. A reader of the feed and a listener on the bus
must have everything in the end. The last line is a summary; the exit code is 0 if nothing was lost.
"""

import argparse
import json
import pathlib
import shutil
import signal
import sys
import time

import accounts
import engine
import processes
import stack
from books import Books, Stored, books
from crowd import Crowd
from listener import Listener
from management import Management
from simulated import Providers
from suspicion import overlooked

# A read that died holds its lease for 150 s; 90 s later the sweeper may take over, which comes once a minute.
PATIENCE = 150 + 90 + 60 + 120


def say(what: str, outcome: str = "") -> None:
    """One line of the story."""
    print(f"{what:<58} {outcome}".rstrip(), flush=True)


class Restart:
    """The stack, the providers, and who lives there."""

    def __init__(self, folder: pathlib.Path, binaries: pathlib.Path, brief: bool):
        self.brief = brief
        self.began = time.monotonic()
        self.folder = folder
        self.binaries = binaries
        self.url = f"http://127.0.0.1:{engine.free_port()}"
        self.providers = None
        line = ["up", "--state", str(folder / "state"), "--file", str(folder / "stack.json"), "--binaries", str(binaries)]
        self.arguments = stack.arguments([*line, *accounts.parameters(self.url)])

    def up(self) -> None:
        """Starts the stack, or starts it again from its state."""
        self.stack = stack.up(self.arguments)
        self.stored = Stored(self.stack)

    def down(self) -> None:
        """Stops everything that still runs."""
        if self.providers:
            self.providers.kill()
        stack.down(self.arguments)

    def play(self) -> bool:
        """The whole story. True if nothing was lost, and a loss would have been seen."""
        self.up()
        self.providers = Providers(self.binaries / "calendar-simulator", self.url, self.folder, accounts.delivery_map(self.stack))
        self.providers.start()
        self.listener = Listener(self.stack)
        self.management = Management.founded(self.stack, self.binaries / "calwatch", "Acme")
        self.people = accounts.connect(self.management, self.providers, google=2, microsoft=2)
        say("An organization, two calendars at each provider", f"on {self.stack['endpoint']}")
        self.snapshots = {key: [] for key in self.people}
        self.wait("the imports", self.is_settled, 120)
        self.snapshots = {key: self.management.events(key.split("/")[1]) for key in self.people}
        with Crowd(list(self.people.values()), seed=7) as crowd:
            time.sleep(3)
            self.webhooks_die_while_they_answer()
            if not self.brief:
                self.sync_dies_while_it_reads()
            self.providers_die(crowd)
            self.emulator_restarts(crowd)
            time.sleep(5)
        if crowd.failed:
            raise crowd.failed
        say(f"The people stop after {crowd.done} changes")
        seconds = self.settle()
        say("What was interrupted is taken up again", f"after {seconds:.0f} s")
        return self.audit(crowd.done)

    def webhooks_die_while_they_answer(self) -> None:
        """Freezes a webhook, lets a notification arrive there, and kills it."""
        for person in list(self.people.values())[::2]:
            function = f"{self.stack['name']}-{'google' if person.is_at_google else 'microsoft'}-webhook"
            pids = self.processes_of(function)
            before = self.failures()
            processes.tell(pids, signal.SIGSTOP)
            person.put("While the webhook dies", 40)
            time.sleep(0.5)
            processes.kill(pids)
            self.wait("a notification that nobody answered", lambda: self.failures() > before, 30)
            say(f"{function} dies while it answers", f"{len(pids)} killed; the provider has to repeat itself")

    def sync_dies_while_it_reads(self) -> None:
        """Lets a read take its time, and kills whoever reads, once at each provider."""
        for key, person in list(self.people.items())[1::2]:
            function = f"{self.stack['name']}-sync"
            person.slow(8_000)
            person.put("While sync dies", 40)
            self.wait("a slow read", lambda: self.reads_for_a_second(key), 90)
            pids = self.processes_of(function)
            processes.kill(pids)
            if "lease_owner" not in self.stored.inbox(key):
                raise SystemExit("the read was over before it could be killed")
            say(f"{function} dies while it reads", f"{len(pids)} killed; {person.provider}'s calendar is owed a read")

    def processes_of(self, function: str) -> list[int]:
        """Those that run now; there must be one, or nothing would be killed."""
        pids = processes.running(self.stack["pid"], function)
        if not pids:
            raise SystemExit(f"no process of {function} was found")
        return pids

    def reads_for_a_second(self, key: str) -> bool:
        """Whether a calendar is being read, and still is, by the same run, a second later."""
        before = self.stored.inbox(key)
        if "lease_owner" not in before:
            return False
        time.sleep(1)
        after = self.stored.inbox(key)
        return "lease_owner" in after and after["fence"] == before["fence"]

    def providers_die(self, crowd: Crowd) -> None:
        """Kills the simulator when it has just promised something, and asks it afterwards."""
        with crowd.at_rest():
            for person in self.people.values():
                person.put("Just before the end", 41)
            before = [person.truth() for person in self.people.values()]
            self.providers.kill()
            time.sleep(2)
            self.providers.start()
            if before != [person.truth() for person in self.people.values()]:
                raise SystemExit("the simulated world forgot something; nothing can be said about calwatch")
        say("Both providers die, and are back", "with every event they had")

    def emulator_restarts(self, crowd: Crowd) -> None:
        """Stops the emulator in order while people go on, and starts it again."""
        with crowd.at_rest():
            for person in self.people.values():
                if not self.brief:
                    person.slow(3_000)
                person.put("Just before AWS stops", 42)
        time.sleep(0.5)
        if not engine.stop(self.stack["pid"]):
            raise SystemExit("the emulator did not stop in order, so its state is not kept")
        say("The emulator stops in order", "in the middle of it all")
        time.sleep(3)
        self.up()
        say("... and starts again from its state", f"on {self.stack['endpoint']}")

    def audit(self, changes: int) -> bool:
        """Compares everything, then shows that a single lost change would be noticed."""
        every = self.books()
        lost = [line for one in every for line in one.losses()]
        buried = self.stored.buried()
        lost += [f"{buried} messages in the dead-letter queues"] if buried else []
        lost += [f"a rule of the provider: {one['endpoint']}, {one['what']}" for one in self.providers.get("requests")["violations"]]
        for one in every:
            say(f"{one.name[:44]}: {len(one.truth)} events", f"{len(one.feed)} entries, all heard" if not one.losses() else "DIFFERENT")
        blind = [f"not noticed: {what}" for one in every for what in overlooked(one)]
        blind += self.a_dropped_change_is_missed()
        for line in lost + blind:
            say(f"LOST: {line}")
        entries = sum(len(one.feed) for one in every)
        heard = sum(len(one.heard) for one in every)
        print(json.dumps({"changes": changes, "entries": entries, "heard": heard, "messages": self.listener.messages,
                          "lost": len(lost), "overlooked": len(blind), "seconds": round(time.monotonic() - self.began, 1)}))
        return not lost and not blind

    def a_dropped_change_is_missed(self) -> list[str]:
        """A change whose notification a provider swallows: the comparison must see it, and the next read heals it."""
        key, person = next(iter(self.people.items()))
        self.providers.post("faults", fault="drop_delivery", calendar=person.calendar)
        person.put("Nobody is told of this", 43)
        time.sleep(5)
        if not any("Nobody is told of this" in line for one in self.books() for line in one.losses()):
            return ["not noticed: a change whose notification was dropped"]
        person.put("Of this they are", 44)
        self.wait("the change that was dropped", lambda: not self.stored.owes(key) and not self.losses(), 90)
        say("A change whose notification is dropped", "is missed, until the next read")
        return []

    def books(self) -> list[Books]:
        """Everything about every calendar."""
        self.listener.listen()
        every = []
        for key, person in self.people.items():
            calendar = key.split("/")[1]
            owes, truth = self.stored.owes(key), person.truth()
            mirror, feed = self.management.events(calendar), self.management.changes(calendar)
            every.append(books(person.calendar, owes, truth, mirror, self.snapshots[key], feed, self.listener.heard[key]))
        return every

    def losses(self) -> list[str]:
        """Everything that is not as it should be now."""
        return [line for one in self.books() for line in one.losses()]

    def failures(self) -> int:
        """How many attempts to deliver had no good answer, as far as the provider remembers."""
        return sum(one["attempts"] - (one["fate"] in ("delivered", "in_flight")) for one in self.providers.get("deliveries"))

    def settle(self) -> float:
        """Waits until nothing is owed and everything was heard; the seconds it took."""
        began = time.monotonic()
        try:
            self.wait("everything to be settled", self.is_settled, PATIENCE)
        except TimeoutError as error:
            say(f"NOT SETTLED: {error}")  # what is missing follows
        return time.monotonic() - began

    def is_settled(self) -> bool:
        """Whether every message has its answer, nothing is owed, and everything that was said was heard."""
        fates = {one["fate"] for one in self.providers.get("deliveries")}
        is_quiet = not fates & {"waiting", "in_flight"} and not any(self.stored.owes(key) for key in self.people)
        return is_quiet and not any("never heard" in line for line in self.losses())

    def wait(self, what: str, is_so, seconds: float) -> None:
        """Looks again and again."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds:.0f} s for {what}")
            time.sleep(0.2)


def main() -> int:
    """Tells the story on a fresh stack, and leaves nothing behind but its folder when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=stack.BUILT)
    parser.add_argument("--brief", action="store_true", help="kill no read: its calendar waits minutes for the sweeper")
    args = parser.parse_args()
    processes.must_be_visible()
    folder = stack.ROOT / ".local/restart"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    restart = Restart(folder, args.binaries.resolve(), args.brief)
    try:
        return 0 if restart.play() else 1
    finally:
        restart.down()


if __name__ == "__main__":
    sys.exit(main())
