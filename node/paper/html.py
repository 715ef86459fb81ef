"""The page as one self-contained HTML file that prints on one A4 sheet: no script, no picture, nothing from elsewhere."""

from html import escape

from node.paper.sheet import Section, Sheet

_STYLE = """
@page { size: A4; margin: 12mm 14mm; }
body { font: 9pt/1.35 "Noto Serif CJK SC", "Source Han Serif SC", SimSun, serif; color: #000; max-width: 182mm; margin: 0 auto; }
h1 { font-size: 15pt; text-align: center; margin: 0 0 2mm; letter-spacing: .1em; }
h2 { font-size: 9.5pt; margin: 2.5mm 0 .8mm; border-left: 1mm solid #555; padding-left: 1.5mm; }
p.verdict { font-size: 12pt; font-weight: bold; text-align: center; border: .6mm solid; padding: 1.2mm; margin: 0 0 1mm; }
p.passed { color: #11602b; } p.failed { color: #a40e0e; }
ul { color: #a40e0e; margin: 0; padding-left: 5mm; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { border: .2mm solid #777; padding: .3mm 1mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; font-size: 7.5pt; }
th { background: #f0f0f0; font-weight: normal; }
ol { font-size: 7pt; margin: 2mm 0; padding-left: 5mm; }
div.sign { display: flex; margin-top: 5mm; } div.sign span { flex: 1; }
tr { break-inside: avoid; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(sheet: Sheet) -> str:
    """The file, UTF-8 when written; every value is escaped."""
    state = "passed" if sheet.passed else "failed"
    body = [
        f"<h1>{escape(sheet.title)}</h1>",
        f'<p class="verdict {state}">{escape(sheet.conclusion)}</p>',
        _list("ul", sheet.problems),
        *map(_section, sheet.sections),
        _list("ol", sheet.notes),
        f'<div class="sign">{"".join(f"<span>{escape(one)}</span>" for one in sheet.signing)}</div>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(sheet.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    whole = sum(section.widths)
    columns = "".join(f'<col style="width:{100 * one / whole:.1f}%">' for one in section.widths)
    heads = f"<tr>{''.join(f'<th>{escape(one)}</th>' for one in section.heads)}</tr>" if section.heads else ""
    rows = "\n".join(_row(row, labelled=not section.heads) for row in section.rows)
    return f"<h2>{escape(section.title)}</h2>\n<table><colgroup>{columns}</colgroup>\n{heads}{rows}\n</table>"


def _row(cells: tuple[str, ...], *, labelled: bool) -> str:
    first, *rest = map(escape, cells)
    begin = f"<th>{first}</th>" if labelled else f"<td>{first}</td>"
    return f"<tr>{begin}{''.join(f'<td>{one}</td>' for one in rest)}</tr>"


def _list(kind: str, lines: tuple[str, ...]) -> str:
    return f"<{kind}>{''.join(f'<li>{escape(one)}</li>' for one in lines)}</{kind}>" if lines else ""
