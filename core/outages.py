"""Remembering for a while that a service does not answer, so that nobody waits for it again and again."""

from time import monotonic


class Outage:
    """Whether a service is away, as this process knows it: all its threads share what one of them has found out.

    After a failure the service is left alone for `pause` seconds; then somebody tries once more.
    """

    def __init__(self, pause: float) -> None:
        """Begin with a service that is there."""
        self._pause = pause
        self._again_at = 0.0
        self._lasts = False

    @property
    def is_left_alone(self) -> bool:
        """Tell whether it failed so lately that it is not tried now."""
        return self._lasts and monotonic() < self._again_at

    def began(self) -> bool:
        """Note a failure; tells whether it is the first of this outage, which is worth a line in the log."""
        is_first, self._lasts, self._again_at = not self._lasts, True, monotonic() + self._pause
        return is_first

    def ended(self) -> bool:
        """Note that the service answered; tells whether that ends an outage."""
        had_lasted, self._lasts = self._lasts, False
        return had_lasted
