"""A frame around what a person is asked about, drawn onto the picture, so that no page can draw or hide it."""

from io import BytesIO

from PIL import Image, ImageDraw

from zenobia.protocol.box import Box

COLOUR = (214, 40, 40)
WIDTH = 3
MARGIN = 4


def outlined(png: bytes, box: Box) -> bytes:
    """The picture with a frame around `box`."""
    with Image.open(BytesIO(png)) as picture:
        drawn = picture.convert("RGB")
    edges = (box.x - MARGIN, box.y - MARGIN, box.x + box.width + MARGIN, box.y + box.height + MARGIN)
    ImageDraw.Draw(drawn).rectangle(edges, outline=COLOUR, width=WIDTH)
    out = BytesIO()
    drawn.save(out, "PNG", compress_level=1)
    return out.getvalue()
