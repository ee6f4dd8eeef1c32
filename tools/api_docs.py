"""Write the documents of the interfaces as the app serves them: `make api-docs`."""

import json
from pathlib import Path
from typing import Any

from proctor_app.api import asyncapi
from proctor_app.api.app import build_api
from proctor_app.api.dependencies import ApiContext

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    nothing: Any = None  # no service is asked for a document
    app = build_api(ApiContext(nothing, (), secure_cookies=False))
    for name, document in (("openapi", app.openapi()), ("asyncapi", asyncapi.build())):
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (DOCS / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"docs/{name}.json: {len(text):,} characters")


if __name__ == "__main__":
    main()
