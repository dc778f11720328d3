"""The pictures at the gate, drawn so that a person knows a cat at a glance and no file name gives it away."""

from dataclasses import dataclass

CAT = "cat"
COAT = "{coat}"

FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
    '<rect width="96" height="96" fill="{sky}"/>{drawing}</svg>'
)
DRAWINGS = {
    CAT: """<path d="M24 46 22 18 40 30h16L74 18l-2 28c4 22-8 34-24 34S20 68 24 46z" fill="{coat}"/>
<path d="m26 24 8 8-7 5zM70 24l-8 8 7 5z" fill="#f3b7b0"/>
<ellipse cx="38" cy="48" rx="4" ry="6" fill="#1d2b2a"/><ellipse cx="58" cy="48" rx="4" ry="6" fill="#1d2b2a"/>
<circle cx="39.5" cy="46" r="1.5" fill="#fff"/><circle cx="59.5" cy="46" r="1.5" fill="#fff"/>
<path d="M45 58h6l-3 4z" fill="#d9706a"/><path d="M48 62c0 5-7 6-9 2m9-2c0 5 7 6 9 2" fill="none"
 stroke="#1d2b2a" stroke-width="1.8" stroke-linecap="round"/>
<path class="whiskers" d="M32 60 14 57m18 7-17 4m49-8 18-3m-18 7 17 4" stroke="#1d2b2a" stroke-width="1.4"
 stroke-linecap="round"/>""",
    "dog": """<path d="M28 32c4-12 36-12 40 0l2 24c0 14-10 24-22 24S26 70 26 56z" fill="{coat}"/>
<path d="M30 26c-14-2-20 12-16 30 8 2 14-6 16-18zM66 26c14-2 20 12 16 30-8 2-14-6-16-18z" fill="#5b4636"/>
<circle cx="39" cy="44" r="4" fill="#1d2b2a"/><circle cx="57" cy="44" r="4" fill="#1d2b2a"/>
<ellipse cx="48" cy="62" rx="13" ry="11" fill="#fbf3e6"/><ellipse cx="48" cy="56" rx="6" ry="4.5" fill="#1d2b2a"/>
<path d="M44 68c0 10 8 10 8 0z" fill="#e2777a"/>""",
    "fish": """<path d="M14 50c12-22 42-22 54-2l14-14c3 10 3 22 0 32L68 52C56 72 26 72 14 50z" fill="{coat}"/>
<circle cx="30" cy="46" r="5" fill="#fff"/><circle cx="30" cy="46" r="2.5" fill="#1d2b2a"/>
<path d="M44 36c6 8 6 20 0 28M54 36c5 8 5 18 0 26" fill="none" stroke="#fff"
 stroke-opacity=".6" stroke-width="2.4"/>""",
    "boat": """<path d="M0 70q12-6 24 0t24 0 24 0 24 0v26H0z" fill="#3f7f94"/>
<path d="M16 58h64l-12 18H28z" fill="{coat}"/><path d="M46 14v42" stroke="#5b4636" stroke-width="3"/>
<path d="M50 16c16 10 22 24 24 38H50z" fill="#fbf3e6"/><path d="M42 24 22 54h20z" fill="#fbf3e6"/>""",
    "lighthouse": """<path d="M0 76q24-12 48-6t48 2v24H0z" fill="#6f8f62"/>
<path d="M38 32h20l6 46H32z" fill="#fbf3e6"/><path d="m36.2 46h23.6l1.4 11H34.8z" fill="{coat}"/>
<path d="M36 20h24v12H36z" fill="#f2c14e"/><path d="M34 20 48 9l14 11z" fill="{coat}"/>
<path d="M60 24 96 12v26L60 28zM36 24 0 12v26l36-10z" fill="#f7dd8a" fill-opacity=".6"/>""",
    "owl": """<path d="M22 26c6 4 12 4 16 2h20c4 2 10 2 16-2 2 34-2 54-26 54S20 60 22 26z" fill="{coat}"/>
<circle cx="37" cy="44" r="11" fill="#fbf3e6"/><circle cx="59" cy="44" r="11" fill="#fbf3e6"/>
<circle cx="37" cy="44" r="5" fill="#1d2b2a"/><circle cx="59" cy="44" r="5" fill="#1d2b2a"/>
<path d="m44 54 4 8 4-8z" fill="#f2a93b"/>
<path d="M38 68q3 4 6 0m8 0q3 4 6 0" fill="none" stroke="#fbf3e6" stroke-width="2"/>""",
    "tree": """<path d="M44 60h8v24h-8z" fill="#5b4636"/><path d="M0 84h96v12H0z" fill="#6f8f62"/>
<circle cx="48" cy="38" r="24" fill="{coat}"/><circle cx="32" cy="50" r="14" fill="{coat}"/>
<circle cx="64" cy="50" r="14" fill="{coat}"/><circle cx="40" cy="32" r="3" fill="#e2777a"/>
<circle cx="58" cy="42" r="3" fill="#e2777a"/><circle cx="44" cy="52" r="3" fill="#e2777a"/>""",
}
COATS = {
    CAT: ("#d98f4e", "#8d8f94", "#b98b6b"),
    "dog": ("#c79a6b", "#a9764f"),
    "fish": ("#e07a5f", "#e0a458"),
    "boat": ("#b5524a", "#2f5d73"),
    "lighthouse": ("#c8553d",),
    "owl": ("#8a6f56", "#7a6a8a"),
    "tree": ("#5f8f5a", "#7f9f45"),
}
SKIES = ("#dcebe8", "#f3e6d0", "#e3e0ee", "#d7e6f2")


@dataclass(frozen=True)
class Tile:
    """One picture as it was dealt."""

    thing: str
    coat: str
    sky: str

    def svg(self) -> str:
        """The picture."""
        drawing = DRAWINGS[self.thing].replace(COAT, self.coat)
        return FRAME.replace("{sky}", self.sky).replace("{drawing}", drawing)
