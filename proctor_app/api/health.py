"""Health: whether frames can be analysed and the database answers."""

from fastapi import APIRouter, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from proctor_app import __version__
from proctor_app.api.dependencies import Context

router = APIRouter(prefix="/api/v1", tags=["operation"])


class Health(BaseModel):
    status: str
    version: str
    vision: str
    database: str
    models: str


@router.get("/health")
async def health(context: Context, response: Response) -> Health:
    """``ok`` once frames can be analysed; 503 with ``starting`` or ``degraded`` otherwise."""
    services = context.services
    database = "ok" if await run_in_threadpool(services.database.answers) else "unreachable"
    vision = "ok" if services.engine.ready else "starting"
    status = "starting" if vision != "ok" else "ok" if database == "ok" else "degraded"
    response.status_code = 200 if status == "ok" else 503
    return Health(
        status=status,
        version=__version__,
        vision=vision,
        database=database,
        models=services.engine.models,
    )
