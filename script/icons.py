"""Write static/icons.svg, one sprite of the Tabler icons named in script/icons.txt.

Usage: python3 script/icons.py FOLDER_OF_OUTLINE_ICONS (script/vendor calls it with the fetched package).
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent


def symbol(name: str, svg: str) -> str:
    """One <symbol> of an icon file: its shapes only, stroke and size come from the style sheet."""
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.S)
    if shapes is None:
        raise SystemExit(f"{name}: not an SVG")
    body = re.sub(r'<path stroke="none"[^>]*/>', "", shapes.group(1))
    body = re.sub(r"\s*\n\s*", "", body).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def main(folder: Path) -> None:
    """Read the wanted names, stop at the first that does not exist, write the sprite."""
    names = sorted(set((HERE / "icons.txt").read_text().split()))
    missing = [name for name in names if not (folder / f"{name}.svg").is_file()]
    if missing:
        raise SystemExit(f"no such icon: {', '.join(missing)}")
    symbols = [symbol(name, (folder / f"{name}.svg").read_text()) for name in names]
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (HERE.parent / "static" / "icons.svg").write_text(sprite)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
