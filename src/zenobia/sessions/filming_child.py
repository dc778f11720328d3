"""Makes one film, alone in a process that may do little and does not live long.

Scenes come in as standard input: a line of JSON each, followed by as many bytes of a picture as it says, none if the
picture is the last one's. The film goes out as standard output: H.264 with the captions below the picture, and once
more as a track of subtitles for players, readers and letters that the font has not.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# (the library's types are partly unknown, and leave out what can be set)

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO, cast

from zenobia.sessions.reading_child import confine

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

WIDTH, HEIGHT = 1280, 800
CAPTION = 88
"""Pixels below the picture that captions have: two lines."""

SIZE = 24
LINES = 2
MARGIN = 20
TICKS = 10
"""Moments in a second at which a scene can begin."""

KEY_EVERY = 10
"""Scenes from one to which a player can jump to the next."""

OPTIONS = {"preset": "veryfast", "tune": "stillimage", "crf": "25", "g": str(KEY_EVERY), "bf": "0", "threads": "1"}
"""How it is encoded. Without frames that refer to later ones (`bf`), as with them the file's length would be wrong."""

GROUND, INK, FRAME = (18, 20, 21), (235, 232, 227), (214, 40, 40)
FONTS = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf")
FAILED = 65
STYLES = (
    "[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname, Fontsize, PrimaryColour, "
    "SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
    "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\r\nStyle: Default,Arial,16,&Hffffff,"
    "&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\r\n\r\n[Events]\r\nFormat: Layer, Start, End, Style, "
    "Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)
"""How subtitles look, without which the track cannot be begun."""


@dataclass(frozen=True, slots=True)
class Page:
    """The frame with a picture in its middle: how far that is from the left and the top, and how wide, in pixels."""

    image: "Image"
    left: int
    top: int
    width: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown for so many ticks; `box` is left, top, width, height, and the width of the window they count in."""

    caption: str
    ticks: int
    box: list[float] | None
    picture: bytes


def scenes(given: BinaryIO) -> Iterator[Scene]:
    """The scenes as they come."""
    while line := given.readline():
        said = json.loads(line)
        yield Scene(said["caption"], said["ticks"], said["box"], given.read(said["size"]))


def film(given: Iterator[Scene]) -> bytes:
    """All of it as an MP4."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=TICKS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT + CAPTION, "yuv420p"
        video.options = OPTIONS
        words = container.add_stream("mov_text")
        words.codec_context.subtitle_header = STYLES.encode()
        _shoot(container, video, words, given)
    return out.getvalue()


def _shoot(container: "OutputContainer", video: "VideoStream", words: "Stream", given: Iterator[Scene]) -> None:
    import av
    from PIL import Image

    font, at = _font(), 0
    page, last = Page(Image.new("RGB", (WIDTH, HEIGHT), GROUND), 0, 0, WIDTH), None
    for scene in given:
        if scene.picture:
            page = _fitted(scene.picture)
        last = _drawn(page, scene, font)
        _encode(container, video, last, at)
        said = scene.caption.encode()[:60_000]
        subtitle = av.Packet(len(said).to_bytes(2, "big") + said)
        subtitle.stream, subtitle.time_base = words, Fraction(1, TICKS)
        subtitle.pts = subtitle.dts = at
        subtitle.duration = scene.ticks
        container.mux(subtitle)
        at += scene.ticks
    if last is not None:
        _encode(container, video, last, at)  # a player shows the scene before until this one
    container.mux(video.encode())


def _encode(container: "OutputContainer", video: "VideoStream", picture: "Image", at: int) -> None:
    import av

    frame = av.VideoFrame.from_image(picture)
    frame.pts, frame.time_base = at, Fraction(1, TICKS)
    container.mux(video.encode(frame))


def _fitted(data: bytes) -> Page:
    """The picture in the middle of the frame, made smaller if it is too large."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as picture:
        whole = picture.convert("RGB")
    if whole.width > WIDTH or whole.height > HEIGHT:
        whole = ImageOps.contain(whole, (WIDTH, HEIGHT))
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    left, top = (WIDTH - whole.width) // 2, (HEIGHT - whole.height) // 2
    image.paste(whole, (left, top))
    return Page(image, left, top, whole.width)


def _drawn(page: Page, scene: Scene, font: "FreeTypeFont | BitmapFont") -> "Image":
    """The page with a frame around the target, and the caption below."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, HEIGHT + CAPTION), GROUND)
    picture.paste(page.image)
    pen = ImageDraw.Draw(picture)
    if scene.box is not None:
        x, y, width, height, wide = scene.box
        scale = page.width / wide
        left, top = page.left + scale * (x - 4), page.top + scale * (y - 4)
        right, bottom = left + scale * (width + 8), top + scale * (height + 8)
        pen.rectangle((left, top, right, min(bottom, HEIGHT)), outline=FRAME, width=3)
    for number, line in enumerate(_lines(scene.caption, pen, font)):
        pen.text((MARGIN, HEIGHT + 12 + number * (SIZE + 8)), line, INK, font)
    return picture


def _lines(caption: str, pen: "ImageDraw", font: "FreeTypeFont | BitmapFont") -> list[str]:
    """The caption in as many lines as there are; what is too long ends in dots."""
    room = WIDTH - 2 * MARGIN
    lines = [""]
    for word in caption.split():
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > LINES:
        lines[LINES - 1] += " …"
    return [line[:200] for line in lines[:LINES]]


def _font() -> "FreeTypeFont | BitmapFont":
    """A font that this machine has, else the small one that comes with the library."""
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, SIZE)
        except OSError:
            continue
    return ImageFont.load_default(SIZE)


def main() -> int:
    """Read scenes, write the film; what went wrong is nobody's to read, as it may quote a session."""
    seconds, parent = (int(word) for word in sys.argv[1:3])
    confine(seconds, parent)
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    try:
        made = film(scenes(cast("BinaryIO", sys.stdin.buffer)))
    except (OSError, ValueError, MemoryError):
        return FAILED
    out.write(made)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
