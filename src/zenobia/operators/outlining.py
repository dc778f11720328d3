"""A frame around what a person is asked about, drawn onto the picture, so that no page can draw or hide it."""

from io import BytesIO

from PIL import Image, ImageDraw

COLOUR = (214, 40, 40)
WIDTH = 3
MARGIN = 4

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels."""


def outlined(png: bytes, box: Box) -> bytes:
    """The picture with a frame around `box`."""
    left, top, width, height = box
    with Image.open(BytesIO(png)) as picture:
        drawn = picture.convert("RGB")
    edges = (left - MARGIN, top - MARGIN, left + width + MARGIN, top + height + MARGIN)
    ImageDraw.Draw(drawn).rectangle(edges, outline=COLOUR, width=WIDTH)
    out = BytesIO()
    drawn.save(out, "PNG", compress_level=1)
    return out.getvalue()
