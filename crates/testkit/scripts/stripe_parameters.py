#!/usr/bin/env python3
"""Writes src/stripe/parameters.json: which parameters Stripe accepts for the operations that Bursar uses.

The source is Stripe's official Python package, whose request types Stripe generates from its own description of the
API. Run it with that very version installed:

    pip install stripe==16.1.0
    python3 crates/testkit/scripts/stripe_parameters.py

A type in the table is one of
    "string" | "integer" | "number" | "boolean"
    {"enum": [...]}        one of these strings
    {"list": T}            a list
    {"map": T}             free keys, such as metadata
    {"shape": "Name"}      an object, described under "shapes"
    {"any": [T, ...]}      one of several
and a shape is {"fields": {name: T}, "required": [name, ...]}.

Where the package lists the known values of an open enum ("these, or any string"), only the known values are kept: a
simulator should refuse a typing error.
"""

import importlib
import importlib.metadata
import json
import pathlib
import typing

from stripe import _request_options, params
from stripe._api_version import _ApiVersion
from stripe._request_options import RequestOptions
from stripe.params.test_helpers import issuing as helpers
from typing_extensions import NotRequired, get_type_hints, is_typeddict

WANTED = "16.1.0"
OPERATIONS = {
    "POST /v1/account_links": params.AccountLinkCreateParams,
    "GET /v1/accounts": params.AccountListParams,
    "POST /v1/accounts": params.AccountCreateParams,
    "GET /v1/accounts/{id}": params.AccountRetrieveParams,
    "POST /v1/checkout/sessions": params.checkout.SessionCreateParams,
    "GET /v1/checkout/sessions/{id}": params.checkout.SessionRetrieveParams,
    "POST /v1/checkout/sessions/{id}/expire": params.checkout.SessionExpireParams,
    "GET /v1/balance_transactions": params.BalanceTransactionListParams,
    "GET /v1/disputes": params.DisputeListParams,
    "GET /v1/customers": params.CustomerListParams,
    "POST /v1/customers": params.CustomerCreateParams,
    "GET /v1/customers/{id}": params.CustomerRetrieveParams,
    "GET /v1/payment_intents": params.PaymentIntentListParams,
    "POST /v1/payment_intents": params.PaymentIntentCreateParams,
    "GET /v1/payment_intents/{id}": params.PaymentIntentRetrieveParams,
    "POST /v1/payment_intents/{id}/cancel": params.PaymentIntentCancelParams,
    "GET /v1/payment_methods/{id}": params.PaymentMethodRetrieveParams,
    "POST /v1/payment_methods/{id}/detach": params.PaymentMethodDetachParams,
    "GET /v1/refunds": params.RefundListParams,
    "POST /v1/refunds": params.RefundCreateParams,
    "GET /v1/refunds/{id}": params.RefundRetrieveParams,
    "GET /v1/issuing/cardholders": params.issuing.CardholderListParams,
    "POST /v1/issuing/cardholders": params.issuing.CardholderCreateParams,
    "GET /v1/issuing/cardholders/{id}": params.issuing.CardholderRetrieveParams,
    "POST /v1/issuing/cardholders/{id}": params.issuing.CardholderUpdateParams,
    "GET /v1/issuing/cards": params.issuing.CardListParams,
    "POST /v1/issuing/cards": params.issuing.CardCreateParams,
    "GET /v1/issuing/cards/{id}": params.issuing.CardRetrieveParams,
    "POST /v1/issuing/cards/{id}": params.issuing.CardUpdateParams,
    "GET /v1/issuing/authorizations": params.issuing.AuthorizationListParams,
    "GET /v1/issuing/authorizations/{id}": params.issuing.AuthorizationRetrieveParams,
    "GET /v1/issuing/transactions": params.issuing.TransactionListParams,
    "GET /v1/issuing/transactions/{id}": params.issuing.TransactionRetrieveParams,
    "GET /v1/issuing/disputes": params.issuing.DisputeListParams,
    "POST /v1/issuing/disputes": params.issuing.DisputeCreateParams,
    "GET /v1/issuing/disputes/{id}": params.issuing.DisputeRetrieveParams,
    "POST /v1/issuing/disputes/{id}/submit": params.issuing.DisputeSubmitParams,
    "POST /v1/test_helpers/issuing/authorizations": helpers.AuthorizationCreateParams,
    "POST /v1/test_helpers/issuing/authorizations/{id}/capture": helpers.AuthorizationCaptureParams,
    "POST /v1/test_helpers/issuing/authorizations/{id}/expire": helpers.AuthorizationExpireParams,
    "POST /v1/test_helpers/issuing/authorizations/{id}/increment": helpers.AuthorizationIncrementParams,
    "POST /v1/test_helpers/issuing/authorizations/{id}/reverse": helpers.AuthorizationReverseParams,
    "POST /v1/test_helpers/issuing/transactions/create_force_capture": helpers.TransactionCreateForceCaptureParams,
    "POST /v1/test_helpers/issuing/transactions/create_unlinked_refund": helpers.TransactionCreateUnlinkedRefundParams,
    "POST /v1/test_helpers/issuing/transactions/{id}/refund": helpers.TransactionRefundParams,
}
SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
shapes = {}


def merged(options):
    """One type out of several: enums flow together, and swallow the plain string that makes them open."""
    values = [value for option in options if isinstance(option, dict) for value in option.get("enum", [])]
    rest = [option for option in options if not (isinstance(option, dict) and "enum" in option)]
    if any(values):
        rest = [option for option in rest if option != "string"]
    unique = [{"enum": values}] if values else []
    for option in rest:
        if option not in unique:
            unique.append(option)
    return unique[0] if len(unique) == 1 else {"any": unique}


def name_of(kind):
    """Its name with its namespace: `issuing.DisputeListParams` is another type than `DisputeListParams`."""
    namespace = kind.__module__.removeprefix("stripe.params").strip(".").split(".")[:-1]
    return ".".join([*namespace, kind.__name__])


def described(kind):
    """The table's form of a Python type."""
    if kind in SCALARS:
        return SCALARS[kind]
    if is_typeddict(kind):
        name = name_of(kind)
        if name not in shapes:
            shapes[name] = None  # a shape may hold itself
            shapes[name] = shape(kind)
        return {"shape": name}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is NotRequired:
        return described(arguments[0])
    if origin is typing.Literal:
        return {"enum": [str(value) for value in arguments]}
    if origin is list:
        return {"list": described(arguments[0])}
    if origin is dict:
        return {"map": described(arguments[1])}
    if origin is typing.Union or type(kind).__name__ == "UnionType":
        options = [a for a in arguments if getattr(typing.get_origin(a) or a, "__name__", "") != "UntypedStripeObject"]
        return merged([described(option) for option in options])
    if getattr(kind, "__name__", "") == "Decimal":
        return "number"
    raise TypeError(f"no form for {kind!r}")


def shape(kind):
    """The fields of a request type, without the package's own request options."""
    inherited = {**vars(_request_options), "StripeContext": str}  # names that the inherited options refer to
    names = {**inherited, **vars(importlib.import_module(kind.__module__))}
    hints = get_type_hints(kind, include_extras=True, globalns=names)
    is_operation = RequestOptions in getattr(kind, "__orig_bases__", ())
    options = RequestOptions.__annotations__ if is_operation else {}
    wanted = {name: hint for name, hint in hints.items() if name not in options}
    required = [name for name, hint in wanted.items() if typing.get_origin(hint) is not NotRequired]
    answer = {"fields": {name: described(hint) for name, hint in sorted(wanted.items())}}
    if required:
        answer["required"] = sorted(required)
    return answer


def main():
    version = importlib.metadata.version("stripe")
    if version != WANTED:
        raise SystemExit(f"stripe {WANTED} is needed, found {version}")
    table = {
        "package": f"stripe {version} (PyPI)",
        "api_version": _ApiVersion.CURRENT,
        "operations": {name: described(kind)["shape"] for name, kind in OPERATIONS.items()},
        "shapes": shapes,
    }
    target = pathlib.Path(__file__).resolve().parent.parent / "src" / "stripe" / "parameters.json"
    target.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
    print(f"{target.name}: {len(OPERATIONS)} operations, {len(shapes)} shapes, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
