"""The peer of ingest: `python -m bench.bare PORT`, a FastAPI route that parses the JSON and nothing else."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/v1/stories", status_code=202)
async def post(request: Request) -> dict[str, Any]:
    """Answers with as much as ingest does."""
    story = await request.json()
    return {"id": story["uri"], "version": 1, "state": "accepted", "links": {}}


@app.get("/__heartbeat__")
async def beat() -> dict[str, str]:
    """Tells that it is there."""
    return {}


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_config=None, access_log=False
    )
