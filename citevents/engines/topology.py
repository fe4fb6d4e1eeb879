"""What runs, in which order, told what: the table behind `./script/server`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from citevents.engines.options import Choices
from citevents.engines.ports import HOST, free_port
from citevents.engines.secret import kept

#: The whole application with its reactions, and what carries it.
PRELOAD = ("app", "workers.reactions", "workers.broker", "flask.cli", "gunicorn.app.wsgiapp")


@dataclass(frozen=True)
class Child:
    """A process to keep alive: a Python module and its arguments. A lower `stage` is stopped first."""

    name: str
    run: tuple[str, ...]
    stage: int = 0
    patience: float = 10.0
    """Seconds it may take to end when asked."""

    @property
    def part(self) -> str:
        """The part of the product it is one of: "worker" for "worker-2"."""
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Step:
    """A Python module that must succeed before the children start; `doing` tells what it does."""

    name: str
    doing: str
    run: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything but the engines. With `web`, `greeting` is run when `/health` answers 200, and shown."""

    preload: tuple[str, ...] = ()
    """Modules that most processes need: they are imported once and shared where the system allows."""
    steps: tuple[Step, ...] = ()
    children: tuple[Child, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    """Addresses to show, by what is found there."""
    greeting: Step | None = None

    @property
    def has_web(self) -> bool:
        return any(child.part == "web" for child in self.children)


def plan(choices: Choices) -> Plan:
    """The product: web, workers, relay with clock, and a stand-in for each outside service that is not set."""
    # By name: browsers keep passkeys for names only, not for numbers.
    address = f"http://localhost:{choices.port}"
    env = {
        "CITEVENTS_PORT": str(choices.port),
        "CITEVENTS_DATA": str(choices.data),
        "CITEVENTS_BASE_URL": choices.environ.get("CITEVENTS_BASE_URL") or address,
        "CITEVENTS_SECRET": choices.environ.get("CITEVENTS_SECRET") or kept(choices.data / "secret"),
        "CITEVENTS_WEB": str(choices.web),
        "PYTHONUNBUFFERED": "1",
        # A proxy for the way out must not be asked for the way to the neighbour.
        "NO_PROXY": f"{choices.environ.get('NO_PROXY', '')},{HOST}".removeprefix(","),
    }
    env["no_proxy"] = env["NO_PROXY"]
    standins: list[Child] = []
    if not choices.given("SMTP_URL"):
        standins.append(_mail(choices, env))
    if not choices.given("STRIPE_SECRET_KEY") and "no-payments" not in choices.allow:
        standins.append(_stripe(choices, env))
    laptop = bool(standins) and not choices.public
    env["CITEVENTS_DEVELOPMENT"] = choices.environ.get("CITEVENTS_DEVELOPMENT") or str(int(laptop))
    env["CITEVENTS_DEMO"] = str(int(choices.demo))
    places = {"citevents": env["CITEVENTS_BASE_URL"]}
    if "CITEVENTS_OUTBOX_URL" in env:
        places["mail outbox"] = env["CITEVENTS_OUTBOX_URL"]
    if "STRIPE_API_BASE" in env:
        places["Stripe stand-in"] = env["STRIPE_API_BASE"]
    product = _product(choices)
    if choices.parts:
        here = tuple(child for child in product if child.part in choices.parts)
        return Plan(preload=PRELOAD, children=here, env=env, places=places)
    demo = Step(
        "demo", "Making the demo world, if the database is empty", _flask("demo", "load", "--if-empty")
    )
    migrate = Step("migrate", "Bringing the database up to date", _flask("db", "upgrade"))
    return Plan(
        preload=PRELOAD,
        steps=(migrate, demo) if choices.demo else (migrate,),
        children=(*standins, *product),
        env=env,
        places=places,
        greeting=Step("links", "Ready sign-in links", _flask("demo", "links")) if choices.demo else None,
    )


def _product(choices: Choices) -> list[Child]:
    return [
        Child("relay", ("workers.relay",), stage=2),
        *_workers("worker", choices.workers, "money", "waiting"),
        *_workers("bulk", choices.bulk, "bulk"),
        *_workers("runs", choices.runs, "runs"),
        Child("web", ("gunicorn", "--config", "citevents/engines/gunicorn.py", "app:app")),
    ]


def _mail(choices: Choices, env: dict[str, str]) -> Child:
    http, smtp = free_port(choices.port + 1), free_port(choices.port + 2)
    env["SMTP_URL"] = f"smtp://{HOST}:{smtp}"
    env["CITEVENTS_OUTBOX_URL"] = f"http://{HOST}:{http}/"
    ports = ("--smtp-port", str(smtp), "--http-port", str(http))
    return Child("mail", ("standins.mail", *ports, "--data", str(choices.data / "mail")), stage=3)


def _stripe(choices: Choices, env: dict[str, str]) -> Child:
    port = free_port(choices.port + 3)
    env["STRIPE_SECRET_KEY"] = kept(choices.data / "stripe-key", "sk_test_")
    env["STRIPE_WEBHOOK_SECRET"] = kept(choices.data / "stripe-webhook-secret", "whsec_")
    env["STRIPE_API_BASE"] = f"http://{HOST}:{port}"
    options = {
        "--port": str(port),
        "--data": str(choices.data / "stripe"),
        "--webhook-url": f"http://{HOST}:{choices.port}/webhooks/stripe",
        "--webhook-secret": env["STRIPE_WEBHOOK_SECRET"],
        "--secret-key": env["STRIPE_SECRET_KEY"],
    }
    return Child(
        "stripe",
        ("standins.stripe", *(part for option in options.items() for part in option)),
        stage=3,
    )


def _workers(part: str, count: int, *queues: str) -> list[Child]:
    """Processes that each serve these queues, with threads of their own for each."""
    names = [part] if count == 1 else [f"{part}-{number}" for number in range(1, count + 1)]
    return [Child(name, ("workers.process", *queues), stage=1, patience=20) for name in names]


def _flask(*command: str) -> tuple[str, ...]:
    return ("flask", "--app", "app", *command)
