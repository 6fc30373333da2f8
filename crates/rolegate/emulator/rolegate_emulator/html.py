"""The pages' shared frame: plain HTML, one inline style sheet, no script, nothing from elsewhere."""

import base64
import hashlib
from html import escape

from .wire import Response

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f1f3f5;--line:#6b7280;--accent:#0b57d0;--bad:#a3130b}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#17191c;--soft:#24282d;--line:#9aa0a6;--accent:#a8c7fa;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
header,main,footer{max-width:46rem;margin:0 auto;padding:1rem}
header{border-bottom:1px solid var(--line)}
header p,footer p{margin:0}
h1{font-size:1.5rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.4rem 1rem}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
fieldset{border:1px solid var(--line);border-radius:.5rem}
.saml-account-name{font-weight:600;margin-top:.75rem}
.saml-role{padding:.25rem 0}
.saml-role label{padding:.25rem .5rem;overflow-wrap:anywhere}
input[type=radio]{width:1.25rem;height:1.25rem;vertical-align:middle;accent-color:var(--accent)}
button{font:inherit;margin-top:1rem;padding:.5rem 1.25rem;border:2px solid var(--accent);border-radius:.4rem;background:var(--accent);color:var(--paper);cursor:pointer}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
#error{border-inline-start:.4rem solid var(--bad);background:var(--soft);padding:.75rem 1rem}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = [
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]


def page(title: str, content: str, status: int = 200) -> Response:
    """A whole page; `content` is HTML, the title is text."""
    body = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - AWS emulator</title>
<style>{STYLE}</style>
</head>
<body>
<header><p><strong>AWS emulator</strong>: this is not Amazon Web Services. Nothing here leaves this machine.</p></header>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
<footer><p>Part of Rolegate's demo and tests.</p></footer>
</body>
</html>
"""
    return Response(body.encode(), status=status, headers=list(HEADERS))


def definitions(rows: list[tuple[str, str, str]]) -> str:
    """A description list of (element id, label, text)."""
    lines = (f'<dt>{escape(label)}</dt><dd id="{name}">{escape(text)}</dd>' for name, label, text in rows)
    return f"<dl>{''.join(lines)}</dl>"
