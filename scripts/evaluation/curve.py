"""Curves of shares with their intervals over a logarithmic axis, as an SVG."""

import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 480, 300, 54, 14, 14, 44
COLOURS = ["#36c", "#d60", "#2a7", "#a3a"]


def svg(curves, base, x_label, y_label):
    """curves: {name: [(x, share, low, high)]}, at most four, with the same x in each, at least 1 and rising, and shares
    0 ... 1; base: a level to compare with, drawn as a broken line."""
    places = [x for x, *_ in next(iter(curves.values()))]
    span = math.log(max(places[-1], places[0] + 1) / places[0])

    def x_of(x):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / places[0]) / span

    def y_of(share):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def text(x, y, words, anchor="middle", rest=""):
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{rest}>{escape(words)}</text>'

    def level(share, line):
        return f'<path d="M{LEFT} {y_of(share):.1f}H{WIDTH - RIGHT}" {line}/>'

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts += [level(share, 'stroke="#ddd"'), text(LEFT - 6, y_of(share) + 4, f"{100 * share:.0f} %", "end")]
    parts.append(level(base, 'stroke="#888" stroke-dasharray="4 3"'))
    parts.append(text(WIDTH - RIGHT, y_of(base) - 5, f"all characters: {100 * base:.1f} %", "end"))
    parts += [text(x_of(x), HEIGHT - BOTTOM + 16, f"{x:g}") for x in places]
    for i, ((name, points), colour) in enumerate(zip(curves.items(), COLOURS)):
        for x, _, low, high in points:
            parts.append(f'<path d="M{x_of(x):.1f} {y_of(low):.1f}V{y_of(high):.1f}" stroke="{colour}" stroke-width="2" opacity=".5"/>')
        line = "L".join(f"{x_of(x):.1f} {y_of(share):.1f}" for x, share, _, _ in points)
        parts.append(f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(share):.1f}" r="3" fill="{colour}"/>' for x, share, _, _ in points]
        parts.append(text(WIDTH - RIGHT, y_of(0.28) + 16 * i, name, "end", f' fill="{colour}"'))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text(14, middle, y_label, rest=f' transform="rotate(-90 14 {middle:.1f})"'))
    style = 'font-family="sans-serif" font-size="11" fill="#333"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n'
            f'<rect width="100%" height="100%" fill="#fff"/>\n<g {style}>\n' + "\n".join(parts) + "\n</g>\n</svg>\n")
