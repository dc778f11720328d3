"""Where something is in the browser's window, so that it can be pointed out on a picture of it."""

from zenobia.protocol.wire import Wire


class Box(Wire):
    """A target's place in the window: CSS pixels from its top left, and how large that window is.

    A part of it may be out of view; what is out of view altogether has no box.
    """

    x: float
    y: float
    width: float
    height: float
    window_width: int
    window_height: int
