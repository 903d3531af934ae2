"""People with calendars at both providers, connected and watched by an organization."""

import json

import deploy
from management import Management
from simulated import Person, Providers, written


def parameters(url: str) -> list[str]:
    """What tells a stack that both providers are at this address."""
    given = {"GoogleApiBaseUrl": url, "GoogleTokenUrl": f"{url}/token", "MicrosoftGraphBaseUrl": url, "MicrosoftLoginBaseUrl": url}
    return [word for name, value in given.items() for word in ("--parameter", f"{name}={value}")]


def delivery_map(stack: dict) -> dict:
    """What tells the providers where a stack's callback addresses really are."""
    return {stack["environment"]["WEBHOOK_DOMAIN"]: {"base": stack["endpoint"], "host": stack["api_host"]}}


def connect(management: Management, providers: Providers, google: int, microsoft: int) -> dict[str, Person]:
    """So many calendars of a person at each provider, by the key under which calwatch keeps them."""
    ada = providers.post("accounts", email="ada@acme.example")
    alan = providers.post("microsoft/mailboxes", user="alan@acme.example")
    at_google, at_outlook = ["ada@acme.example"], [f"users/{alan['user_id']}"]
    for n in range(1, google):
        at_google.append(providers.post("calendars", email="ada@acme.example", calendar=f"team-{n}@acme.example")["calendar"])
    for n in range(1, microsoft):
        at_outlook.append(providers.post("microsoft/calendars", user_id=alan["user_id"], calendar=f"team-{n}")["calendar"])
    keep_client(management.stack, "GOOGLE_OAUTH_SECRET_ID", ada)
    keep_client(management.stack, "MICROSOFT_OAUTH_SECRET_ID", alan)
    for calendar in at_google + at_outlook:
        person = Person(providers, calendar)
        person.put("From before", 30)
        person.act("cancel", person.put_daily("Daily from before", 50), original_start=f"{written(74)}Z")
    grants = [
        ("google", {"kind": "google_refresh_token", "refresh_token": ada["refresh_token"]}, at_google),
        ("microsoft", {"kind": "microsoft_refresh_token", "tenant": alan["tenant_id"], "refresh_token": alan["refresh_token"]}, at_outlook),
    ]
    people = {}
    for provider, grant, calendars in grants:
        connection = management.post("connections", provider=provider, grant=grant)["id"]
        for calendar in calendars:
            made = management.post("calendars", connection=connection, external_id=calendar)
            people[f"{management.organization}/{made['id']}"] = Person(providers, calendar)
    return people


def keep_client(stack: dict, name: str, granted: dict) -> None:
    """Fills in our application at a provider, as an operator does once."""
    client = json.dumps({key: granted[key] for key in ("client_id", "client_secret")})
    secrets = deploy.client("secretsmanager", stack["endpoint"])
    secrets.put_secret_value(SecretId=stack["environment"][name], SecretString=client)
