"""The commands about API keys: `qa keys add`, `list` and `revoke`."""

from typing import Annotated

import typer

from qa.cli.console import Index, count, err, out, reader_may_leave, settings_of

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, or what it is for.")]


@app.command()
def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="It may administer too.")] = False,
    index: Index = None,
) -> None:
    """Make a key and print it; it is shown this once and kept as a hash."""
    # Here and not above: `qa --help` must not wait for it.
    from qa.keys import Role
    from qa.keys import add as make

    made = make(settings_of(index=index).index, name, Role.ADMIN if admin else Role.VISITOR)
    out(made)
    err(f"The key of {name}: it cannot be shown again. Send it as Authorization: Bearer KEY.")


@app.command(name="list")
def list_(index: Index = None) -> None:
    """List the keys: name, role, and when each was made."""
    from qa.keys import listed

    keys = listed(settings_of(index=index).index)
    width = max((len(key.name) for key in keys), default=0)
    with reader_may_leave():
        for key in keys:
            out(f"{key.name:<{width}}  {key.role:<7}  {key.made:%Y-%m-%d %H:%M} UTC")
    err(count(len(keys), "key"))


@app.command()
def revoke(name: Name, index: Index = None) -> None:
    """Have a key refused from now on, also by servers that run."""
    from qa.keys import revoke as end

    end(settings_of(index=index).index, name)
    err(f"The key of {name} is refused from now on.")
