"""The words by which a name is found on the register: pure.

A name is listed under each of its words and under each pair of them. The pair is what makes a search for a common
surname with a common given name as quick as one for a rare name: one range of an index, whatever its words alone are.
"""

from itertools import combinations

from core.text import search_words

# A patronymic says whose daughter or son; that it does is no word to search by: half of all people would be found.
PARTICLES = frozenset({"qizi", "oglu"})
WORD_LENGTH = 80
HALF = WORD_LENGTH // 2 - 1  # of a pair, with the space between
MOST_WORDS = 8  # of a name, of which more are not listed, and of a search


def name_words(text: str) -> list[str]:
    """Return the folded words of a name or of what somebody typed, each once, without those that say nothing."""
    words = [word[:WORD_LENGTH] for word in search_words(text)]
    return list(dict.fromkeys(word for word in words if word not in PARTICLES))[:MOST_WORDS]


def pair_of(one: str, other: str) -> str:
    """Return the entry for two words, whichever was typed first."""
    first, second = sorted((one, other))
    return f"{first[:HALF]} {second[:HALF]}"


def listed_words(name: str) -> set[str]:
    """Return everything under which a name is listed."""
    words = name_words(name)
    return {*words, *(pair_of(one, other) for one, other in combinations(words, 2))}


def searched_words(text: str) -> list[str]:
    """Return what a search has to find, all of it: one word, or pairs that together hold every word."""
    words = name_words(text)
    if len(words) < 2:  # noqa: PLR2004 -- a pair
        return words
    pairs = [pair_of(words[0], other) for other in words[1:]]
    return list(dict.fromkeys(pairs))
