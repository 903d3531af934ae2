"""Small losses in the books, each of which the comparison must notice; otherwise it proves nothing."""

import copy

from books import Books


def _a_row(books: Books) -> None:
    books.mirror.popitem()


def _a_title(books: Books) -> None:
    event = next(iter(books.mirror))
    books.mirror[event] = books.mirror[event] | {"title": "something else"}


def _a_deletion(books: Books) -> None:
    books.truth.popitem()


def _an_entry(books: Books) -> None:
    del books.feed[len(books.feed) // 2]


def _the_last_entry(books: Books) -> None:
    books.feed.pop()


def _an_announcement(books: Books) -> None:
    books.heard = books.heard - {len(books.feed)}


def _a_hint(books: Books) -> None:
    books.owes = ["a read"]


LOSSES = [_a_row, _a_title, _a_deletion, _an_entry, _the_last_entry, _an_announcement, _a_hint]


def overlooked(books: Books) -> list[str]:
    """The losses that the comparison does not see."""
    blind = []
    for lose in LOSSES:
        tampered = copy.deepcopy(books)
        lose(tampered)
        if len(tampered.losses()) <= len(books.losses()):
            blind.append(f"{books.name}: {lose.__name__.strip('_').replace('_', ' ')}")
    return blind
